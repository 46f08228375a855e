// Lua 5.4's patterns on a matcher of our own, which counts its steps. Why: `find(".-b")` on 64 KiB keeps Lua's own
// matcher busy for ten seconds in one instruction. What patterns mean is in the manual (§6.4.1) and, where that is
// silent, as lstrlib.c does it; the error texts are the same too.
#include "pattern.h"

#include <string.h>

#define MAXIMUM_DEPTH 200

typedef timegate_lua_matcher matcher;

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

/// Sets the matcher up for one subject and one pattern.
void timegate_lua_prepare_match(
    matcher *m, lua_State *L, const char *subject, size_t length, const char *pattern_end
) {
    m->L = L;
    m->subject = subject;
    m->subject_end = subject + length;
    m->pattern_end = pattern_end;
    m->steps = 0;
}

/// Matches the pattern from `p` at the place `s`: the end of the match, or NULL. Raises on a malformed pattern.
const char *timegate_lua_try_match(matcher *m, const char *s, const char *p) {
    m->level = 0;
    m->depth = MAXIMUM_DEPTH;
    return match(m, s, p);
}

/// Charges the steps that have not been yet.
void timegate_lua_finish_match(matcher *m) {
    uint32_t steps = m->steps;
    m->steps = 0;
    timegate_lua_charge(m->L, steps);
}
