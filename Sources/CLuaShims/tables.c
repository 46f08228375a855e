// Marks that tables carry in their metatables, which scripts can neither see nor set: "an array", "read-only".
#include "internal.h"

/// Pushes the one metatable of all arrays. It only carries the mark, so an array behaves like any table.
void timegate_lua_push_array_metatable(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_array);
}

/// True if json.array or the host made this table an array, so that `[]` and `{}` differ.
bool timegate_lua_is_array(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return false;
    lua_rawgetp(L, -1, &timegate_lua_key_array);
    bool marked = lua_toboolean(L, -1);
    lua_pop(L, 2);
    return marked;
}

/// If the value at `index` is a read-only table, pushes the table that holds what it shows; else pushes nothing.
bool timegate_lua_push_content(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
    if (lua_rawgetp(L, -1, &timegate_lua_key_content) == LUA_TTABLE) {
        lua_remove(L, -2);
        return true;
    }
    lua_pop(L, 2);
    return false;
}

/// `#t` of a read-only table.
static int length_of_content(lua_State *L) {
    lua_Unsigned length = 0;
    if (timegate_lua_push_content(L, 1)) length = lua_rawlen(L, -1);
    lua_pushinteger(L, (lua_Integer)length);
    return 1;
}

/// Makes the table at `index` read-only where it stands: its entries move to a table behind it, and the emptied table
/// shows them through `__index`. Why in place and not by a proxy: every local, upvalue and table that holds it sees the
/// change, and it stays equal to itself.
void timegate_lua_freeze(lua_State *L, int index, lua_CFunction refuse) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 6, "tables to make read-only");
    bool array = timegate_lua_is_array(L, index);
    lua_newtable(L);
    const int content = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2); // key, key, value
        lua_rawset(L, content);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, index);
    }
    lua_createtable(L, 2, 4);
    lua_pushvalue(L, content);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, length_of_content);
    lua_setfield(L, -2, "__len");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, content);
    lua_rawsetp(L, -2, &timegate_lua_key_content);
    if (array) {
        lua_pushboolean(L, true);
        lua_rawsetp(L, -2, &timegate_lua_key_array);
    }
    lua_setmetatable(L, index);
    lua_pop(L, 1);
}

static int refuse_write(lua_State *L) {
    timegate_lua_push_text(L, 2);
    return luaL_error(
        L, "attempt to write '%s' in a table that is read-only since the script has loaded", lua_tostring(L, -1)
    );
}

/// Puts the value on top on the list of things still to visit, if it can lead to a table. Pops it.
static void visit_later(lua_State *L, int work, lua_Integer *waiting) {
    if (lua_istable(L, -1) || (lua_isfunction(L, -1) && !lua_iscfunction(L, -1))) {
        lua_rawseti(L, work, ++*waiting);
    } else {
        lua_pop(L, 1);
    }
}

/// Makes every table read-only that the values from `first` to `last` lead to, through tables and through the upvalues
/// of functions. Why: a file-level `local cache = {}` would carry one caller's entry to the next caller.
void timegate_lua_freeze_reachable(lua_State *L, int first, int last) {
    luaL_checkstack(L, 12, "tables to make read-only");
    lua_newtable(L);
    const int work = lua_gettop(L);
    lua_newtable(L);
    const int seen = lua_gettop(L);
    lua_Integer waiting = 0;
    for (int i = first; i <= last; i++) {
        lua_pushvalue(L, i);
        visit_later(L, work, &waiting);
    }
    while (waiting) {
        lua_rawgeti(L, work, waiting);
        lua_pushnil(L);
        lua_rawseti(L, work, waiting--);
        const int thing = lua_gettop(L);
        lua_pushvalue(L, thing);
        bool known = lua_rawget(L, seen) != LUA_TNIL;
        lua_pop(L, 1);
        if (!known) {
            lua_pushvalue(L, thing);
            lua_pushboolean(L, true);
            lua_rawset(L, seen);
            if (lua_istable(L, thing)) {
                if (timegate_lua_push_content(L, thing)) {
                    lua_pop(L, 1); // the environment itself
                } else {
                    lua_pushnil(L);
                    while (lua_next(L, thing)) {
                        visit_later(L, work, &waiting);
                        lua_pushvalue(L, -1);
                        visit_later(L, work, &waiting);
                    }
                    timegate_lua_freeze(L, thing, refuse_write);
                }
            } else {
                for (int upvalue = 1; lua_getupvalue(L, thing, upvalue); upvalue++) visit_later(L, work, &waiting);
            }
        }
        lua_settop(L, thing - 1);
    }
    lua_settop(L, work - 1);
}
