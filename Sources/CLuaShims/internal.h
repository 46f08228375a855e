// What the C files of this target share. Nothing here is visible to Swift.
#ifndef TIMEGATE_LUA_INTERNAL_H
#define TIMEGATE_LUA_INTERNAL_H

#include "CLuaShims.h"

#include <lauxlib.h>
#include <lua.h>

/// A byte buffer outside of Lua's heap. It is owned by the state, not by a C frame, so a longjmp cannot leak it.
typedef struct timegate_lua_buffer {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
} timegate_lua_buffer;

/// A base that objects are built on, by what its bytes are. See shared.c.
typedef struct timegate_lua_base {
    uint64_t digest; // of the bytes; 0 = an empty place
    uint8_t *bytes; // NULL: it was seen once
    uint32_t length;
    int members;
} timegate_lua_base;

#define TIMEGATE_LUA_BASES 16

#define TIMEGATE_LUA_FORMS 16

/// An argument that is kept from one call to the next. See forms.c.
typedef struct timegate_lua_form {
    timegate_lua_buffer bytes; // what it was decoded from; empty: an empty place
    timegate_lua_buffer leaves; // the values in it that are no tables
    uint32_t tables;
    bool is_kept; // else only its shape is known
} timegate_lua_form;

/// Where a call stands: it decides what an error that ends the call is called.
typedef enum timegate_lua_phase {
    PHASE_DECODE,
    PHASE_COMPILE,
    PHASE_RUN,
    PHASE_ENCODE,
} timegate_lua_phase;

/// Running time of one run, in nanoseconds, before it is looked at what the processor has given it.
#define TIMEGATE_LUA_FREE_NANOSECONDS 2000000u

struct timegate_lua_call {
    timegate_lua_state *state;
    lua_State *thread; // anchored in the registry's table of threads, under this call's address
    timegate_lua_call *next; // in the list of idle calls
    timegate_lua_call *next_all; // in the list of all calls
    timegate_lua_call *previous_all;
    timegate_lua_phase phase;
    uint32_t function;
    const uint8_t *message; // borrowed from Swift while the call runs, never while it is suspended
    size_t length;
    uint64_t number; // of the message; 0 = it has none
    bool raise; // the message is an error to raise
    bool keeps_argument; // the first result is the first argument as the function left it
    bool is_shared; // the tables of the first argument are shared ones, which tell when they are written
    bool has_written; // a shared one was
    timegate_lua_buffer argument; // the first argument as it was handed over, where it is kept
    const char *chunk; // load only
    uint64_t used; // instructions
    uint64_t next_clock; // look at the clock again when `used` gets here
    uint64_t elapsed; // nanoseconds, without the current run
    uint64_t spent; // processor time in nanoseconds, without the current run
    uint64_t processor_start; // processor time of the thread from which the current run counts; 0 while not asked for
    uint64_t allowed; // processor time that the current run may take
    uint64_t deadline; // CLOCK_MONOTONIC at which to look how much of it is gone
    uint32_t log_lines;
    uint32_t log_lines_dropped;
};

struct timegate_lua_state {
    lua_State *main;
    timegate_lua_limits limits;
    timegate_lua_log log;
    void *log_context;
    size_t memory;
    uint64_t allocations;
    uint32_t refusals; // allocations refused by the cap in the current run
    timegate_lua_call *current; // the call that runs, NULL between calls
    timegate_lua_call *idle;
    timegate_lua_call *all;
    timegate_lua_status tripped; // TIMEGATE_LUA_RETURNED while alive
    uint32_t tripped_line;
    bool loaded;
    timegate_lua_buffer out;
    timegate_lua_buffer line; // of the log
    timegate_lua_buffer warnings; // filled while loading
    uint32_t warning_count;
    const void *null; // the address of json.null
    uint32_t functions; // how many of the definition's functions have a number
    timegate_lua_base bases[TIMEGATE_LUA_BASES];
    uint32_t last_base;
    size_t base_bytes; // of all that are kept
    timegate_lua_form forms[TIMEGATE_LUA_FORMS];
    uint32_t last_forms[4]; // of each of the first arguments
    uint64_t last_message; // number of the message whose arguments the kept ones are; 0 = of none
    uint32_t last_count; // how many arguments that has
    size_t last_first; // and where the first of them ends
    uint32_t oldest_form;
    uint32_t calls_unshared; // calls to come whose arguments are made anew
    bool assigns_upvalues; // a function of the chunk does, and so may hold what a call was handed
    char short_source[LUA_IDSIZE]; // how Lua shortens the chunk's name in messages
};

// Addresses used as registry keys and as marks in metatables.
extern const char timegate_lua_key_functions; // number → function
extern const char timegate_lua_key_numbers; // function → number
extern const char timegate_lua_key_hosts; // name → host function
extern const char timegate_lua_key_threads; // call → thread
extern const char timegate_lua_key_null; // json.null
extern const char timegate_lua_key_array; // registry: the metatable of arrays; in a metatable: "an array"
extern const char timegate_lua_key_content; // in a metatable: the table that holds what a read-only table shows
extern const char timegate_lua_key_decimal; // the metatable of decimals
extern const char timegate_lua_key_globals; // the environment as scripts see it: a read-only table
extern const char timegate_lua_key_bases; // place → the table that holds a base's members
extern const char timegate_lua_key_forms; // place → list of what is kept of an argument
extern const char timegate_lua_key_shared; // in a metatable: calls share the table until one of them writes it
extern const char timegate_lua_key_pins; // strings that must exist before memory runs out

