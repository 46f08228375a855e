// What JSON has and Lua has not: null, empty arrays, numbers beyond a double.
#include "internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/// A decimal keeps its digits: as a float it would come back as another number.
typedef struct decimal {
    size_t length;
    char digits[];
} decimal;

#define MAXIMUM_DIGITS 512

/// The text of the decimal at `index`, NULL if it is none.
const char *timegate_lua_to_decimal(lua_State *L, int index, size_t *length) {
    const decimal *number = lua_touserdata(L, index);
    if (!number || !lua_getmetatable(L, index)) return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_decimal);
    bool is_decimal = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (!is_decimal) return NULL;
    *length = number->length;
    return number->digits;
}

static bool is_number(const char *text, size_t length) {
    size_t at = 0;
    if (at < length && text[at] == '-') at++;
    size_t start = at;
    while (at < length && isdigit((unsigned char)text[at])) at++;
    if (at == start) return false;
    if (at < length && text[at] == '.') {
        start = ++at;
        while (at < length && isdigit((unsigned char)text[at])) at++;
        if (at == start) return false;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '+' || text[at] == '-')) at++;
        start = at;
        while (at < length && isdigit((unsigned char)text[at])) at++;
        if (at == start) return false;
    }
    return at == length;
}

/// Pushes a decimal with these digits.
void timegate_lua_push_decimal(lua_State *L, const char *digits, size_t length) {
    if (length > MAXIMUM_DIGITS || !is_number(digits, length)) {
        luaL_error(
            L, "value handed to the script: a decimal that is no JSON number of at most %d bytes", MAXIMUM_DIGITS
        );
    }
    decimal *number = lua_newuserdatauv(L, sizeof *number + length + 1, 0);
    number->length = length;
    memcpy(number->digits, digits, length);
    number->digits[length] = 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_decimal);
    lua_setmetatable(L, -2);
}

/// A number as 0.DIGITS × 10^exponent, without zeros at either end; zero has no digits.
typedef struct normal {
    bool negative;
    int count;
    long exponent;
    char digits[MAXIMUM_DIGITS];
} normal;

static void normalise(const char *text, normal *to) {
    to->negative = *text == '-';
    if (to->negative) text++;
    to->count = 0;
    to->exponent = 0;
    bool fraction = false;
    for (; *text && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') {
            fraction = true;
            continue;
        }
        if (to->count == 0 && *text == '0') {
            if (fraction) to->exponent--;
            continue;
        }
        if (!fraction) to->exponent++;
        to->digits[to->count++] = *text;
    }
    if (*text) to->exponent += strtol(text + 1, NULL, 10);
    while (to->count && to->digits[to->count - 1] == '0') to->count--;
    if (!to->count) {
        to->negative = false;
        to->exponent = 0;
    }
}

/// `==` of two decimals: by value, so 1.10 equals 1.1.
static int decimals_equal(lua_State *L) {
    size_t length;
    const char *left = timegate_lua_to_decimal(L, 1, &length);
    const char *right = timegate_lua_to_decimal(L, 2, &length);
    bool equal = false;
    if (left && right) {
        normal a, b;
        normalise(left, &a);
        normalise(right, &b);
        equal = a.negative == b.negative && a.count == b.count && a.exponent == b.exponent
            && !memcmp(a.digits, b.digits, (size_t)a.count);
    }
    lua_pushboolean(L, equal);
    return 1;
}

/// `json.array(t)`: marks `t` as an array and returns it; without `t`, an empty array.
static int json_array(lua_State *L) {
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (timegate_lua_is_array(L, 1)) return 1;
    timegate_lua_own(L, 1);
    luaL_argcheck(L, !lua_getmetatable(L, 1), 1, "the table is read-only and was not made an array");
    timegate_lua_push_array_metatable(L);
    lua_setmetatable(L, 1);
    return 1;
}

static void push_locked_metatable(lua_State *L, const char *name) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
}

/// Makes the metatables and pushes the `json` library.
void timegate_lua_open_json(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_pushboolean(L, true);
    lua_rawsetp(L, -2, &timegate_lua_key_array);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_array);

    push_locked_metatable(L, "decimal");
    lua_pushcfunction(L, decimals_equal);
    lua_setfield(L, -2, "__eq");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_decimal);

    lua_createtable(L, 0, 2);
    timegate_lua_state_of(L)->null = lua_newuserdatauv(L, 1, 0);
    push_locked_metatable(L, "null");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_null);
    lua_setfield(L, -2, "null");
    lua_pushcfunction(L, json_array);
    lua_setfield(L, -2, "array");
}
