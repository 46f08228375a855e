// The whole of liblua that Swift sees.
//
// Lua raises errors with longjmp, which must never cross a Swift frame. So Swift calls no Lua function at all: it hands
// over one flat message of bytes, the C below turns it into Lua values, runs the script and turns the results into one
// flat message, all inside lua_resume, and comes back with an outcome. What can raise, raises between two C frames.
//
// The message, little-endian: values one after the other, each a tag byte and what the tag says.
// A list of arguments or results is a uint32 count and that many values.
#ifndef TIMEGATE_CLUASHIMS_H
#define TIMEGATE_CLUASHIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "TimegateProcess.h"

/// The tag byte of a value in a message.
enum {
    TIMEGATE_LUA_TAG_NIL = 0,
    TIMEGATE_LUA_TAG_NULL = 1, ///< json.null: present and empty, unlike nil
    TIMEGATE_LUA_TAG_FALSE = 2,
    TIMEGATE_LUA_TAG_TRUE = 3,
    TIMEGATE_LUA_TAG_INTEGER = 4, ///< int64
    TIMEGATE_LUA_TAG_NUMBER = 5, ///< double, finite
    TIMEGATE_LUA_TAG_DECIMAL = 6, ///< uint32 length, ASCII digits that no double holds
    TIMEGATE_LUA_TAG_STRING = 7, ///< uint32 length, UTF-8
    TIMEGATE_LUA_TAG_ARRAY = 8, ///< uint32 count, values
    TIMEGATE_LUA_TAG_OBJECT = 9, ///< uint32 count, then count times (uint32 length, UTF-8 name, value)
    TIMEGATE_LUA_TAG_TABLE = 10, ///< uint32 list count, uint32 field count, values, then (key value, value) pairs
    TIMEGATE_LUA_TAG_FUNCTION = 11, ///< uint32 number of a function of the loaded definition
    TIMEGATE_LUA_TAG_HOST_FUNCTION = 12, ///< uint32 length, name: calling it suspends the script
    TIMEGATE_LUA_TAG_BUILTIN = 13, ///< uint32 length, name of a global of the environment, such as "log"
    TIMEGATE_LUA_TAG_OBJECT_ON = 14, ///< uint32 length, an object of that many bytes, uint32 count, more members as for OBJECT
};

typedef enum timegate_lua_status {
    TIMEGATE_LUA_RETURNED = 0,
    TIMEGATE_LUA_SUSPENDED = 1,
    TIMEGATE_LUA_SYNTAX = 2,
    TIMEGATE_LUA_RUNTIME = 3,
    TIMEGATE_LUA_INSTRUCTIONS = 4, ///< sticky: the state is dead from here on, as for the next two
    TIMEGATE_LUA_DEADLINE = 5,
    TIMEGATE_LUA_MEMORY = 6,
    TIMEGATE_LUA_BAD_RESULT = 7,
    TIMEGATE_LUA_DEAD = 8,
    TIMEGATE_LUA_REFUSED_VALUE = 9,
} timegate_lua_status;

typedef struct timegate_lua_limits {
    uint64_t instructions; ///< of one call or load, host functions' share included
    uint64_t deadline_nanoseconds; ///< running time of one call or load, time suspended left out
    size_t memory; ///< bytes that one state may hold
    size_t source; ///< bytes of one chunk
    size_t string; ///< bytes of a string that a library function builds
    size_t result; ///< bytes of an encoded result or argument list
    uint32_t nodes; ///< values in an encoded result
    uint32_t depth; ///< nesting of an encoded result
    uint32_t log_lines; ///< per call
    uint32_t log_line; ///< bytes of one line
    /// For tests only: let allocation number `fail_from` (1-based) and the `fail_count - 1` after it fail; 0 = none.
    uint64_t fail_from;
    uint64_t fail_count;
} timegate_lua_limits;

typedef struct timegate_lua_state timegate_lua_state;
typedef struct timegate_lua_call timegate_lua_call;

/// Takes one line of the script's log: escaped, valid UTF-8, within the caps. Runs above Lua frames, so it must return
/// normally and must not call back into the state.
typedef void (*timegate_lua_log)(void *context, int level, const uint8_t *text, size_t length);

/// What came of a load, a call or a resume. Pointers are into the state's buffer and hold until its next use.
typedef struct timegate_lua_outcome {
    timegate_lua_status status;
    const uint8_t *bytes; ///< returned: list of results; suspended: name and list of arguments; else: error text
    size_t length;
    const uint8_t *traceback; ///< errors: one line per frame, innermost first
    size_t traceback_length;
    uint32_t line; ///< errors: 1-based line of the chunk, 0 = not known
    timegate_lua_call *suspended; ///< suspended: to be resumed or abandoned, once
    uint64_t instructions; ///< so far in this call, counted in steps of TIMEGATE_LUA_HOOK_STEP
    uint64_t nanoseconds; ///< running time so far in this call
    size_t memory; ///< bytes that the state holds now
    uint32_t log_lines;
    uint32_t log_lines_dropped;
} timegate_lua_outcome;

#define TIMEGATE_LUA_HOOK_STEP 100

/// Makes a state with the closed environment. NULL when memory ran out.
timegate_lua_state *timegate_lua_open(const timegate_lua_limits *limits, timegate_lua_log log, void *context);

/// Frees the state and every call still suspended on it: their pointers are void afterwards.
void timegate_lua_close(timegate_lua_state *state);

/// Compiles and runs a text chunk, encodes the one value that it returns in definition mode, then makes the globals and
/// every table reachable from them read-only. Results: the value, then an array of warnings.
void timegate_lua_load(
    timegate_lua_state *state, const uint8_t *source, size_t length, const char *chunk, timegate_lua_outcome *outcome
);

/// Calls a function of the definition, by its number, with the arguments in `message`. With `keeps_argument` the first
/// result is the first argument as the function left it, or nil where that is as it was. Messages of one number, unless that
/// is 0, are the same message.
void timegate_lua_start(
    timegate_lua_state *state, uint32_t function, const uint8_t *message, size_t length, uint64_t number,
    bool keeps_argument, timegate_lua_outcome *outcome
);

/// Goes on with a suspended call: the host function returns the values in `message`, or, if `raise`, raises the string
/// in it at the script's line. The call's pointer is void afterwards unless the outcome is suspended again.
void timegate_lua_resume(
    timegate_lua_call *call, const uint8_t *message, size_t length, bool raise, timegate_lua_outcome *outcome
);

/// Gives up a suspended call.
void timegate_lua_abandon(timegate_lua_call *call);

/// True once a limit was hit: nothing runs on this state any more.
bool timegate_lua_is_dead(const timegate_lua_state *state);

/// Bytes that the state holds.
size_t timegate_lua_memory(const timegate_lua_state *state);

/// For tests only: how many allocations were asked for since the state was opened.
uint64_t timegate_lua_allocations(const timegate_lua_state *state);

/// A full collection, after loading and, in tests, before the memory in use is read.
void timegate_lua_collect(timegate_lua_state *state);

/// For tests only: one line for each thing that a script can reach from its globals, the string metatable and the
/// upvalues and metatables behind them included.
void timegate_lua_reachable(timegate_lua_state *state, timegate_lua_outcome *outcome);

#endif
