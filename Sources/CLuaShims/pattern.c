// Lua 5.4's patterns on a matcher of our own, which counts its steps. Why: `find(".-b")` on 64 KiB keeps Lua's own
// matcher busy for ten seconds in one instruction. What patterns mean is in the manual (§6.4.1) and, where that is
// silent, as lstrlib.c does it; the error texts are the same too.
#define _GNU_SOURCE // memmem
#include "internal.h"

#include <string.h>

#define ESCAPE '%'
#define MAXIMUM_CAPTURES 32
#define MAXIMUM_DEPTH 200
#define OPEN_CAPTURE (-1)
#define POSITION_CAPTURE (-2)

typedef struct matcher {
    lua_State *L;
    const char *subject;
    const char *subject_end;
    const char *pattern_end;
    uint32_t steps; // not charged yet
    int depth;
    int level; // captures so far
    struct {
        const char *start;
        ptrdiff_t length; // or OPEN_CAPTURE, POSITION_CAPTURE
    } captures[MAXIMUM_CAPTURES];
} matcher;

static inline void step(matcher *m, uint32_t count) {
    m->steps += count;
    if (m->steps < 256) return;
    uint32_t steps = m->steps;
    m->steps = 0;
    timegate_lua_charge(m->L, steps);
}

static bool in_range(unsigned char c, char low, char high) {
    return c >= (unsigned char)low && c <= (unsigned char)high;
}

/// Character classes of the C locale, whatever locale the process has.
static bool in_class(unsigned char c, char name) {
    bool letter = in_range(c, 'a', 'z') || in_range(c, 'A', 'Z');
    bool digit = in_range(c, '0', '9');
    bool member;
    switch (name | 0x20) {
    case 'a':
        member = letter;
        break;
    case 'c':
        member = c < 0x20 || c == 0x7F;
        break;
    case 'd':
        member = digit;
        break;
    case 'g':
        member = c > 0x20 && c < 0x7F;
        break;
    case 'l':
        member = in_range(c, 'a', 'z');
        break;
    case 'p':
        member = c > 0x20 && c < 0x7F && !letter && !digit;
        break;
    case 's':
        member = c == ' ' || (c >= '\t' && c <= '\r');
        break;
    case 'u':
        member = in_range(c, 'A', 'Z');
        break;
    case 'w':
        member = letter || digit;
        break;
    case 'x':
        member = digit || in_range(c, 'a', 'f') || in_range(c, 'A', 'F');
        break;
    case 'z': // deprecated and still there
        member = c == 0;
        break;
    default:
        return (unsigned char)name == c;
    }
    return (name & 0x20) ? member : !member; // an upper-case name stands for what its class leaves out
}

/// The end of the single-character item that starts at `p`.
static const char *item_end(matcher *m, const char *p) {
    switch (*p++) {
    case ESCAPE:
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    case '[':
        if (*p == '^') p++;
        do {
            if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
            if (*p++ == ESCAPE && p < m->pattern_end) p++;
        } while (*p != ']');
        return p + 1;
    default:
        return p;
    }
}

/// Whether `c` is in the set from the '[' at `p` to the ']' at `last`.
static bool in_set(matcher *m, unsigned char c, const char *p, const char *last) {
    bool found = true;
    step(m, (uint32_t)(last - p) / 8);
    if (p[1] == '^') {
        found = false;
        p++;
    }
    while (++p < last) {
        if (*p == ESCAPE) {
            p++;
            if (in_class(c, *p)) return found;
        } else if (p[1] == '-' && p + 2 < last) {
            p += 2;
            if (in_range(c, p[-2], *p)) return found;
        } else if ((unsigned char)*p == c) {
            return found;
        }
    }
    return !found;
}

