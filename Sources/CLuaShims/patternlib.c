// `string.find`, `match`, `gmatch` and `gsub` on the matcher of pattern.c.
#define _GNU_SOURCE // memmem
#include "pattern.h"

#include <string.h>

typedef timegate_lua_matcher matcher;

/// The text of capture `index`, the whole match if there are none; a position capture is pushed and gives
/// POSITION_CAPTURE.
static ptrdiff_t capture(matcher *m, int index, const char *s, const char *end, const char **start) {
    if (index >= m->level) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        *start = s;
        return end - s;
    }
    ptrdiff_t length = m->captures[index].length;
    *start = m->captures[index].start;
    if (length == OPEN_CAPTURE) luaL_error(m->L, "unfinished capture");
    if (length == POSITION_CAPTURE) lua_pushinteger(m->L, *start - m->subject + 1);
    return length;
}

static void push_capture(matcher *m, int index, const char *s, const char *end) {
    const char *start;
    ptrdiff_t length = capture(m, index, s, end, &start);
    if (length != POSITION_CAPTURE) lua_pushlstring(m->L, start, (size_t)length);
}

/// Pushes the captures; the whole match if there are none and `s` is given.
static int push_captures(matcher *m, const char *s, const char *end) {
    int count = m->level == 0 && s ? 1 : m->level;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) push_capture(m, i, s, end);
    return count;
}

/// A 1-based start position, negative from the end, as string functions take it.
static size_t start_position(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position;
    if (position == 0 || position < -(lua_Integer)length) return 1;
    return length + (size_t)position + 1;
}

static bool has_specials(const char *pattern, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] && strchr("^$*+?.([%-", pattern[i])) return true;
    }
    return false;
}

static int find_or_match(lua_State *L, bool find) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t start = start_position(luaL_optinteger(L, 3, 1), length) - 1;
    if (start > length) {
        luaL_pushfail(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || !has_specials(pattern, pattern_length))) {
        timegate_lua_charge(L, (length - start + pattern_length) / 16);
        const char *found = pattern_length
            ? memmem(subject + start, length - start, pattern, pattern_length) // never more than linear in glibc
            : subject + start;
        if (!found) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, found - subject + 1);
        lua_pushinteger(L, found - subject + (lua_Integer)pattern_length);
        return 2;
    }
    matcher m;
    const char *s = subject + start;
    const bool anchored = *pattern == '^';
    timegate_lua_prepare_match(&m, L, subject, length, pattern + pattern_length);
    if (anchored) pattern++;
    do {
        const char *end = timegate_lua_try_match(&m, s, pattern);
        if (!end) continue;
        timegate_lua_finish_match(&m);
        if (!find) return push_captures(&m, s, end);
        lua_pushinteger(L, s - subject + 1);
        lua_pushinteger(L, end - subject);
        return push_captures(&m, NULL, NULL) + 2;
    } while (s++ < m.subject_end && !anchored);
    timegate_lua_finish_match(&m);
    luaL_pushfail(L);
    return 1;
}

/// `string.find`.
int timegate_lua_find(lua_State *L) {
    return find_or_match(L, true);
}

/// `string.match`.
int timegate_lua_match(lua_State *L) {
    return find_or_match(L, false);
}

/// Where a gmatch iterator stands, as offsets: nothing in here can dangle.
typedef struct gmatch_place {
    size_t next;
    size_t last_end; // of the last match; SIZE_MAX before the first
    bool dead; // a match is going on, or the last one ended in an error
} gmatch_place;

/// The iterator of gmatch. Upvalues: subject, pattern, place. Why it dies of an error: Lua's own goes on after one with
/// a matcher that is no longer valid.
static int gmatch_next(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &length);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
    gmatch_place *place = lua_touserdata(L, lua_upvalueindex(3));
    if (place->dead) return luaL_error(L, "this gmatch iterator ended in an error before");
    place->dead = true;
    matcher m;
    timegate_lua_prepare_match(&m, L, subject, length, pattern + pattern_length);
    for (; place->next <= length; place->next++) {
        const char *s = subject + place->next;
        const char *end = timegate_lua_try_match(&m, s, pattern);
        if (!end || (size_t)(end - subject) == place->last_end) continue;
        timegate_lua_finish_match(&m);
        int count = push_captures(&m, s, end);
        place->next = place->last_end = (size_t)(end - subject);
        place->dead = false;
        return count;
    }
    timegate_lua_finish_match(&m);
    place->dead = false;
    return 0;
}

