// The environment of scripts: an allow-list. What is not named here a script cannot reach.
#include "internal.h"

#include <lualib.h>
#include <stdlib.h>
#include <string.h>

const char timegate_lua_key_functions, timegate_lua_key_numbers, timegate_lua_key_hosts, timegate_lua_key_threads;
const char timegate_lua_key_null, timegate_lua_key_array, timegate_lua_key_content, timegate_lua_key_decimal;
const char timegate_lua_key_globals, timegate_lua_key_pins, timegate_lua_key_bases, timegate_lua_key_forms;
const char timegate_lua_key_shared;

/// Taken from Lua as they are: they neither loop over their input nor show an address.
static const char *const base_functions[] = {"assert", "error", "ipairs", "type", NULL};

/// Left out of math: random and randomseed, so that the same input gives the same bytes.
static const char *const math_functions[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger",
    "min", "mininteger", "modf", "pi", "rad", "sin", "sqrt", "tan", "tointeger", "type", "ult", NULL,
};

static const char *const utf8_functions[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};

/// Names that a script's author may expect from plain Lua, and what to say about them.
static const struct {
    const char *name;
    const char *instead;
} left_out[] = {
    {"_G", "globals are named directly"},
    {"collectgarbage", "the host looks after memory"},
    {"coroutine", "call.get reads like a plain call"},
    {"debug", NULL},
    {"dofile", NULL},
    {"getmetatable", NULL},
    {"io", NULL},
    {"load", NULL},
    {"loadfile", NULL},
    {"os", "the time is an input of the call"},
    {"package", NULL},
    {"print", "use log"},
    {"rawequal", NULL},
    {"rawget", NULL},
    {"rawlen", NULL},
    {"rawset", NULL},
    {"require", NULL},
    {"setmetatable", NULL},
    {"unpack", "use table.unpack"},
    {"xpcall", "use pcall"},
};

/// Pushes a value as text without an address in it. Any value, no metamethod is called.
void timegate_lua_push_text(lua_State *L, int index) {
    size_t length;
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        lua_pushliteral(L, "nil");
        return;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
        return;
    case LUA_TSTRING:
        lua_pushvalue(L, index);
        return;
    case LUA_TNUMBER:
        lua_pushvalue(L, index);
        lua_tolstring(L, -1, NULL);
        return;
    case LUA_TUSERDATA: {
        if (lua_touserdata(L, index) == timegate_lua_state_of(L)->null) {
            lua_pushliteral(L, "null");
            return;
        }
        const char *digits = timegate_lua_to_decimal(L, index, &length);
        if (digits) {
            lua_pushlstring(L, digits, length);
            return;
        }
        break;
    }
    default:
        break;
    }
    lua_pushstring(L, luaL_typename(L, index));
}

/// `tostring(v)`. Why not Lua's: it prints addresses, which differ from run to run and help an attacker.
int timegate_lua_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    timegate_lua_push_text(L, 1);
    return 1;
}

static int finish_pcall(lua_State *L, int status, lua_KContext context) {
    (void)context;
    timegate_lua_state *state = timegate_lua_state_of(L);
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L);
    if (status == LUA_ERRMEM) timegate_lua_trip(L, TIMEGATE_LUA_MEMORY);
    if (state->tripped != TIMEGATE_LUA_RETURNED) return timegate_lua_raise_stop(L);
    // After an error Lua goes through all frames that are left to see whether the stack can shrink.
    timegate_lua_charge(L, state->memory / 256);
    lua_pushboolean(L, false);
    lua_pushvalue(L, -2);
    return 2;
}

/// `pcall(f, ...)`. Why not Lua's: it would hold back the error that ends a call at its limits.
static int protected_call(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, true); // the first result if all goes well
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(L, status, 0);
}

