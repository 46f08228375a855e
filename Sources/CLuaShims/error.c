// What became of a call that failed. All of this runs outside of Lua's protection, so it only uses functions of Lua's
// that raise nothing and make nothing.
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_MESSAGE 2048
#define LONGEST_TRACEBACK_LINE 200
#define TRACEBACK_LINES 12

static void describe_limit(timegate_lua_state *state, lua_State *L, char *text, size_t size) {
    const timegate_lua_limits *limits = &state->limits;
    switch (state->tripped) {
    case TIMEGATE_LUA_INSTRUCTIONS:
        snprintf(
            text, size, "stopped after %llu instructions; look for a loop that does not end or does too much",
            (unsigned long long)limits->instructions
        );
        return;
    case TIMEGATE_LUA_DEADLINE:
        snprintf(
            text, size, "stopped after running for %llu ms; look for a loop that does too much",
            (unsigned long long)(limits->deadline_nanoseconds / 1000000)
        );
        return;
    default: {
        lua_Debug activation;
        int level = 0;
        while (level < 1000 && lua_getstack(L, level, &activation)) level++;
        snprintf(
            text, size, "stopped: more than %zu KiB of memory needed; %s", limits->memory / 1024,
            level == 1000 ? "look for a function that calls itself without end"
                          : "look for a string or table that keeps growing"
        );
    }
    }
}

/// The text of the error object on top of the thread's stack.
static void describe_object(lua_State *L, timegate_lua_status status, timegate_lua_buffer *out, uint32_t *line) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    size_t length;
    char text[128];
    switch (lua_type(L, -1)) {
    case LUA_TSTRING: {
        const char *message = lua_tolstring(L, -1, &length);
        // Lua puts "chunk:line: " before a message; both are members of their own here.
        size_t prefix = strlen(state->short_source);
        if (length > prefix + 2 && !memcmp(message, state->short_source, prefix) && message[prefix] == ':') {
            char *end;
            unsigned long number = strtoul(message + prefix + 1, &end, 10);
            if (end != message + prefix + 1 && end[0] == ':' && end[1] == ' ') {
                *line = (uint32_t)number;
                length -= (size_t)(end + 2 - message);
                message = end + 2;
            }
        }
        timegate_lua_append_line(out, message, length, LONGEST_MESSAGE);
        return;
    }
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, -1));
        else snprintf(text, sizeof text, "%.14g", lua_tonumber(L, -1));
        break;
    case LUA_TNIL:
        snprintf(text, sizeof text, "error raised without a message");
        break;
    default:
        snprintf(
            text, sizeof text, "error raised with a %s instead of a message%s", lua_typename(L, lua_type(L, -1)),
            status == TIMEGATE_LUA_RUNTIME ? "; to refuse, return nil and a table" : ""
        );
    }
    timegate_lua_append_line(out, text, strlen(text), LONGEST_MESSAGE);
}

/// One line per frame of the script, innermost first.
static void describe_frames(lua_State *L, timegate_lua_buffer *out, uint32_t *line) {
    lua_Debug activation;
    int lines = 0;
    for (int level = 0; level < 1000 && lines < TRACEBACK_LINES && lua_getstack(L, level, &activation); level++) {
        char text[LUA_IDSIZE + 160];
        lua_getinfo(L, "Sln", &activation);
        if (activation.currentline <= 0) continue;
        if (!*line) *line = (uint32_t)activation.currentline;
        int length = snprintf(text, sizeof text, "%s:%d: ", activation.short_src, activation.currentline);
        char *rest = text + length;
        size_t room = sizeof text - (size_t)length;
        if (*activation.what == 'm') snprintf(rest, room, "in main chunk");
        else if (activation.name) snprintf(rest, room, "in %s '%s'", activation.namewhat, activation.name);
        else snprintf(rest, room, "in function defined at line %d", activation.linedefined);
        if (lines++ && !timegate_lua_append(out, "\n", 1)) return;
        timegate_lua_append_line(out, text, strlen(text), LONGEST_TRACEBACK_LINE);
    }
}

/// Fills the outcome of a call that ended in an error: which kind, the text, the line, the frames.
void timegate_lua_describe_error(timegate_lua_call *call, int status, timegate_lua_outcome *outcome) {
    timegate_lua_state *state = call->state;
    lua_State *L = call->thread;
    timegate_lua_buffer *out = &state->out;
    if (status == LUA_ERRMEM && state->tripped == TIMEGATE_LUA_RETURNED) state->tripped = TIMEGATE_LUA_MEMORY;
    if (state->tripped != TIMEGATE_LUA_RETURNED) outcome->status = state->tripped;
    else if (call->phase == PHASE_DECODE) outcome->status = TIMEGATE_LUA_REFUSED_VALUE;
    else if (call->phase == PHASE_COMPILE) outcome->status = TIMEGATE_LUA_SYNTAX;
    else if (call->phase == PHASE_ENCODE) outcome->status = TIMEGATE_LUA_BAD_RESULT;
    else outcome->status = TIMEGATE_LUA_RUNTIME;

    out->length = 0;
    if (state->tripped != TIMEGATE_LUA_RETURNED) {
        char text[200];
        describe_limit(state, L, text, sizeof text);
        timegate_lua_append_line(out, text, strlen(text), LONGEST_MESSAGE);
        outcome->line = state->tripped_line;
    } else {
        describe_object(L, outcome->status, out, &outcome->line);
    }
    outcome->length = out->length;
    describe_frames(L, out, &outcome->line);
    outcome->bytes = out->bytes;
    outcome->traceback = out->bytes + outcome->length;
    outcome->traceback_length = out->length - outcome->length;
}
