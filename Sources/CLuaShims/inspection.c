// For tests only: everything that a script can reach.
#include "internal.h"

#include <string.h>

typedef struct walk {
    lua_State *L;
    int seen; // stack index: thing → true
    int work; // stack index: list of things to look at
    int paths; // stack index: list of their paths
    lua_Integer waiting;
    timegate_lua_buffer *out;
} walk;

/// Notes the value on top of the stack under `path` and the name of the last step, and puts it on the list of things to
/// look into. Pops it.
static void note(walk *w, const char *path, const char *step) {
    lua_State *L = w->L;
    int type = lua_type(L, -1);
    lua_pushfstring(L, "%s%s", path, step);
    const char *name = lua_tostring(L, -1);
    bool again = false;
    if (type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA) {
        lua_pushvalue(L, -2);
        again = lua_rawget(L, w->seen) != LUA_TNIL;
        lua_pop(L, 1);
        if (!again) {
            lua_pushvalue(L, -2);
            lua_pushboolean(L, true);
            lua_rawset(L, w->seen);
            lua_pushvalue(L, -2);
            lua_rawseti(L, w->work, ++w->waiting);
            lua_pushvalue(L, -1);
            lua_rawseti(L, w->paths, w->waiting);
        }
    }
    const char *kind = type == LUA_TFUNCTION && lua_iscfunction(L, -2) ? "C function" : lua_typename(L, type);
    lua_pushfstring(L, "%s: %s\n", name, kind);
    const char *line = lua_tostring(L, -1);
    timegate_lua_append(w->out, line, strlen(line));
    lua_pop(L, 3);
}

static int walk_all(lua_State *L) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    lua_settop(L, 0);
    for (int i = 0; i < 3; i++) lua_newtable(L);
    walk w = {L, 1, 2, 3, 0, &state->out};
    w.out->length = 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    note(&w, "", "globals");
    lua_pushliteral(L, "");
    if (lua_getmetatable(L, -1)) note(&w, "", "string metatable");
    lua_pop(L, 1);
    while (w.waiting) {
        lua_rawgeti(L, w.work, w.waiting);
        lua_rawgeti(L, w.paths, w.waiting--);
        const int thing = lua_gettop(L) - 1;
        const char *path = lua_tostring(L, -1);
        if (lua_getmetatable(L, thing)) note(&w, path, " metatable");
        if (lua_istable(L, thing)) {
            // First, so that what it leads to is always found on the same path.
            if (lua_rawgetp(L, thing, &timegate_lua_key_content) == LUA_TTABLE) note(&w, path, " content");
            else lua_pop(L, 1);
            lua_pushnil(L);
            while (lua_next(L, thing)) {
                if (lua_type(L, -2) == LUA_TLIGHTUSERDATA) {
                    lua_pop(L, 1);
                } else {
                    timegate_lua_push_text(L, -2);
                    lua_pushfstring(L, ".%s", lua_tostring(L, -1));
                    lua_remove(L, -2);
                    lua_insert(L, -2);
                    note(&w, path, lua_tostring(L, -2));
                    lua_pop(L, 1);
                }
            }
        } else if (lua_isfunction(L, thing)) {
            for (int i = 1; lua_getupvalue(L, thing, i); i++) note(&w, path, " upvalue");
        }
        lua_settop(L, 3);
    }
    return 0;
}

/// See CLuaShims.h.
void timegate_lua_reachable(timegate_lua_state *state, timegate_lua_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    lua_pushcfunction(state->main, walk_all);
    int status = lua_pcall(state->main, 0, 0, 0);
    lua_settop(state->main, 0);
    outcome->status = status == LUA_OK ? TIMEGATE_LUA_RETURNED : TIMEGATE_LUA_RUNTIME;
    outcome->bytes = state->out.bytes;
    outcome->length = state->out.length;
}
