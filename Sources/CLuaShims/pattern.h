// The pattern matcher, shared by the functions that use it.
#ifndef TIMEGATE_LUA_PATTERN_H
#define TIMEGATE_LUA_PATTERN_H

#include "internal.h"

#define ESCAPE '%'
#define MAXIMUM_CAPTURES 32
#define OPEN_CAPTURE (-1)
#define POSITION_CAPTURE (-2)

typedef struct timegate_lua_matcher {
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
} timegate_lua_matcher;

void timegate_lua_prepare_match(
    timegate_lua_matcher *m, lua_State *L, const char *subject, size_t length, const char *pattern_end
);
const char *timegate_lua_try_match(timegate_lua_matcher *m, const char *s, const char *p);
void timegate_lua_finish_match(timegate_lua_matcher *m);

#endif