/// Calls the function of Lua's in upvalue 1 after counting what it is about to do: its arguments, and the bytes of a
/// string, as many times as utf8 and tonumber look at them.
static int counted(lua_State *L) {
    uint64_t work = (uint64_t)lua_gettop(L) / 8;
    if (lua_type(L, 1) == LUA_TSTRING) work += lua_rawlen(L, 1) / 8;
    timegate_lua_charge(L, work);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static void copy_fields(lua_State *L, int from, int to, const char *const *names, bool count) {
    for (; *names; names++) {
        lua_getfield(L, from, *names);
        if (count && lua_iscfunction(L, -1)) lua_pushcclosure(L, counted, 1);
        lua_setfield(L, to, *names);
    }
}

static int refuse_library(lua_State *L) {
    timegate_lua_push_text(L, 2);
    return luaL_error(L, "attempt to write '%s' in a library, which is read-only", lua_tostring(L, -1));
}

/// Makes the library on top of the stack read-only and sets it as global `name` in the table at `globals`.
static void add_library(lua_State *L, int globals, const char *name) {
    timegate_lua_freeze(L, -1, refuse_library);
    lua_setfield(L, globals, name);
}

static int define_global(lua_State *L) {
    lua_settop(L, 3);
    timegate_lua_push_content(L, 1);
    lua_insert(L, 2);
    lua_rawset(L, 2);
    return 0;
}

static int refuse_global(lua_State *L) {
    timegate_lua_push_text(L, 2);
    return luaL_error(
        L, "attempt to write global '%s': globals are read-only once the script has loaded", lua_tostring(L, -1)
    );
}

#define LONGEST_GUESSED_NAME 40

/// Edits (insert, delete, replace, swap neighbours) from one name to the other; both at most LONGEST_GUESSED_NAME long.
static unsigned distance(const char *left, size_t left_length, const char *right, size_t right_length) {
    unsigned rows[3][LONGEST_GUESSED_NAME + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= right_length; j++) last[j] = (unsigned)j;
    for (size_t i = 1; i <= left_length; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= right_length; j++) {
            unsigned best = last[j - 1] + (left[i - 1] != right[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]
                && before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = best;
        }
        unsigned *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[right_length];
}

/// `__index` of the table behind the globals: reading a global that is not there is an error, since it is nearly always
/// a slip of the pen. Names the nearest one there is.
static int unknown_global(lua_State *L) {
    if (lua_type(L, 2) != LUA_TSTRING) return luaL_error(L, "globals have names, not %ss", luaL_typename(L, 2));
    size_t length;
    const char *name = lua_tolstring(L, 2, &length);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        if (strcmp(left_out[i].name, name)) continue;
        const char *instead = left_out[i].instead;
        return luaL_error(
            L, "global '%s' is not available to scripts%s%s", name, instead ? ": " : "", instead ? instead : ""
        );
    }
    const char *best = NULL;
    unsigned nearest = length <= 3 ? 2 : 3; // more edits than that name another thing
    if (length <= LONGEST_GUESSED_NAME) {
        lua_pushnil(L);
        while (lua_next(L, 1)) {
            size_t known_length;
            const char *known = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &known_length) : NULL;
            if (known && known_length <= LONGEST_GUESSED_NAME) {
                unsigned edits = distance(name, length, known, known_length);
                if (edits < nearest || (edits == nearest && best && strcmp(known, best) < 0)) {
                    nearest = edits;
                    best = known;
                }
            }
            lua_pop(L, 1);
        }
    }
    if (best) return luaL_error(L, "unknown global '%s'; did you mean '%s'?", name, best);
    return luaL_error(L, "unknown global '%s'", name);
}

/// Lists the libraries where lauxlib looks for a function's name when the call itself does not tell, as in
/// `pcall(string.rep)`. Only C reads this list.
static void list_for_messages(lua_State *L, int globals_content) {
    static const char *const libraries[] = {"string", "table", "math", "utf8", "json", NULL};
    lua_newtable(L);
    lua_pushvalue(L, globals_content);
    lua_setfield(L, -2, LUA_GNAME);
    for (const char *const *name = libraries; *name; name++) {
        lua_getfield(L, globals_content, *name);
        timegate_lua_push_content(L, -1);
        lua_setfield(L, -3, *name);
        lua_pop(L, 1);
    }
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

/// Builds the environment and makes it the globals of every chunk loaded from here on.
void timegate_lua_open_environment(lua_State *L) {
    lua_settop(L, 0);
    // Lua's own base library goes into the table of globals that the state came with, which is then let go.
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1);
    const int base = 1;
    lua_newtable(L);
    const int globals = 2;
    copy_fields(L, base, globals, base_functions, false);
    static const char *const counted_functions[] = {"select", "tonumber", NULL};
    copy_fields(L, base, globals, counted_functions, true);
    static const luaL_Reg own[] = {
        {"log", timegate_lua_log_line},
        {"next", timegate_lua_next},
        {"pairs", timegate_lua_pairs},
        {"pcall", protected_call},
        {"tostring", timegate_lua_tostring},
        {NULL, NULL},
    };
    luaL_setfuncs(L, own, 0);

    lua_pushcfunction(L, luaopen_math);
    lua_call(L, 0, 1);
    lua_newtable(L);
    copy_fields(L, 3, 4, math_functions, false);
    add_library(L, globals, "math");
    lua_settop(L, globals);

    lua_pushcfunction(L, luaopen_utf8);
    lua_call(L, 0, 1);
    lua_newtable(L);
    copy_fields(L, 3, 4, utf8_functions, true);
    add_library(L, globals, "utf8");
    lua_settop(L, globals);

    timegate_lua_open_strings(L);
    add_library(L, globals, "string");
    timegate_lua_open_tables(L);
    add_library(L, globals, "table");
    timegate_lua_open_json(L);
    add_library(L, globals, "json");

    // ("x"):upper() finds the wrapped functions, and nothing leads from a string to another table.
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    lua_getfield(L, globals, "string");
    timegate_lua_push_content(L, -1);
    lua_setfield(L, -3, "__index");
    lua_pop(L, 1);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);

    timegate_lua_freeze(L, globals, define_global);
    timegate_lua_push_content(L, globals);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, unknown_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    list_for_messages(L, lua_gettop(L));
    lua_pop(L, 1);

    lua_pushvalue(L, globals);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_globals);
    lua_pushvalue(L, globals);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_settop(L, 0);
}

/// From here on, writing a global is an error. Why only now: a chunk may define global functions while it loads.
void timegate_lua_lock_globals(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_globals);
    lua_getmetatable(L, -1);
    lua_pushcfunction(L, refuse_global);
    lua_setfield(L, -2, "__newindex");
    lua_pop(L, 2);
}
