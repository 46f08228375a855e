// Loads, calls and resumptions. Each is one lua_resume of a thread whose first function is the C below, so that turning
// the message into values, the script, and turning the results into a message are all under its protection.
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RESULTS 16

// The first functions of a thread.

static int finish_call(lua_State *L, int status, lua_KContext context) {
    (void)status;
    timegate_lua_call *call = (timegate_lua_call *)context;
    call->phase = PHASE_ENCODE;
    int count = lua_gettop(L);
    if (count > MOST_RESULTS) return luaL_error(L, "more than %d results", MOST_RESULTS);
    // Most functions change nothing, and then nobody has to make values of it.
    const timegate_lua_buffer *kept = &call->argument;
    const bool is_untouched = call->is_shared && !call->has_written;
    if (call->keeps_argument && kept->length && (is_untouched || timegate_lua_is_as(L, 1, kept->bytes, kept->length))) {
        lua_pushnil(L);
        lua_replace(L, 1);
    }
    call->state->out.length = 0;
    timegate_lua_encode(L, 1, count, false);
    return 0;
}

static int run_call(lua_State *L) {
    timegate_lua_call *call = lua_touserdata(L, 1);
    call->phase = PHASE_DECODE;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_functions);
    lua_rawgeti(L, -1, call->function);
    lua_replace(L, 1);
    lua_settop(L, 1);
    if (!lua_isfunction(L, 1)) {
        return luaL_error(L, "call of function %d, which this state does not have", (int)call->function);
    }
    size_t first;
    int count = timegate_lua_push_arguments(L, call, &first);
    if (call->keeps_argument && count > 0) { // below the function it is there when the function has returned
        luaL_checkstack(L, 1, "arguments");
        // As the function gets it, to be compared with what it leaves; the message does not outlast a suspension.
        call->argument.length = 0;
        if (!timegate_lua_append(&call->argument, call->message + 4, first - 4)) {
            return luaL_error(L, "no memory left for the arguments");
        }
        lua_pushvalue(L, 2);
        lua_insert(L, 1);
    }
    call->phase = PHASE_RUN;
    lua_callk(L, count, LUA_MULTRET, (lua_KContext)call, finish_call);
    return finish_call(L, LUA_OK, (lua_KContext)call);
}

static int finish_load(lua_State *L, int status, lua_KContext context) {
    (void)status;
    timegate_lua_call *call = (timegate_lua_call *)context;
    timegate_lua_state *state = call->state;
    call->phase = PHASE_ENCODE;
    state->out.length = 0;
    timegate_lua_encode(L, 2, 1, true); // 1 is the chunk, 2 what it returned
    if (!timegate_lua_append(&state->out, state->warnings.bytes, state->warnings.length)) {
        return luaL_error(L, "no memory left for the result");
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_globals);
    timegate_lua_push_content(L, -1);
    lua_replace(L, -2);
    const int globals = lua_gettop(L);
    timegate_lua_freeze_reachable(L, 1, globals - 1);
    lua_pushnil(L);
    while (lua_next(L, globals)) { // their table itself stays as it is, behind the one that scripts see
        luaL_checkstack(L, 4, "globals");
        lua_insert(L, -2);
    }
    timegate_lua_freeze_reachable(L, globals + 1, lua_gettop(L));
    timegate_lua_lock_globals(L);
    return 0;
}

/// Finds out how Lua shortens the chunk's name in messages, by asking it about an empty chunk of that name.
static int find_short_source(lua_State *L, timegate_lua_call *call) {
    int status = luaL_loadbufferx(L, "", 0, call->chunk, "t");
    if (status != LUA_OK) return status;
    lua_Debug activation;
    lua_getinfo(L, ">S", &activation);
    memcpy(call->state->short_source, activation.short_src, sizeof activation.short_src);
    return LUA_OK;
}

static int run_load(lua_State *L) {
    timegate_lua_call *call = lua_touserdata(L, 1);
    lua_settop(L, 0);
    call->phase = PHASE_COMPILE;
    int status = find_short_source(L, call);
    if (status == LUA_OK) {
        status = luaL_loadbufferx(L, (const char *)call->message, call->length, call->chunk, "t");
    }
    if (status == LUA_ERRMEM) timegate_lua_trip(L, TIMEGATE_LUA_MEMORY);
    if (status != LUA_OK) return lua_error(L);
    timegate_lua_inspect(L);
    call->phase = PHASE_RUN;
    lua_pushvalue(L, 1);
    lua_callk(L, 0, 1, (lua_KContext)call, finish_load);
    return finish_load(L, LUA_OK, (lua_KContext)call);
}

