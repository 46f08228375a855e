// The limits: instructions, running time, memory. Once one of them is hit the state is dead: the hook raises again at
// every instruction and pcall does not hold the error back, so a script cannot swallow it.
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// How many collections forced by the memory cap one run may cause before it counts as out of memory. Why: close under
/// the cap every allocation would collect the whole heap, milliseconds each, with hardly an instruction in between.
#define MAXIMUM_REFUSALS 16

static uint64_t clock_now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// The monotonic clock in nanoseconds.
uint64_t timegate_lua_now(void) {
    return clock_now(CLOCK_MONOTONIC);
}

/// The time that this thread has had the processor, in nanoseconds.
uint64_t timegate_lua_processor_time(void) {
    return clock_now(CLOCK_THREAD_CPUTIME_ID);
}

/// Ends the call: raises nil, since the message is made outside, from `tripped`, and making one could fail.
int timegate_lua_raise_stop(lua_State *L) {
    lua_pushnil(L);
    return lua_error(L);
}

static void hook(lua_State *L, lua_Debug *activation);

/// Has the hook fire at the next instruction. Why: the allocator may not raise; lua_sethook may be called at any time.
void timegate_lua_arm(lua_State *L) {
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
}

/// Marks the state as dead. The first reason stands.
void timegate_lua_trip(lua_State *L, timegate_lua_status why) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    timegate_lua_arm(L);
    if (state->tripped != TIMEGATE_LUA_RETURNED) return;
    state->tripped = why;
    lua_Debug activation;
    for (int level = 0; lua_getstack(L, level, &activation); level++) {
        lua_getinfo(L, "l", &activation);
        if (activation.currentline > 0) {
            state->tripped_line = (uint32_t)activation.currentline;
            break;
        }
    }
}

/// Whether the call has had its running time. The coarse clock is the monotonic one as of the last tick, a few
/// milliseconds late and five times cheaper than the others, so it is asked first; what counts is the processor's time,
/// because on a busy machine a thread can be put aside for longer than a script may run.
///
/// The processor's time costs a system call, more than a usual script does: it is asked for the first time when a run has
/// taken TIMEGATE_LUA_FREE_NANOSECONDS, and what came before is given away.
static bool is_late(timegate_lua_call *call) {
    if (clock_now(CLOCK_MONOTONIC_COARSE) < call->deadline) return false;
    const uint64_t now = timegate_lua_processor_time();
    if (!call->processor_start) call->processor_start = now;
    const uint64_t spent = now - call->processor_start;
    if (spent >= call->allowed) return true;
    call->deadline = clock_now(CLOCK_MONOTONIC) + (call->allowed - spent);
    return false;
}

/// Raises if the running call is over one of its limits.
static void check(lua_State *L, timegate_lua_state *state, timegate_lua_call *call) {
    if (state->tripped == TIMEGATE_LUA_RETURNED) {
        if (call->used > state->limits.instructions) timegate_lua_trip(L, TIMEGATE_LUA_INSTRUCTIONS);
        else if (is_late(call)) timegate_lua_trip(L, TIMEGATE_LUA_DEADLINE);
    }
    if (state->tripped != TIMEGATE_LUA_RETURNED) timegate_lua_raise_stop(L);
}

/// The count hook. Set on each call's own thread, because a thread has the hook that its maker had when it was made.
static void hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    timegate_lua_state *state = timegate_lua_state_of(L);
    timegate_lua_call *call = state->current;
    if (!call) return;
    call->used += TIMEGATE_LUA_HOOK_STEP;
    check(L, state, call);
}

/// Starts counting on a call's thread.
void timegate_lua_start_counting(timegate_lua_call *call) {
    lua_sethook(call->thread, hook, LUA_MASKCOUNT, TIMEGATE_LUA_HOOK_STEP);
}

/// Counts `work` instructions for what a C function does. Why: the hook does not see inside C, and there one call can
/// take as long as a million instructions.
void timegate_lua_charge(lua_State *L, uint64_t work) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    timegate_lua_call *call = state->current;
    if (!call) return;
    call->used += work;
    if (call->used < call->next_clock) return;
    call->next_clock = call->used + 1000;
    check(L, state, call);
}

/// Lua's allocator: counts what the state holds and refuses what would go over the cap. Large blocks count as
/// instructions too, because `a .. b` copies megabytes in one instruction.
void *timegate_lua_allocate(void *context, void *block, size_t old_size, size_t size) {
    timegate_lua_state *state = context;
    size_t held = block ? old_size : 0; // without a block, old_size says what kind of object it is for
    if (size == 0) {
        free(block);
        state->memory -= held;
        return NULL;
    }
    if (size > held) {
        state->allocations++;
        const timegate_lua_limits *limits = &state->limits;
        if (limits->fail_from && state->allocations >= limits->fail_from
            && state->allocations - limits->fail_from < limits->fail_count) {
            return NULL;
        }
        if (state->memory - held > limits->memory || size > limits->memory - (state->memory - held)) {
            if (state->current && ++state->refusals > MAXIMUM_REFUSALS && state->tripped == TIMEGATE_LUA_RETURNED) {
                state->tripped = TIMEGATE_LUA_MEMORY;
                timegate_lua_arm(state->current->thread);
            }
            return NULL;
        }
        if (size >= 4096 && state->current) {
            state->current->used += size / 64;
            if (state->current->used > limits->instructions) timegate_lua_arm(state->current->thread);
        }
    }
    void *moved = realloc(block, size);
    if (!moved) {
        if (size > held) return NULL;
        moved = block; // Lua counts on shrinking to succeed
    }
    state->memory += size;
    state->memory -= held;
    return moved;
}
