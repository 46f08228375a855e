// The script's log.
#include "internal.h"

#include <string.h>

static const char *const levels[] = {"trace", "debug", "info", "notice", "warning", "error", NULL};

/// `log(text)`, `log(level, text)`: one line, escaped and cut, handed to Swift. Lines over the cap are counted and
/// dropped without an error: a chatty script is no broken script. Swift's function runs above this frame, returns
/// normally, and cannot raise.
int timegate_lua_log_line(lua_State *L) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    int level = 2;
    if (lua_gettop(L) >= 2) {
        level = luaL_checkoption(L, 1, NULL, levels);
        lua_remove(L, 1);
    }
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    timegate_lua_push_text(L, 1);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    timegate_lua_call *call = state->current;
    if (!call) return 0;
    if (call->log_lines >= state->limits.log_lines) {
        call->log_lines_dropped++;
        return 0;
    }
    call->log_lines++;
    const size_t cap = state->limits.log_line;
    timegate_lua_charge(L, (length < cap ? length : cap) / 16);
    timegate_lua_buffer *line = &state->line;
    line->length = 0;
    if (!timegate_lua_append_line(line, text, length, cap)) return luaL_error(L, "no memory left for a log line");
    if (state->log) state->log(state->log_context, level, line->bytes, line->length);
    return 0;
}