// Threads.

static int make_thread(lua_State *L) {
    timegate_lua_call *call = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_threads);
    call->thread = lua_newthread(L);
    lua_rawsetp(L, -2, call);
    return 0;
}

/// An idle thread, or a new one; NULL if memory ran out. Why threads are kept: making one costs as much as a small
/// call.
static timegate_lua_call *take_call(timegate_lua_state *state) {
    timegate_lua_call *call = state->idle;
    if (call) {
        state->idle = call->next;
        call->next = NULL;
        return call;
    }
    call = calloc(1, sizeof *call);
    if (!call) return NULL;
    call->state = state;
    lua_pushcfunction(state->main, make_thread);
    lua_pushlightuserdata(state->main, call);
    if (lua_pcall(state->main, 1, 0, 0) != LUA_OK) {
        lua_settop(state->main, 0);
        free(call);
        return NULL;
    }
    call->next_all = state->all;
    if (state->all) state->all->previous_all = call;
    state->all = call;
    return call;
}

/// Lets a thread go that ended in an error or was given up. Setting a key that is there to nil raises nothing.
static void drop_call(timegate_lua_call *call) {
    timegate_lua_state *state = call->state;
    lua_State *L = state->main;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_threads);
    lua_pushnil(L);
    lua_rawsetp(L, -2, call);
    lua_settop(L, 0);
    if (call->previous_all) call->previous_all->next_all = call->next_all;
    else state->all = call->next_all;
    if (call->next_all) call->next_all->previous_all = call->previous_all;
    free(call->argument.bytes);
    free(call);
}

static void keep_call(timegate_lua_call *call) {
    lua_settop(call->thread, 0);
    call->next = call->state->idle;
    call->state->idle = call;
}

/// Fills in text of the host's own.
static void fail(
    timegate_lua_state *state, timegate_lua_outcome *outcome, timegate_lua_status status, const char *why
) {
    state->out.length = 0;
    timegate_lua_append(&state->out, why, strlen(why));
    outcome->status = status;
    outcome->bytes = state->out.bytes;
    outcome->length = state->out.length;
}

// The way in.

static void run(timegate_lua_call *call, int arguments, timegate_lua_outcome *outcome) {
    timegate_lua_state *state = call->state;
    const uint64_t start = timegate_lua_now();
    const uint64_t allowed = state->limits.deadline_nanoseconds;
    state->current = call;
    state->refusals = 0;
    call->used += TIMEGATE_LUA_HOOK_STEP; // what the hook of the last run did not get to count
    call->next_clock = call->used + 1000;
    call->allowed = allowed > call->spent ? allowed - call->spent : 0;
    call->processor_start = 0;
    call->deadline = start + (call->allowed < TIMEGATE_LUA_FREE_NANOSECONDS ? call->allowed : TIMEGATE_LUA_FREE_NANOSECONDS);
    timegate_lua_start_counting(call);
    int count;
    int status = lua_resume(call->thread, state->main, arguments, &count);
    state->current = NULL;
    call->elapsed += timegate_lua_now() - start;
    if (call->processor_start) call->spent += timegate_lua_processor_time() - call->processor_start;

    memset(outcome, 0, sizeof *outcome);
    outcome->instructions = call->used;
    outcome->nanoseconds = call->elapsed;
    outcome->log_lines = call->log_lines;
    outcome->log_lines_dropped = call->log_lines_dropped;
    if ((status == LUA_OK || status == LUA_YIELD) && state->tripped == TIMEGATE_LUA_RETURNED) {
        outcome->bytes = state->out.bytes;
        outcome->length = state->out.length;
        outcome->status = status == LUA_OK ? TIMEGATE_LUA_RETURNED : TIMEGATE_LUA_SUSPENDED;
        if (status == LUA_OK) keep_call(call);
        else {
            outcome->suspended = call;
            timegate_lua_forget_shared(state->main); // another call may run before this one goes on
        }
    } else {
        timegate_lua_describe_error(call, status, outcome);
        drop_call(call);
    }
    outcome->memory = state->memory;
}

