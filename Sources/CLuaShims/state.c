// One Lua state: opened and closed, and the protected way into it for what is not a call.
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Lua calls this when an error is raised outside of a protected call, which is a mistake in this target. Lua would
/// abort; this says why and ends the process, without the exit handlers of a half-broken program.
static int panic(lua_State *L) {
    static const char text[] = "timegate: Lua error outside of a protected call: ";
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "(no text)";
    size_t length = strnlen(message, 1024);
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    written += write(STDERR_FILENO, message, length);
    written += write(STDERR_FILENO, "\n", 1);
    (void)written;
    _exit(70); // EX_SOFTWARE
}

static void set_new_table(lua_State *L, const char *key) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

static void set_new_places(lua_State *L, const char *key, int count) {
    lua_createtable(L, count, 0);
    for (int place = 1; place <= count; place++) {
        lua_pushboolean(L, false); // so that setting one raises nothing
        lua_rawseti(L, -2, place);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

static int set_up(lua_State *L) {
    set_new_table(L, &timegate_lua_key_functions);
    set_new_table(L, &timegate_lua_key_numbers);
    set_new_table(L, &timegate_lua_key_hosts);
    set_new_table(L, &timegate_lua_key_threads);
    set_new_places(L, &timegate_lua_key_bases, TIMEGATE_LUA_BASES);
    set_new_places(L, &timegate_lua_key_forms, TIMEGATE_LUA_FORMS);
    // Lua makes this text when an error handler fails, with nothing around it that would catch a failed allocation. As
    // long as the string exists, it is found and not made.
    lua_pushliteral(L, "error in error handling");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_pins);
    timegate_lua_open_environment(L);
    return 0;
}

/// See CLuaShims.h.
timegate_lua_state *timegate_lua_open(const timegate_lua_limits *limits, timegate_lua_log log, void *context) {
    timegate_lua_state *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->limits = *limits;
    state->log = log;
    state->log_context = context;
    state->main = lua_newstate(timegate_lua_allocate, state);
    if (!state->main) {
        free(state);
        return NULL;
    }
    lua_atpanic(state->main, panic);
    *(timegate_lua_state **)lua_getextraspace(state->main) = state; // threads made later copy it
    lua_pushcfunction(state->main, set_up);
    if (lua_pcall(state->main, 0, 0, 0) != LUA_OK) {
        timegate_lua_close(state);
        return NULL;
    }
    return state;
}

/// See CLuaShims.h.
void timegate_lua_close(timegate_lua_state *state) {
    lua_close(state->main); // no finalizer can run: scripts cannot set one and the host sets none
    for (timegate_lua_call *call = state->all; call;) {
        timegate_lua_call *next = call->next_all;
        free(call->argument.bytes);
        free(call);
        call = next;
    }
    for (int place = 0; place < TIMEGATE_LUA_BASES; place++) free(state->bases[place].bytes);
    timegate_lua_free_forms(state);
    free(state->out.bytes);
    free(state->line.bytes);
    free(state->warnings.bytes);
    free(state);
}

/// See CLuaShims.h.
bool timegate_lua_is_dead(const timegate_lua_state *state) {
    return state->tripped != TIMEGATE_LUA_RETURNED;
}

/// See CLuaShims.h.
size_t timegate_lua_memory(const timegate_lua_state *state) {
    return state->memory;
}

/// See CLuaShims.h.
uint64_t timegate_lua_allocations(const timegate_lua_state *state) {
    return state->allocations;
}

/// See CLuaShims.h.
void timegate_lua_collect(timegate_lua_state *state) {
    // Lua waits until the heap has grown by `pause` percent of what is live. Of a plugin's 50 KiB that is little, and
    // the collector would go through all of it every few calls; so let at least 256 KiB come together.
    enum { LEAST_GARBAGE = 256 << 10, USUAL = 200, MOST = 1000 };
    lua_gc(state->main, LUA_GCCOLLECT); // raises nothing: no finalizers
    size_t pause = 100 + 100 * (size_t)LEAST_GARBAGE / (state->memory + 1);
    lua_gc(state->main, LUA_GCINC, (int)(pause < USUAL ? USUAL : pause > MOST ? MOST : pause), 0, 0);
    lua_gc(state->main, LUA_GCCOLLECT); // so that it counts from here
}
