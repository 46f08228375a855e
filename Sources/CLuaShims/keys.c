// A fixed order for the keys of a table: numbers, then strings in byte order, then false and true. Why: Lua's own order
// depends on a seed and on addresses, so the same script on the same input could give different bytes.
#include "internal.h"

#include <string.h>

/// Reads a key that has a place in the order; false for tables, functions and userdata, which have none.
bool timegate_lua_read_key(lua_State *L, int index, timegate_lua_key *key) {
    key->slot = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key->rank = 0;
        key->is_integer = lua_isinteger(L, index);
        if (key->is_integer) key->integer = lua_tointeger(L, index);
        key->number = lua_tonumber(L, index);
        return true;
    case LUA_TSTRING:
        key->rank = 1;
        key->text = lua_tolstring(L, index, &key->length);
        return true;
    case LUA_TBOOLEAN:
        key->rank = 2;
        key->boolean = lua_toboolean(L, index);
        return true;
    default:
        return false;
    }
}

/// Negative, zero or positive, as for memcmp.
int timegate_lua_compare_keys(const timegate_lua_key *left, const timegate_lua_key *right) {
    if (left->rank != right->rank) return left->rank - right->rank;
    switch (left->rank) {
    case 0:
        if (left->is_integer && right->is_integer) {
            return (left->integer > right->integer) - (left->integer < right->integer);
        }
        if (left->number != right->number) return left->number < right->number ? -1 : 1;
        // An integer and a float that only rounding makes equal: such a float is 2^63, above every integer.
        return right->is_integer - left->is_integer;
    case 1: {
        size_t shorter = left->length < right->length ? left->length : right->length;
        int order = memcmp(left->text, right->text, shorter);
        if (order) return order;
        return (left->length > right->length) - (left->length < right->length);
    }
    default:
        return (int)left->boolean - (int)right->boolean;
    }
}

/// Sorts the permutation `order`; stable, and done after count·log(count) comparisons whatever `less` answers. Why not
/// qsort: it may allocate memory that an error raised by `less` would leak.
void timegate_lua_merge_sort(uint32_t *order, uint32_t *spare, uint32_t count, timegate_lua_less less, void *context) {
    enum { RUN = 8 };
    for (uint32_t start = 0; start < count; start += RUN) {
        uint32_t end = count - start < RUN ? count : start + RUN;
        for (uint32_t i = start + 1; i < end; i++) {
            uint32_t moving = order[i];
            uint32_t to = i;
            while (to > start && less(context, moving, order[to - 1])) {
                order[to] = order[to - 1];
                to--;
            }
            order[to] = moving;
        }
    }
    for (uint64_t width = RUN; width < count; width *= 2) {
        for (uint64_t start = 0; start < count; start += 2 * width) {
            uint64_t middle = start + width < count ? start + width : count;
            uint64_t end = start + 2 * width < count ? start + 2 * width : count;
            uint64_t left = start, right = middle, to = start;
            while (left < middle && right < end) {
                spare[to++] = less(context, order[right], order[left]) ? order[right++] : order[left++];
            }
            while (left < middle) spare[to++] = order[left++];
            while (right < end) spare[to++] = order[right++];
        }
        memcpy(order, spare, count * sizeof *order);
    }
}

static int refuse_key(lua_State *L, int index) {
    return luaL_error(L, "a table with a %s as a key has no fixed order", luaL_typename(L, index));
}

static bool less_key(void *context, uint32_t left, uint32_t right) {
    const timegate_lua_key *keys = context;
    return timegate_lua_compare_keys(&keys[left], &keys[right]) < 0;
}

/// The iterator of `pairs`. Upvalues: the table, its sorted keys, the place. Keys set to nil meanwhile are left out.
static int next_pair(lua_State *L) {
    lua_Integer place = lua_tointeger(L, lua_upvalueindex(3));
    lua_settop(L, 0);
    // Each time anew: a table that calls share is another one behind once it was written.
    if (!timegate_lua_push_content(L, lua_upvalueindex(1))) lua_pushvalue(L, lua_upvalueindex(1));
    for (;;) {
        place++;
        lua_rawgeti(L, lua_upvalueindex(2), place);
        if (lua_isnil(L, -1)) return 1;
        lua_pushvalue(L, -1);
        lua_rawget(L, 1);
        if (!lua_isnil(L, -1)) break;
        lua_pop(L, 2);
    }
    lua_pushinteger(L, place);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

/// `pairs(t)`: goes through the keys that the table has now, in the fixed order. Keys added meanwhile are not visited.
int timegate_lua_pairs(lua_State *L) {
    enum { FEW = 32 };
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (!timegate_lua_push_content(L, 1)) lua_pushvalue(L, 1);
    const int table = 2;

    uint32_t count = 0;
    bool sorted = true;
    timegate_lua_key few[FEW], last = {0};
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        luaL_checkstack(L, 4, "too many keys");
        timegate_lua_key key;
        if (!timegate_lua_read_key(L, -1, &key)) refuse_key(L, -1);
        if (count && sorted) sorted = timegate_lua_compare_keys(&last, &key) < 0;
        if (count < FEW) few[count] = key;
        last = key;
        count++;
        lua_pushvalue(L, -1); // the key stays below, its copy asks for the next
    }
    timegate_lua_charge(L, count);

    const int first = table + 1;
    timegate_lua_key *keys = few;
    uint32_t order_few[2 * FEW];
    uint32_t *order = order_few;
    if (!sorted && count > FEW) {
        keys = lua_newuserdatauv(L, count * (sizeof *keys + 2 * sizeof *order), 0);
        order = (uint32_t *)(keys + count);
        for (uint32_t i = 0; i < count; i++) timegate_lua_read_key(L, first + (int)i, &keys[i]);
    }
    if (!sorted) {
        for (uint32_t i = 0; i < count; i++) order[i] = i;
        timegate_lua_merge_sort(order, order + count, count, less_key, keys);
        timegate_lua_charge(L, count);
    }
    lua_pushvalue(L, 1);
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_pushvalue(L, first + (int)(sorted ? i : order[i]));
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/// `next(t, key)`: the key that follows in the fixed order, and its value; without a key the first. Looks at every key,
/// so it is for `next(t) == nil`; to go through a table use `pairs`.
int timegate_lua_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (timegate_lua_push_content(L, 1)) lua_replace(L, 1);
    timegate_lua_key after, best = {0};
    const bool from_start = lua_isnil(L, 2);
    if (!from_start && !timegate_lua_read_key(L, 2, &after)) refuse_key(L, 2);
    bool found = false;
    uint64_t count = 0;
    lua_pushnil(L); // 3: the best key
    lua_pushnil(L); // 4: its value
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        timegate_lua_key key;
        if (!timegate_lua_read_key(L, -2, &key)) refuse_key(L, -2);
        if ((from_start || timegate_lua_compare_keys(&key, &after) > 0)
            && (!found || timegate_lua_compare_keys(&key, &best) < 0)) {
            found = true;
            best = key;
            lua_copy(L, -2, 3);
            lua_copy(L, -1, 4);
        }
        lua_pop(L, 1);
        if (++count % 256 == 0) timegate_lua_charge(L, 256);
    }
    if (!found) return 1; // nil on top: lua_next popped its key, slot 4 is nil
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 4);
    return 2;
}