static void begin(timegate_lua_call *call) {
    call->raise = false;
    call->keeps_argument = false;
    call->is_shared = false;
    call->has_written = false;
    call->argument.length = 0;
    call->used = 0;
    call->elapsed = 0;
    call->spent = 0;
    call->log_lines = 0;
    call->log_lines_dropped = 0;
}

static timegate_lua_call *take_call_or_fail(timegate_lua_state *state, timegate_lua_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    outcome->memory = state->memory;
    if (state->tripped != TIMEGATE_LUA_RETURNED) {
        fail(state, outcome, TIMEGATE_LUA_DEAD, "this state was stopped at a limit before; a new one is needed");
        return NULL;
    }
    timegate_lua_call *call = take_call(state);
    if (!call) {
        state->tripped = TIMEGATE_LUA_MEMORY;
        fail(state, outcome, TIMEGATE_LUA_MEMORY, "no memory left to begin the call");
        return NULL;
    }
    begin(call);
    return call;
}

/// See CLuaShims.h.
void timegate_lua_load(
    timegate_lua_state *state, const uint8_t *source, size_t length, const char *chunk, timegate_lua_outcome *outcome
) {
    char text[160];
    timegate_lua_call *call = take_call_or_fail(state, outcome);
    if (!call) return;
    if (state->loaded) {
        keep_call(call);
        fail(state, outcome, TIMEGATE_LUA_REFUSED_VALUE, "this state has loaded its chunk already; each needs its own");
        return;
    }
    state->loaded = true;
    size_t bad = 0;
    const char *why = NULL;
    if (length > state->limits.source) {
        snprintf(text, sizeof text, "the file has more than %zu KiB", state->limits.source / 1024);
        why = text;
    } else if (length && source[0] == LUA_SIGNATURE[0]) {
        why = "the file is compiled Lua; only source text is loaded";
    } else if (!timegate_lua_is_utf8((const char *)source, length, &bad)) {
        why = "the file is not UTF-8 here";
        outcome->line = 1;
        for (size_t i = 0; i < bad; i++) outcome->line += source[i] == '\n';
    }
    if (why) {
        keep_call(call);
        fail(state, outcome, TIMEGATE_LUA_SYNTAX, why);
        return;
    }
    call->message = source;
    call->length = length;
    call->chunk = chunk;
    lua_pushcfunction(call->thread, run_load);
    lua_pushlightuserdata(call->thread, call);
    run(call, 1, outcome);
    if (outcome->status == TIMEGATE_LUA_RETURNED) timegate_lua_collect(state);
    outcome->memory = state->memory;
}

/// See CLuaShims.h.
void timegate_lua_start(
    timegate_lua_state *state, uint32_t function, const uint8_t *message, size_t length, uint64_t number,
    bool keeps_argument, timegate_lua_outcome *outcome
) {
    timegate_lua_call *call = take_call_or_fail(state, outcome);
    if (!call) return;
    call->function = function;
    call->keeps_argument = keeps_argument;
    call->message = message;
    call->length = length;
    call->number = number;
    lua_pushcfunction(call->thread, run_call);
    lua_pushlightuserdata(call->thread, call);
    run(call, 1, outcome);
}

/// See CLuaShims.h.
void timegate_lua_resume(
    timegate_lua_call *call, const uint8_t *message, size_t length, bool raise, timegate_lua_outcome *outcome
) {
    timegate_lua_state *state = call->state;
    if (state->tripped != TIMEGATE_LUA_RETURNED) {
        memset(outcome, 0, sizeof *outcome);
        outcome->instructions = call->used;
        outcome->nanoseconds = call->elapsed;
        outcome->memory = state->memory;
        fail(state, outcome, TIMEGATE_LUA_DEAD, "this state was stopped at a limit meanwhile; a new one is needed");
        drop_call(call);
        return;
    }
    call->message = message;
    call->length = length;
    call->raise = raise;
    run(call, 0, outcome);
}

/// See CLuaShims.h.
void timegate_lua_abandon(timegate_lua_call *call) {
    drop_call(call);
}