static inline timegate_lua_state *timegate_lua_state_of(lua_State *L) {
    return *(timegate_lua_state **)lua_getextraspace(L);
}

// budget.c
uint64_t timegate_lua_now(void);
uint64_t timegate_lua_processor_time(void);
void timegate_lua_start_counting(timegate_lua_call *call);
void timegate_lua_charge(lua_State *L, uint64_t work);
void timegate_lua_arm(lua_State *L);
void timegate_lua_trip(lua_State *L, timegate_lua_status why);
int timegate_lua_raise_stop(lua_State *L);
void *timegate_lua_allocate(void *context, void *block, size_t old_size, size_t size);

// buffer.c
bool timegate_lua_append(timegate_lua_buffer *buffer, const void *bytes, size_t length);
bool timegate_lua_append_line(timegate_lua_buffer *buffer, const char *text, size_t length, size_t limit);
bool timegate_lua_is_utf8(const char *text, size_t length, size_t *bad);

// decode.c, encode.c
int timegate_lua_decode(lua_State *L, const uint8_t *message, size_t length, size_t *first);
const uint8_t *timegate_lua_decode_value(lua_State *L, const uint8_t *value, const uint8_t *end);
uint32_t timegate_lua_decode_count(lua_State *L, const uint8_t *message, size_t length);
bool timegate_lua_is_as(lua_State *L, int index, const uint8_t *bytes, size_t length);
void timegate_lua_encode(lua_State *L, int first, int count, bool definition);

// shared.c: what many calls are handed
bool timegate_lua_push_base(lua_State *L, const uint8_t *bytes, uint32_t length, int *members);
bool timegate_lua_keep_base(lua_State *L, const uint8_t *bytes, uint32_t length, int *members);
void timegate_lua_forget_shared(lua_State *L);
void timegate_lua_share(lua_State *L);
void timegate_lua_own(lua_State *L, int index);

// forms.c: the arguments of one call after the other
int timegate_lua_push_arguments(lua_State *L, const timegate_lua_call *call, size_t *first);
void timegate_lua_forget_forms(lua_State *L);
void timegate_lua_note_write(timegate_lua_state *state);
void timegate_lua_free_forms(timegate_lua_state *state);

// tables.c: arrays, read-only tables
void timegate_lua_push_array_metatable(lua_State *L);
bool timegate_lua_is_array(lua_State *L, int index);
bool timegate_lua_push_content(lua_State *L, int index);
void timegate_lua_freeze(lua_State *L, int index, lua_CFunction refuse);
void timegate_lua_freeze_reachable(lua_State *L, int first, int last);

// keys.c: a fixed order for keys
typedef bool (*timegate_lua_less)(void *context, uint32_t left, uint32_t right);
void timegate_lua_merge_sort(uint32_t *order, uint32_t *spare, uint32_t count, timegate_lua_less less, void *context);
int timegate_lua_pairs(lua_State *L);
int timegate_lua_next(lua_State *L);

/// One key of a table, in a form that compares without asking Lua.
typedef struct timegate_lua_key {
    int slot; // stack index of the key
    int rank; // numbers, strings, booleans
    bool is_integer;
    bool boolean;
    lua_Integer integer;
    lua_Number number;
    const char *text;
    size_t length;
} timegate_lua_key;
bool timegate_lua_read_key(lua_State *L, int index, timegate_lua_key *key);
int timegate_lua_compare_keys(const timegate_lua_key *left, const timegate_lua_key *right);

// The libraries. Each pushes one table.
void timegate_lua_open_strings(lua_State *L); // strings.c
void timegate_lua_open_tables(lua_State *L); // tablelib.c
void timegate_lua_open_json(lua_State *L); // json.c
void timegate_lua_push_decimal(lua_State *L, const char *digits, size_t length);
const char *timegate_lua_to_decimal(lua_State *L, int index, size_t *length);
int timegate_lua_log_line(lua_State *L); // log.c
int timegate_lua_tostring(lua_State *L); // environment.c
void timegate_lua_push_text(lua_State *L, int index); // environment.c
void timegate_lua_open_environment(lua_State *L); // environment.c
void timegate_lua_lock_globals(lua_State *L); // environment.c

// patternlib.c
int timegate_lua_find(lua_State *L);
int timegate_lua_match(lua_State *L);
int timegate_lua_gmatch(lua_State *L);
int timegate_lua_gsub(lua_State *L);
int timegate_lua_format(lua_State *L); // format.c
int timegate_lua_sort(lua_State *L); // sort.c

// host.c
void timegate_lua_push_host_function(lua_State *L, const char *name, size_t length);

// error.c
void timegate_lua_describe_error(timegate_lua_call *call, int status, timegate_lua_outcome *outcome);

// bytecode.c
void timegate_lua_inspect(lua_State *L);

// builder.c: text under construction, on the C stack while small, then in a userdata at a reserved stack slot, so that
// an error raised meanwhile leaks nothing.
typedef struct timegate_lua_builder {
    lua_State *L;
    int slot;
    size_t length;
    size_t capacity;
    size_t limit;
    char *bytes;
    char small[256];
} timegate_lua_builder;
void timegate_lua_begin(timegate_lua_builder *builder, lua_State *L);
char *timegate_lua_room(timegate_lua_builder *builder, size_t length);
void timegate_lua_add(timegate_lua_builder *builder, const char *bytes, size_t length);
void timegate_lua_finish(timegate_lua_builder *builder);

#endif
