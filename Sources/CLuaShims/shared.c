// What one call after the other is handed the same: the caller, the settings. It is made once and shared by calls until one
// of them writes it, which none of the others sees.
//
// How: the tables are read-only ones (see tables.c) whose `__newindex` does not refuse. It makes the table an ordinary one
// that holds what it showed, and has the state forget all bases, so that the next call is handed new tables. A call that is
// suspended has the state forget them too: at no time can two calls that are under way reach the same table.
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Bytes of one base that is kept, and of all of them: an entry of the cache takes some ten times as much of the state's memory.
#define LONGEST_BASE (8u << 10)
#define MOST_BASE_BYTES (32u << 10)

static uint64_t digest_of(const uint8_t *bytes, uint32_t length) {
    uint64_t hash = 0x9e3779b97f4a7c15u ^ length;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    uint64_t word = 0;
    memcpy(&word, bytes, length);
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

static bool is_base(const timegate_lua_base *base, const uint8_t *bytes, uint32_t length) {
    return base->bytes && base->length == length && !memcmp(base->bytes, bytes, length);
}

static void push_members(lua_State *L, uint32_t place) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_bases);
    lua_rawgeti(L, -1, (lua_Integer)place + 1);
    lua_replace(L, -2);
}

/// Pushes the table that holds the members of a base, which must not be written; pushes nothing if it is not known.
bool timegate_lua_push_base(lua_State *L, const uint8_t *bytes, uint32_t length, int *members) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    uint32_t place = state->last_base;
    if (!is_base(&state->bases[place], bytes, length)) {
        if (length > LONGEST_BASE) return false;
        place = digest_of(bytes, length) % TIMEGATE_LUA_BASES;
        if (!is_base(&state->bases[place], bytes, length)) return false;
        state->last_base = place;
    }
    *members = state->bases[place].members;
    push_members(L, place);
    return true;
}

static void empty(lua_State *L, uint32_t place) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    timegate_lua_base *base = &state->bases[place];
    if (!base->bytes) return;
    free(base->bytes);
    base->bytes = NULL;
    state->base_bytes -= base->length;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_bases);
    lua_pushboolean(L, false);
    lua_rawseti(L, -2, (lua_Integer)place + 1);
    lua_pop(L, 1);
}

/// Lets go of all that calls share, bases and forms: the tables stay with those who hold them. Raises nothing; needs two free
/// slots of the stack.
void timegate_lua_forget_shared(lua_State *L) {
    timegate_lua_forget_forms(L);
    if (!timegate_lua_state_of(L)->base_bytes) return;
    for (uint32_t place = 0; place < TIMEGATE_LUA_BASES; place++) empty(L, place);
}

/// If calls share the table at `index`, makes it an ordinary one of the running call.
void timegate_lua_own(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return;
    const bool shared = lua_rawgetp(L, -1, &timegate_lua_key_shared) != LUA_TNIL;
    lua_pop(L, 2);
    if (!shared) return;
    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, "table that is written");
    timegate_lua_note_write(timegate_lua_state_of(L));
    timegate_lua_forget_shared(L);
    const bool array = timegate_lua_is_array(L, index);
    timegate_lua_push_content(L, index);
    const int content = lua_gettop(L);
    if (array) timegate_lua_push_array_metatable(L);
    else lua_pushnil(L);
    uint64_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, content)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, index);
        count++;
    }
    lua_setmetatable(L, index);
    lua_settop(L, content - 1);
    timegate_lua_charge(L, count);
}

/// `__newindex` of a table that calls share.
static int write_shared(lua_State *L) {
    if (lua_isnil(L, 2)) return luaL_error(L, "table index is nil");
    if (lua_type(L, 2) == LUA_TNUMBER && isnan(lua_tonumber(L, 2))) return luaL_error(L, "table index is NaN");
    timegate_lua_own(L, 1);
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
}

/// Makes the table on top, which is an ordinary one, one that calls share.
void timegate_lua_share(lua_State *L) {
    timegate_lua_freeze(L, -1, write_shared);
    lua_getmetatable(L, -1);
    lua_pushboolean(L, true);
    lua_rawsetp(L, -2, &timegate_lua_key_shared);
    lua_pop(L, 1);
}

/// Shares the tables in the table on top, which are as they were decoded: a tree.
static void share_tables_in(lua_State *L) {
    luaL_checkstack(L, 8, "value handed to the script");
    const int table = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        if (lua_istable(L, -1)) {
            share_tables_in(L);
            timegate_lua_share(L);
        }
        lua_pop(L, 1);
    }
}

/// Keeps the base on top of the stack, just decoded from these bytes, if they were seen before, in which case nobody may write it
/// any more; else leaves it alone. Why not at once: tables that are shared cost three times as much to make.
bool timegate_lua_keep_base(lua_State *L, const uint8_t *bytes, uint32_t length, int *members) {
    if (length > LONGEST_BASE) return false;
    timegate_lua_state *state = timegate_lua_state_of(L);
    const uint64_t digest = digest_of(bytes, length);
    const uint32_t place = digest % TIMEGATE_LUA_BASES;
    timegate_lua_base *base = &state->bases[place];
    if (base->digest != digest) {
        empty(L, place);
        base->digest = digest;
        return false;
    }
    uint32_t announced;
    memcpy(&announced, bytes + 1, sizeof announced);
    if (state->base_bytes + length > MOST_BASE_BYTES) timegate_lua_forget_shared(L);
    share_tables_in(L);
    uint8_t *copy = malloc(length);
    if (!copy) luaL_error(L, "no memory left for the arguments");
    empty(L, place);
    memcpy(copy, bytes, length);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_bases);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (lua_Integer)place + 1);
    lua_pop(L, 1);
    base->bytes = copy;
    base->length = length;
    base->members = (int)announced;
    state->base_bytes += length;
    state->last_base = place;
    *members = base->members;
    return true;
}
