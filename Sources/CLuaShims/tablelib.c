// The `table` library: what Lua 5.4 has, on raw tables, with caps on counts and the work counted. Read-only tables are
// read through to their content and refused where the function writes.
#include "internal.h"

#define MOST_RESULTS 1000

/// Checks that argument 1 is a table and puts what it shows in its place. Returns its length.
static lua_Integer reading(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (timegate_lua_push_content(L, 1)) lua_replace(L, 1);
    return (lua_Integer)lua_rawlen(L, 1);
}

/// Checks that argument `index` is a table that may be written. Returns its length.
static lua_Integer writing(lua_State *L, int index) {
    luaL_checktype(L, index, LUA_TTABLE);
    timegate_lua_own(L, index);
    luaL_argcheck(L, !timegate_lua_push_content(L, index), index, "the table is read-only since the script has loaded");
    return (lua_Integer)lua_rawlen(L, index);
}

static int table_concat(lua_State *L) {
    lua_Integer length = reading(L);
    size_t separator_length;
    const char *separator = luaL_optlstring(L, 2, "", &separator_length);
    lua_Integer at = luaL_optinteger(L, 3, 1);
    lua_Integer last = luaL_optinteger(L, 4, length);
    timegate_lua_builder result;
    timegate_lua_begin(&result, L);
    for (; at <= last; at++) {
        timegate_lua_charge(L, 2);
        if (lua_rawgeti(L, 1, at) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER) {
            return luaL_error(
                L, "invalid value (at index %I) in table for 'concat': a %s", (LUAI_UACINT)at, luaL_typename(L, -1)
            );
        }
        size_t piece_length;
        const char *piece = lua_tolstring(L, -1, &piece_length);
        timegate_lua_add(&result, piece, piece_length);
        lua_pop(L, 1);
        if (at == last) break; // before `at` could overflow
        timegate_lua_add(&result, separator, separator_length);
    }
    timegate_lua_finish(&result);
    return 1;
}

static int table_insert(lua_State *L) {
    lua_Integer end = writing(L, 1) + 1;
    switch (lua_gettop(L)) {
    case 2:
        break;
    case 3: {
        lua_Integer position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, position >= 1 && position <= end, 2, "position out of bounds");
        timegate_lua_charge(L, (uint64_t)(end - position) / 2);
        for (lua_Integer i = end; i > position; i--) {
            lua_rawgeti(L, 1, i - 1);
            lua_rawseti(L, 1, i);
        }
        end = position;
        break;
    }
    default:
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_rawseti(L, 1, end);
    return 0;
}

static int table_remove(lua_State *L) {
    lua_Integer length = writing(L, 1);
    lua_Integer position = luaL_optinteger(L, 2, length);
    if (position != length) {
        luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)length, 2, "position out of bounds");
    }
    lua_rawgeti(L, 1, position);
    if (position < length) timegate_lua_charge(L, (uint64_t)(length - position) / 2);
    for (; position < length; position++) {
        lua_rawgeti(L, 1, position + 1);
        lua_rawseti(L, 1, position);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, position);
    return 1;
}

static int table_move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    const int target = lua_isnoneornil(L, 5) ? 1 : 5;
    writing(L, target);
    reading(L);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        const bool upwards = to > last || to <= first || (target == 5 && !lua_rawequal(L, 1, 5));
        for (lua_Integer i = 0; i < count; i++) {
            lua_Integer at = upwards ? i : count - 1 - i;
            timegate_lua_charge(L, 1);
            lua_rawgeti(L, 1, first + at);
            lua_rawseti(L, target, to + at);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

static int table_pack(lua_State *L) {
    int count = lua_gettop(L);
    timegate_lua_charge(L, (uint64_t)count / 4);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--) lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_unpack(lua_State *L) {
    lua_Integer length = reading(L);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = luaL_optinteger(L, 3, length);
    if (first > last) return 0;
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first + 1;
    if (count == 0 || count > MOST_RESULTS) return luaL_error(L, "more than %d results to unpack", MOST_RESULTS);
    luaL_checkstack(L, (int)count, "too many results to unpack");
    timegate_lua_charge(L, count / 4);
    for (lua_Unsigned i = 0; i < count; i++) lua_rawgeti(L, 1, first + (lua_Integer)i);
    return (int)count;
}

/// Pushes the `table` library.
void timegate_lua_open_tables(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"concat", table_concat},
        {"insert", table_insert},
        {"move", table_move},
        {"pack", table_pack},
        {"remove", table_remove},
        {"sort", timegate_lua_sort},
        {"unpack", table_unpack},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
}
