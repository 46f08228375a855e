// From the flat message to Lua values. Runs under lua_resume: every push may raise.
#include "internal.h"

#include <math.h>
#include <string.h>

/// Nesting of a message. More than the encoder's, because vendors' answers come in as they are.
#define MAXIMUM_DEPTH 64

typedef struct reader {
    lua_State *L;
    const uint8_t *at;
    const uint8_t *end;
} reader;

static int refuse(reader *in, const char *why) {
    return luaL_error(in->L, "value handed to the script: %s", why);
}

static uint32_t read_count(reader *in) {
    uint32_t value;
    if ((size_t)(in->end - in->at) < sizeof value) refuse(in, "the message is cut off");
    memcpy(&value, in->at, sizeof value);
    in->at += sizeof value;
    return value;
}

static const char *read_text(reader *in, size_t *length) {
    uint32_t count = read_count(in);
    if ((size_t)(in->end - in->at) < count) refuse(in, "the message is cut off");
    const char *text = (const char *)in->at;
    if (!timegate_lua_is_utf8(text, count, NULL)) refuse(in, "a string is not UTF-8");
    in->at += count;
    *length = count;
    return text;
}

/// How many of `count` announced values can be there at all, so that a wrong count makes no huge table.
static int plausible(reader *in, uint32_t count) {
    if (count > (size_t)(in->end - in->at)) refuse(in, "the message is cut off");
    return (int)count;
}

static void push_value(reader *in, int depth);

static void push_table(reader *in, int depth) {
    lua_State *L = in->L;
    uint32_t listed = read_count(in);
    uint32_t fields = read_count(in);
    lua_createtable(L, plausible(in, listed), plausible(in, fields));
    for (uint32_t i = 1; i <= listed; i++) {
        push_value(in, depth + 1);
        lua_rawseti(L, -2, i);
    }
    for (uint32_t i = 0; i < fields; i++) {
        push_value(in, depth + 1);
        if (lua_isnil(L, -1)) refuse(in, "nil as a key");
        push_value(in, depth + 1);
        lua_rawset(L, -3);
    }
}

/// Sets the members that follow in the table on top.
static void set_members(reader *in, uint32_t count, int depth) {
    for (uint32_t i = 0; i < count; i++) {
        size_t length;
        const char *text = read_text(in, &length);
        lua_pushlstring(in->L, text, length);
        push_value(in, depth + 1);
        lua_rawset(in->L, -3);
    }
}

/// An object whose first members are those of another one, which many calls have in common.
static void push_object_on(reader *in, int depth) {
    lua_State *L = in->L;
    const uint32_t length = (uint32_t)plausible(in, read_count(in));
    const uint8_t *base = in->at;
    luaL_checkstack(L, 8, "value handed to the script");
    if (length < 5 || *base != TIMEGATE_LUA_TAG_OBJECT) refuse(in, "a base that is no object");
    int members;
    bool known = timegate_lua_push_base(L, base, length, &members);
    if (!known) {
        push_value(in, depth);
        if (in->at != base + length) refuse(in, "a base of another length");
        known = timegate_lua_keep_base(L, base, length, &members);
    }
    in->at = base + length;
    const uint32_t count = read_count(in);
    plausible(in, count);
    if (known) {
        lua_createtable(L, 0, members + (int)count);
        lua_pushnil(L);
        while (lua_next(L, -3)) {
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, -4);
        }
        lua_replace(L, -2);
    }
    set_members(in, count, depth);
}

