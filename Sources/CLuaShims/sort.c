// `table.sort` as a merge sort. Why not Lua's quicksort: a comparison function that contradicts itself makes that one
// raise or look outside of the list, and its order of equal elements differs from one list to the next. This one is
// stable, and writes the list only when it has been sorted.
#include "internal.h"

#define MOST_ELEMENTS 50000

typedef struct sorting {
    lua_State *L;
    int first; // stack index of the first element
    bool has_function;
} sorting;

static bool less_element(void *context, uint32_t left, uint32_t right) {
    const sorting *s = context;
    lua_State *L = s->L;
    const int a = s->first + (int)left, b = s->first + (int)right;
    if (s->has_function) {
        timegate_lua_charge(L, 1);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, a);
        lua_pushvalue(L, b);
        lua_call(L, 2, 1);
        bool less = lua_toboolean(L, -1);
        lua_pop(L, 1);
        return less;
    }
    timegate_lua_charge(L, lua_type(L, a) == LUA_TSTRING ? 1 + lua_rawlen(L, a) / 64 : 1);
    return lua_compare(L, a, b, LUA_OPLT);
}

/// `table.sort(list, less)`.
int timegate_lua_sort(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    timegate_lua_own(L, 1);
    luaL_argcheck(L, !timegate_lua_push_content(L, 1), 1, "the table is read-only since the script has loaded");
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_Unsigned count = lua_rawlen(L, 1);
    if (count < 2) return 0;
    if (count > MOST_ELEMENTS) return luaL_error(L, "more than %d elements to sort", MOST_ELEMENTS);
    luaL_checkstack(L, (int)count + 8, "too many elements to sort");
    timegate_lua_charge(L, count / 2);
    uint32_t *order = lua_newuserdatauv(L, 2 * count * sizeof *order, 0);
    sorting context = {L, lua_gettop(L) + 1, !lua_isnil(L, 2)};
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
    }
    timegate_lua_merge_sort(order, order + count, (uint32_t)count, less_element, &context);
    for (uint32_t i = 0; i < count; i++) {
        lua_pushvalue(L, context.first + (int)order[i]);
        lua_rawseti(L, 1, (lua_Integer)i + 1);
    }
    return 0;
}
