// Whether a value is what a message says: asked of an argument that a function may have changed.
#include "internal.h"

#include <string.h>

typedef struct reader {
    lua_State *L;
    const uint8_t *at;
    const uint8_t *end;
} reader;

static bool take(reader *in, void *value, size_t length) {
    if ((size_t)(in->end - in->at) < length) return false;
    memcpy(value, in->at, length);
    in->at += length;
    return true;
}

static bool take_text(reader *in, const char **text, uint32_t *length) {
    if (!take(in, length, sizeof *length) || (size_t)(in->end - in->at) < *length) return false;
    *text = (const char *)in->at;
    in->at += *length;
    return true;
}

static bool is_top_as(reader *in);

/// Whether the table on top has so many members and no more.
static bool has_members(lua_State *L, uint32_t count) {
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (!count--) {
            lua_pop(L, 1);
            return false;
        }
    }
    return count == 0;
}

static bool is_table_as(reader *in, bool is_array) {
    lua_State *L = in->L;
    uint32_t count;
    if (lua_type(L, -1) != LUA_TTABLE || !take(in, &count, sizeof count)) return false;
    luaL_checkstack(L, 6, "result");
    const bool marked = timegate_lua_is_array(L, -1);
    if (marked ? !is_array : is_array && !count) return false;
    if (timegate_lua_push_content(L, -1)) lua_replace(L, -2);
    for (uint32_t i = 1; i <= count; i++) {
        if (is_array) {
            lua_rawgeti(L, -1, i);
        } else {
            const char *name;
            uint32_t length;
            if (!take_text(in, &name, &length)) return false;
            lua_pushlstring(L, name, length);
            lua_rawget(L, -2);
        }
        const bool same = is_top_as(in);
        lua_pop(L, 1);
        if (!same) return false;
    }
    return has_members(L, count);
}

static bool is_top_as(reader *in) {
    lua_State *L = in->L;
    uint8_t tag;
    uint32_t length;
    size_t found_length;
    const char *text, *found;
    if (!take(in, &tag, 1)) return false;
    switch (tag) {
    case TIMEGATE_LUA_TAG_NULL:
        return lua_touserdata(L, -1) == timegate_lua_state_of(L)->null;
    case TIMEGATE_LUA_TAG_FALSE:
    case TIMEGATE_LUA_TAG_TRUE:
        return lua_isboolean(L, -1) && lua_toboolean(L, -1) == (tag == TIMEGATE_LUA_TAG_TRUE);
    case TIMEGATE_LUA_TAG_INTEGER: {
        int64_t value;
        return take(in, &value, sizeof value) && lua_isinteger(L, -1) && lua_tointeger(L, -1) == value;
    }
    case TIMEGATE_LUA_TAG_NUMBER: {
        double value;
        if (!take(in, &value, sizeof value) || lua_type(L, -1) != LUA_TNUMBER || lua_isinteger(L, -1)) return false;
        const double number = lua_tonumber(L, -1);
        return !memcmp(&number, &value, sizeof value);
    }
    case TIMEGATE_LUA_TAG_DECIMAL:
        found = timegate_lua_to_decimal(L, -1, &found_length);
        return take_text(in, &text, &length) && found && found_length == length && !memcmp(found, text, length);
    case TIMEGATE_LUA_TAG_STRING:
        if (lua_type(L, -1) != LUA_TSTRING || !take_text(in, &text, &length)) return false;
        found = lua_tolstring(L, -1, &found_length);
        return found_length == length && !memcmp(found, text, length);
    case TIMEGATE_LUA_TAG_ARRAY:
        return is_table_as(in, true);
    case TIMEGATE_LUA_TAG_OBJECT:
        return is_table_as(in, false);
    default:
        return false;
    }
}

/// Whether encoding the value at `index` and encoding what the bytes say would give the same. It may say no where that is
/// so, of kinds of values that no entry has, and never yes where it is not.
bool timegate_lua_is_as(lua_State *L, int index, const uint8_t *bytes, size_t length) {
    reader in = {L, bytes, bytes + length};
    luaL_checkstack(L, 6, "result");
    lua_pushvalue(L, index);
    const int top = lua_gettop(L);
    const bool same = is_top_as(&in) && in.at == in.end;
    lua_settop(L, top - 1);
    return same;
}
