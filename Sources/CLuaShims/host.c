// Host functions: calling one suspends the script until the host has the answer.
#include "internal.h"

#include <string.h>

/// Pushes "chunk:line: " of the innermost frame that is a script's. Why not luaL_where: between the script and the host
/// function there may be a pcall, which has no line.
static void push_place(lua_State *L) {
    lua_Debug activation;
    for (int level = 1; lua_getstack(L, level, &activation); level++) {
        lua_getinfo(L, "Sl", &activation);
        if (activation.currentline > 0) {
            lua_pushfstring(L, "%s:%d: ", activation.short_src, activation.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

static int raise_here(lua_State *L) {
    push_place(L);
    lua_insert(L, -2);
    lua_concat(L, 2);
    return lua_error(L);
}

/// Goes on where the script was suspended: returns the host's answer, or raises it.
static int go_on(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    timegate_lua_call *call = timegate_lua_state_of(L)->current;
    lua_settop(L, 0);
    int count = timegate_lua_decode(L, call->message, call->length, NULL);
    if (!call->raise) return count;
    if (count != 1 || lua_type(L, -1) != LUA_TSTRING) lua_pushliteral(L, "the host function failed");
    return raise_here(L);
}

/// What stands between the script and its resumption: a library function that called back into the script.
static const char *obstacle(lua_State *L) {
    lua_Debug activation;
    for (int level = 1; lua_getstack(L, level, &activation); level++) {
        lua_getinfo(L, "f", &activation);
        lua_CFunction function = lua_tocfunction(L, -1);
        lua_pop(L, 1);
        if (function == timegate_lua_sort) return "a comparison function of table.sort";
        if (function == timegate_lua_gsub) return "a replacement function of string.gsub";
    }
    return "a function that a library calls";
}

/// What a script calls. Upvalue: the name.
static int host_function(lua_State *L) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    size_t length;
    const char *name = lua_tolstring(L, lua_upvalueindex(1), &length);
    if (!lua_isyieldable(L)) {
        lua_pushfstring(L, "attempt to call '%s' inside %s, which cannot wait; call it before", name, obstacle(L));
        return raise_here(L);
    }
    uint32_t count = (uint32_t)length;
    state->out.length = 0;
    if (!timegate_lua_append(&state->out, &count, sizeof count) || !timegate_lua_append(&state->out, name, length)) {
        return luaL_error(L, "no memory left for the arguments of '%s'", name);
    }
    timegate_lua_encode(L, 1, lua_gettop(L), false);
    return lua_yieldk(L, 0, 0, go_on);
}

/// Pushes the host function of this name, the same one each time.
void timegate_lua_push_host_function(lua_State *L, const char *name, size_t length) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_hosts);
    lua_pushlstring(L, name, length);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, host_function, 1);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, -5);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}