/// `string.gmatch`.
int timegate_lua_gmatch(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t start = start_position(luaL_optinteger(L, 3, 1), length) - 1;
    lua_settop(L, 2);
    gmatch_place *place = lua_newuserdatauv(L, sizeof *place, 0);
    place->next = start > length ? length + 1 : start;
    place->last_end = SIZE_MAX;
    place->dead = false;
    lua_pushcclosure(L, gmatch_next, 3);
    return 1;
}

/// Adds the replacement string in argument 3, its %0 to %9 filled in.
static void add_string(matcher *m, timegate_lua_builder *to, const char *s, const char *end) {
    lua_State *L = m->L;
    size_t length;
    const char *text = lua_tolstring(L, 3, &length);
    const char *const text_end = text + length;
    for (;;) {
        const char *escape = memchr(text, ESCAPE, (size_t)(text_end - text));
        timegate_lua_add(to, text, (size_t)((escape ? escape : text_end) - text));
        if (!escape) return;
        char what = escape[1];
        if (what == ESCAPE) {
            timegate_lua_add(to, &what, 1);
        } else if (what == '0') {
            timegate_lua_add(to, s, (size_t)(end - s));
        } else if (what >= '1' && what <= '9') {
            const char *start;
            ptrdiff_t captured = capture(m, what - '1', s, end, &start);
            if (captured == POSITION_CAPTURE) {
                size_t size;
                start = lua_tolstring(L, -1, &size);
                timegate_lua_add(to, start, size);
                lua_pop(L, 1);
            } else {
                timegate_lua_add(to, start, (size_t)captured);
            }
        } else {
            luaL_error(L, "invalid use of '%c' in replacement string", ESCAPE);
        }
        text = escape + 2;
    }
}

/// Adds what the match from `s` to `end` is replaced by; false if it stays as it is.
static bool add_replacement(matcher *m, timegate_lua_builder *to, const char *s, const char *end, int kind) {
    lua_State *L = m->L;
    if (kind == LUA_TSTRING) {
        add_string(m, to, s, end);
        return true;
    }
    if (kind == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int count = push_captures(m, s, end);
        lua_call(L, count, 1);
    } else {
        push_capture(m, 0, s, end);
        lua_gettable(L, 3);
    }
    bool replaced = lua_toboolean(L, -1);
    if (!replaced) {
        timegate_lua_add(to, s, (size_t)(end - s));
    } else if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    } else {
        size_t length;
        const char *text = lua_tolstring(L, -1, &length);
        timegate_lua_add(to, text, length);
    }
    lua_pop(L, 1);
    return replaced;
}

/// `string.gsub`.
int timegate_lua_gsub(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int kind = lua_type(L, 3);
    lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    luaL_argexpected(
        L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
        "string/function/table"
    );
    if (kind == LUA_TNUMBER) kind = LUA_TSTRING;
    lua_settop(L, 3);
    matcher m;
    timegate_lua_builder result;
    const char *s = subject, *last_end = NULL;
    const bool anchored = *pattern == '^';
    timegate_lua_prepare_match(&m, L, subject, length, pattern + pattern_length);
    if (anchored) pattern++;
    timegate_lua_begin(&result, L);
    lua_Integer count = 0;
    bool changed = false;
    while (count < limit) {
        const char *end = timegate_lua_try_match(&m, s, pattern);
        if (end && end != last_end) {
            count++;
            if (add_replacement(&m, &result, s, end, kind)) changed = true;
            s = last_end = end;
        } else if (s < m.subject_end) {
            timegate_lua_add(&result, s++, 1);
        } else {
            break;
        }
        if (anchored) break;
    }
    timegate_lua_finish_match(&m);
    if (changed) {
        timegate_lua_add(&result, s, (size_t)(m.subject_end - s));
        timegate_lua_finish(&result);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}