static void push_value(reader *in, int depth) {
    lua_State *L = in->L;
    if (depth > MAXIMUM_DEPTH) refuse(in, "nested too deeply");
    if (in->at == in->end) refuse(in, "the message is cut off");
    size_t length;
    const char *text;
    uint8_t tag = *in->at++;
    switch (tag) {
    case TIMEGATE_LUA_TAG_NIL:
        lua_pushnil(L);
        return;
    case TIMEGATE_LUA_TAG_NULL:
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_null);
        return;
    case TIMEGATE_LUA_TAG_FALSE:
    case TIMEGATE_LUA_TAG_TRUE:
        lua_pushboolean(L, tag == TIMEGATE_LUA_TAG_TRUE);
        return;
    case TIMEGATE_LUA_TAG_INTEGER: {
        int64_t value;
        if ((size_t)(in->end - in->at) < sizeof value) refuse(in, "the message is cut off");
        memcpy(&value, in->at, sizeof value);
        in->at += sizeof value;
        lua_pushinteger(L, value);
        return;
    }
    case TIMEGATE_LUA_TAG_NUMBER: {
        double value;
        if ((size_t)(in->end - in->at) < sizeof value) refuse(in, "the message is cut off");
        memcpy(&value, in->at, sizeof value);
        in->at += sizeof value;
        if (!isfinite(value)) refuse(in, "a number is not finite");
        lua_pushnumber(L, value);
        return;
    }
    case TIMEGATE_LUA_TAG_DECIMAL:
        text = read_text(in, &length);
        timegate_lua_push_decimal(L, text, length);
        return;
    case TIMEGATE_LUA_TAG_STRING:
        text = read_text(in, &length);
        lua_pushlstring(L, text, length);
        return;
    case TIMEGATE_LUA_TAG_ARRAY: {
        uint32_t count = read_count(in);
        luaL_checkstack(L, 4, "value handed to the script");
        lua_createtable(L, plausible(in, count), 0);
        timegate_lua_push_array_metatable(L);
        lua_setmetatable(L, -2);
        for (uint32_t i = 1; i <= count; i++) {
            push_value(in, depth + 1);
            lua_rawseti(L, -2, i);
        }
        return;
    }
    case TIMEGATE_LUA_TAG_OBJECT: {
        uint32_t count = read_count(in);
        luaL_checkstack(L, 4, "value handed to the script");
        lua_createtable(L, 0, plausible(in, count));
        set_members(in, count, depth);
        return;
    }
    case TIMEGATE_LUA_TAG_OBJECT_ON:
        push_object_on(in, depth);
        return;
    case TIMEGATE_LUA_TAG_TABLE:
        luaL_checkstack(L, 4, "value handed to the script");
        push_table(in, depth);
        return;
    case TIMEGATE_LUA_TAG_FUNCTION: {
        uint32_t number = read_count(in);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_functions);
        lua_rawgeti(L, -1, number);
        lua_remove(L, -2);
        if (!lua_isfunction(L, -1)) refuse(in, "a function that this state does not have");
        return;
    }
    case TIMEGATE_LUA_TAG_HOST_FUNCTION:
        text = read_text(in, &length);
        timegate_lua_push_host_function(L, text, length);
        return;
    case TIMEGATE_LUA_TAG_BUILTIN:
        text = read_text(in, &length);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_globals);
        timegate_lua_push_content(L, -1);
        lua_pushlstring(L, text, length);
        lua_rawget(L, -2);
        lua_replace(L, -3);
        lua_pop(L, 1);
        if (lua_isnil(L, -1)) refuse(in, "a builtin that the environment does not have");
        return;
    default:
        refuse(in, "unknown kind of value");
    }
}

/// Pushes the value that begins here, and returns where it ends.
const uint8_t *timegate_lua_decode_value(lua_State *L, const uint8_t *value, const uint8_t *end) {
    reader in = {L, value, end};
    push_value(&in, 1);
    return in.at;
}

/// How many values a message has; there is room for them on the stack then.
uint32_t timegate_lua_decode_count(lua_State *L, const uint8_t *message, size_t length) {
    reader in = {L, message, message + length};
    const uint32_t count = read_count(&in);
    if (count > 100) refuse(&in, "more than 100 arguments");
    luaL_checkstack(L, (int)count + 8, "value handed to the script");
    return count;
}

/// Pushes the values of a message and returns how many. An error is the host's mistake, never the script's.
///
/// @param first gets the length up to the end of the first value; may be NULL.
int timegate_lua_decode(lua_State *L, const uint8_t *message, size_t length, size_t *first) {
    const uint32_t count = timegate_lua_decode_count(L, message, length);
    reader in = {L, message + sizeof count, message + length};
    for (uint32_t i = 0; i < count; i++) {
        push_value(&in, 1);
        if (first && i == 0) *first = (size_t)(in.at - message);
    }
    if (in.at != in.end) refuse(&in, "the message has bytes left over");
    return (int)count;
}
