// The `string` library: what Lua 5.4 has, with a cap on what is built and the work counted. Left out: dump, which gives
// bytecode; pack, packsize and unpack, which no plugin needs and which loop over their input.
#include "internal.h"

#include <string.h>

#define MOST_BYTES 1000

static size_t first_position(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position;
    if (position == 0 || position < -(lua_Integer)length) return 1;
    return length + (size_t)position + 1;
}

static size_t last_position(lua_Integer position, size_t length) {
    if (position > (lua_Integer)length) return length;
    if (position >= 0) return (size_t)position;
    if (position < -(lua_Integer)length) return 0;
    return length + (size_t)position + 1;
}

static int string_len(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    lua_pushinteger(L, (lua_Integer)length);
    return 1;
}

static int string_sub(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    size_t first = first_position(luaL_checkinteger(L, 2), length);
    size_t last = last_position(luaL_optinteger(L, 3, -1), length);
    if (last < first) {
        lua_pushliteral(L, "");
        return 1;
    }
    timegate_lua_charge(L, (last - first) / 64);
    lua_pushlstring(L, text + first - 1, last - first + 1);
    return 1;
}

static int string_byte(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer from = luaL_optinteger(L, 2, 1);
    size_t first = first_position(from, length);
    size_t last = last_position(luaL_optinteger(L, 3, from), length);
    if (last < first) return 0;
    size_t count = last - first + 1;
    if (count > MOST_BYTES) return luaL_error(L, "more than %d bytes asked for at once", MOST_BYTES);
    luaL_checkstack(L, (int)count, "string slice too long");
    for (size_t i = 0; i < count; i++) lua_pushinteger(L, (unsigned char)text[first - 1 + i]);
    return (int)count;
}

static int string_char(lua_State *L) {
    int count = lua_gettop(L);
    timegate_lua_builder result;
    timegate_lua_begin(&result, L);
    char *room = timegate_lua_room(&result, (size_t)count);
    for (int i = 1; i <= count; i++) {
        lua_Unsigned byte = (lua_Unsigned)luaL_checkinteger(L, i);
        luaL_argcheck(L, byte <= 255, i, "value out of range");
        room[i - 1] = (char)byte;
    }
    result.length = (size_t)count;
    timegate_lua_finish(&result);
    return 1;
}

/// The text in argument 1 and room for as much. The bytes are filled in by the caller.
static const char *begin_same_length(lua_State *L, timegate_lua_builder *result, char **room, size_t *length) {
    const char *text = luaL_checklstring(L, 1, length);
    timegate_lua_charge(L, *length / 16);
    timegate_lua_begin(result, L);
    *room = timegate_lua_room(result, *length);
    result->length = *length;
    return text;
}

static int change_case(lua_State *L, char first, char last) {
    timegate_lua_builder result;
    char *room;
    size_t length;
    const char *text = begin_same_length(L, &result, &room, &length);
    for (size_t i = 0; i < length; i++) {
        room[i] = text[i] >= first && text[i] <= last ? (char)(text[i] ^ 0x20) : text[i];
    }
    timegate_lua_finish(&result);
    return 1;
}

static int string_lower(lua_State *L) {
    return change_case(L, 'A', 'Z');
}

static int string_upper(lua_State *L) {
    return change_case(L, 'a', 'z');
}

static int string_reverse(lua_State *L) {
    timegate_lua_builder result;
    char *room;
    size_t length;
    const char *text = begin_same_length(L, &result, &room, &length);
    for (size_t i = 0; i < length; i++) room[i] = text[length - 1 - i];
    timegate_lua_finish(&result);
    return 1;
}

/// `string.rep`: the length is checked before anything is done, also for a great number of empty strings.
static int string_rep(lua_State *L) {
    size_t length, separator_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_length);
    if (count <= 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t limit = timegate_lua_state_of(L)->limits.string;
    if ((lua_Unsigned)count > limit || length > limit || separator_length > limit
        || (uint64_t)count * (length + separator_length) > limit + separator_length) {
        return luaL_error(L, "string would be longer than %I bytes", (LUAI_UACINT)limit);
    }
    timegate_lua_charge(L, (uint64_t)count / 4);
    timegate_lua_builder result;
    timegate_lua_begin(&result, L);
    timegate_lua_room(&result, (uint64_t)count * (length + separator_length) - separator_length);
    if (length + separator_length) {
        for (lua_Integer i = 1; i <= count; i++) {
            timegate_lua_add(&result, text, length);
            if (i < count) timegate_lua_add(&result, separator, separator_length);
        }
    }
    timegate_lua_finish(&result);
    return 1;
}

/// Pushes the `string` library.
void timegate_lua_open_strings(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"byte", string_byte},
        {"char", string_char},
        {"find", timegate_lua_find},
        {"format", timegate_lua_format},
        {"gmatch", timegate_lua_gmatch},
        {"gsub", timegate_lua_gsub},
        {"len", string_len},
        {"lower", string_lower},
        {"match", timegate_lua_match},
        {"rep", string_rep},
        {"reverse", string_reverse},
        {"sub", string_sub},
        {"upper", string_upper},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
}
