// `string.format` as in Lua 5.4, without %p, which prints addresses.
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/// One conversion: %, flags, two digits of width, two of precision, the letter.
typedef struct conversion {
    char text[16];
    char letter;
    bool has_precision;
    bool has_modifiers;
} conversion;

static int refuse(lua_State *L, const char *message, const char *start, size_t length) {
    lua_pushlstring(L, start, length < 20 ? length : 20);
    return luaL_error(L, message, lua_tostring(L, -1));
}

static size_t skip_digits(const char *at) {
    size_t count = 0;
    while (count < 3 && at[count] >= '0' && at[count] <= '9') count++;
    return count;
}

/// Reads the conversion after a '%' and checks that its flags go with its letter. Returns what follows it. Format
/// strings end in a zero byte, which is in no set of flags and is no letter.
static const char *read_conversion(lua_State *L, const char *start, conversion *to) {
    const char *at = start;
    size_t flags = strspn(at, "-+ #0");
    at += flags;
    size_t width = skip_digits(at);
    at += width;
    size_t precision = 0;
    to->has_precision = *at == '.';
    if (to->has_precision) precision = skip_digits(++at);
    at += precision;
    const char *allowed = NULL;
    bool may_have_precision = false;
    switch (*at) {
    case 'c':
        allowed = "-";
        break;
    case 'd':
    case 'i':
        allowed = "-+0 ";
        may_have_precision = true;
        break;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        allowed = "-+#0 ";
        may_have_precision = true;
        break;
    case 'o':
    case 'x':
    case 'X':
        allowed = "-#0";
        may_have_precision = true;
        break;
    case 's':
        allowed = "-";
        may_have_precision = true;
        break;
    case 'q':
        if (at != start) luaL_error(L, "specifier '%%q' cannot have modifiers");
        allowed = "";
        break;
    default:
        break;
    }
    size_t length = (size_t)(at - start);
    if (!allowed) refuse(L, "invalid conversion '%%%s' to 'format'", start, length + (*at ? 1 : 0));
    if (flags > 5 || strspn(start, allowed) < flags || width > 2 || precision > 2
        || (to->has_precision && !may_have_precision)) {
        refuse(L, "invalid conversion specification: '%%%s'", start, length + 1);
    }
    to->letter = *at;
    to->has_modifiers = length > 0;
    to->text[0] = '%';
    memcpy(to->text + 1, start, length + 1);
    to->text[length + 2] = 0;
    return at + 1;
}

/// Puts the length modifier of lua_Integer before the letter.
static void make_long_long(conversion *c) {
    size_t length = strlen(c->text);
    memcpy(c->text + length - 1, "ll", 2);
    c->text[length + 1] = c->letter;
    c->text[length + 2] = 0;
}

static void add_quoted_string(timegate_lua_builder *to, const char *text, size_t length) {
    timegate_lua_charge(to->L, length / 4);
    timegate_lua_add(to, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\' || byte == '\n') {
            timegate_lua_add(to, "\\", 1);
            timegate_lua_add(to, text + i, 1);
        } else if (byte < 0x20 || byte == 0x7F) {
            char escaped[8];
            bool digit_follows = i + 1 < length && text[i + 1] >= '0' && text[i + 1] <= '9';
            int size = snprintf(escaped, sizeof escaped, digit_follows ? "\\%03d" : "\\%d", byte);
            timegate_lua_add(to, escaped, (size_t)size);
        } else {
            timegate_lua_add(to, text + i, 1);
        }
    }
    timegate_lua_add(to, "\"", 1);
}

/// `%q`: a literal that Lua reads back as the same value.
static void add_literal(lua_State *L, timegate_lua_builder *to, int argument) {
    char text[64];
    size_t length;
    const char *piece = text;
    switch (lua_type(L, argument)) {
    case LUA_TSTRING:
        piece = lua_tolstring(L, argument, &length);
        add_quoted_string(to, piece, length);
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, argument)) {
            lua_Integer integer = lua_tointeger(L, argument);
            snprintf(text, sizeof text, integer == LUA_MININTEGER ? "0x%llx" : "%lld", (long long)integer);
        } else {
            double number = lua_tonumber(L, argument);
            if (isnan(number)) piece = "(0/0)";
            else if (isinf(number)) piece = number < 0 ? "-1e9999" : "1e9999";
            else snprintf(text, sizeof text, "%a", number);
        }
        break;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
        timegate_lua_push_text(L, argument);
        piece = lua_tostring(L, -1);
        timegate_lua_add(to, piece, strlen(piece));
        lua_pop(L, 1);
        return;
    default:
        luaL_argerror(L, argument, "value has no literal form");
    }
    timegate_lua_add(to, piece, strlen(piece));
}

static void add_text(lua_State *L, timegate_lua_builder *to, const conversion *c, int argument) {
    size_t length;
    luaL_checkany(L, argument);
    timegate_lua_push_text(L, argument);
    const char *text = lua_tolstring(L, -1, &length);
    if (!c->has_modifiers) {
        timegate_lua_add(to, text, length);
    } else {
        luaL_argcheck(L, length == strlen(text), argument, "string contains zeros");
        if (!c->has_precision && length >= 100) {
            timegate_lua_add(to, text, length); // no width can reach that far
        } else {
            char *room = timegate_lua_room(to, 201);
            to->length += (size_t)snprintf(room, 201, c->text, text);
        }
    }
    lua_pop(L, 1);
}

/// `string.format`.
int timegate_lua_format(lua_State *L) {
    enum { LONGEST_ITEM = 512 }; // %99.99f of the largest double has 409 bytes
    size_t length;
    const char *at = luaL_checklstring(L, 1, &length);
    const char *const end = at + length;
    const int last = lua_gettop(L);
    int argument = 1;
    timegate_lua_builder result;
    timegate_lua_charge(L, length / 16);
    timegate_lua_begin(&result, L);
    while (at < end) {
        const char *percent = memchr(at, '%', (size_t)(end - at));
        timegate_lua_add(&result, at, (size_t)((percent ? percent : end) - at));
        if (!percent) break;
        at = percent + 1;
        if (*at == '%') {
            timegate_lua_add(&result, at++, 1);
            continue;
        }
        if (++argument > last) return luaL_argerror(L, argument, "no value");
        conversion c;
        at = read_conversion(L, at, &c);
        timegate_lua_charge(L, 4);
        int size = 0;
        switch (c.letter) {
        case 's':
            add_text(L, &result, &c, argument);
            continue;
        case 'q':
            add_literal(L, &result, argument);
            continue;
        case 'c': {
            int byte = (int)luaL_checkinteger(L, argument);
            size = snprintf(timegate_lua_room(&result, LONGEST_ITEM), LONGEST_ITEM, c.text, (unsigned char)byte);
            break;
        }
        case 'd':
        case 'i':
        case 'o':
        case 'x':
        case 'X': {
            long long integer = luaL_checkinteger(L, argument);
            make_long_long(&c);
            size = snprintf(timegate_lua_room(&result, LONGEST_ITEM), LONGEST_ITEM, c.text, integer);
            break;
        }
        default: {
            double number = luaL_checknumber(L, argument);
            size = snprintf(timegate_lua_room(&result, LONGEST_ITEM), LONGEST_ITEM, c.text, number);
        }
        }
        result.length += (size_t)size;
        timegate_lua_charge(L, (uint64_t)size); // the digits of a large float are long arithmetic
    }
    timegate_lua_finish(&result);
    return 1;
}