static bool single(matcher *m, const char *s, const char *p, const char *end) {
    if (s >= m->subject_end) return false;
    unsigned char c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case ESCAPE:
        return in_class(c, p[1]);
    case '[':
        return in_set(m, c, p, end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

static const char *match(matcher *m, const char *s, const char *p);

static const char *match_balance(matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (*s != *p) return NULL;
    const char opening = p[0], closing = p[1];
    size_t open = 1;
    while (++s < m->subject_end) {
        step(m, 1);
        if (*s == closing) {
            if (--open == 0) return s + 1;
        } else if (*s == opening) {
            open++;
        }
    }
    return NULL;
}

static const char *match_most(matcher *m, const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (single(m, s + count, p, end)) {
        step(m, 1);
        count++;
    }
    for (; count >= 0; count--) {
        step(m, 1);
        const char *result = match(m, s + count, end + 1);
        if (result) return result;
    }
    return NULL;
}

static const char *match_fewest(matcher *m, const char *s, const char *p, const char *end) {
    for (;;) {
        step(m, 1);
        const char *result = match(m, s, end + 1);
        if (result) return result;
        if (!single(m, s, p, end)) return NULL;
        s++;
    }
}

static const char *start_capture(matcher *m, const char *s, const char *p, ptrdiff_t what) {
    if (m->level >= MAXIMUM_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->level].start = s;
    m->captures[m->level].length = what;
    m->level++;
    const char *result = match(m, s, p);
    if (!result) m->level--;
    return result;
}

static const char *end_capture(matcher *m, const char *s, const char *p) {
    int open = m->level - 1;
    while (open >= 0 && m->captures[open].length != OPEN_CAPTURE) open--;
    if (open < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[open].length = s - m->captures[open].start;
    const char *result = match(m, s, p);
    if (!result) m->captures[open].length = OPEN_CAPTURE;
    return result;
}

static const char *match_back_reference(matcher *m, const char *s, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->level || m->captures[index].length == OPEN_CAPTURE) {
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    }
    // A position capture has a negative length: as in Lua it is far more than what is left.
    size_t length = (size_t)m->captures[index].length;
    if ((size_t)(m->subject_end - s) < length) return NULL;
    step(m, (uint32_t)(length / 16));
    return memcmp(m->captures[index].start, s, length) ? NULL : s + length;
}

static bool match_frontier(matcher *m, const char *s, const char **p) {
    if (**p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, *p);
    unsigned char previous = s == m->subject ? 0 : (unsigned char)s[-1];
    bool found = !in_set(m, previous, *p, end - 1) && in_set(m, (unsigned char)*s, *p, end - 1);
    *p = end;
    return found;
}

/// Matches the pattern from `p` against the subject from `s`: the end of the match, or NULL. Lua strings end in a zero
/// byte, so the byte at either end may be looked at.
static const char *match(matcher *m, const char *s, const char *p) {
    if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
    while (s && p != m->pattern_end) {
        step(m, 1);
        if (*p == '(') {
            s = p[1] == ')' ? start_capture(m, s, p + 2, POSITION_CAPTURE) : start_capture(m, s, p + 1, OPEN_CAPTURE);
            break;
        }
        if (*p == ')') {
            s = end_capture(m, s, p + 1);
            break;
        }
        if (*p == '$' && p + 1 == m->pattern_end) {
            if (s != m->subject_end) s = NULL;
            break;
        }
        if (*p == ESCAPE && p[1] == 'b') {
            s = match_balance(m, s, p + 2);
            p += 4;
            continue;
        }
        if (*p == ESCAPE && p[1] == 'f') {
            p += 2;
            if (!match_frontier(m, s, &p)) s = NULL;
            continue;
        }
        if (*p == ESCAPE && p[1] >= '0' && p[1] <= '9') {
            s = match_back_reference(m, s, p[1]);
            p += 2;
            continue;
        }
        const char *end = item_end(m, p);
        bool fits = single(m, s, p, end);
        if (*end == '*' || *end == '-') {
            if (!fits) {
                p = end + 1;
                continue;
            }
            s = *end == '*' ? match_most(m, s, p, end) : match_fewest(m, s, p, end);
            break;
        }
        if (*end == '?') {
            if (fits) {
                const char *result = match(m, s + 1, end + 1);
                if (result) {
                    s = result;
                    break;
                }
            }
            p = end + 1;
            continue;
        }
        if (!fits) {
            s = NULL;
            break;
        }
        if (*end == '+') {
            s = match_most(m, s + 1, p, end);
            break;
        }
        s++;
        p = end;
    }
    m->depth++;
    return s;
}

static void prepare(matcher *m, lua_State *L, const char *subject, size_t length, const char *pattern_end) {
    m->L = L;
    m->subject = subject;
    m->subject_end = subject + length;
    m->pattern_end = pattern_end;
    m->steps = 0;
}

static const char *try_match(matcher *m, const char *s, const char *p) {
    m->level = 0;
    m->depth = MAXIMUM_DEPTH;
    return match(m, s, p);
}

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
    prepare(&m, L, subject, length, pattern + pattern_length);
    if (anchored) pattern++;
    do {
        const char *end = try_match(&m, s, pattern);
        if (!end) continue;
        timegate_lua_charge(L, m.steps);
        if (!find) return push_captures(&m, s, end);
        lua_pushinteger(L, s - subject + 1);
        lua_pushinteger(L, end - subject);
        return push_captures(&m, NULL, NULL) + 2;
    } while (s++ < m.subject_end && !anchored);
    timegate_lua_charge(L, m.steps);
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
    prepare(&m, L, subject, length, pattern + pattern_length);
    for (; place->next <= length; place->next++) {
        const char *s = subject + place->next;
        const char *end = try_match(&m, s, pattern);
        if (!end || (size_t)(end - subject) == place->last_end) continue;
        timegate_lua_charge(L, m.steps);
        int count = push_captures(&m, s, end);
        place->next = place->last_end = (size_t)(end - subject);
        place->dead = false;
        return count;
    }
    timegate_lua_charge(L, m.steps);
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
    prepare(&m, L, subject, length, pattern + pattern_length);
    if (anchored) pattern++;
    timegate_lua_begin(&result, L);
    lua_Integer count = 0;
    bool changed = false;
    while (count < limit) {
        const char *end = try_match(&m, s, pattern);
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
    timegate_lua_charge(L, m.steps);
    if (changed) {
        timegate_lua_add(&result, s, (size_t)(m.subject_end - s));
        timegate_lua_finish(&result);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}
