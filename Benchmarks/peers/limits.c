// Runs functions in the gateway's own Lua runtime, and prints what each call takes: "NAME NANOSECONDS words".
#define _GNU_SOURCE
#include "CLuaShims.h"

#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef WITHOUT_LIMITS
// What the linker puts in place of the limits.
void __wrap_lua_sethook(lua_State *L, lua_Hook hook, int mask, int count) {
    (void)L, (void)hook, (void)mask, (void)count;
}
void __wrap_timegate_lua_start_counting(timegate_lua_call *call) { (void)call; }
uint64_t __wrap_timegate_lua_processor_time(void) { return 0; }
uint64_t __wrap_timegate_lua_now(void) { return 0; }
void *__wrap_timegate_lua_allocate(void *context, void *block, size_t old_size, size_t size) {
    (void)context, (void)old_size;
    if (size) return realloc(block, size);
    free(block);
    return NULL;
}
#endif

static const char source[] =
    "return {\n"
    "  a = function(entry, call) end,\n"
    "  b = function(entry, call)\n"
    "    if entry.user and entry.user.id == call.user_id then return true end\n"
    "    return nil, { field = 'user.id', message = 'Only one\\'s own time.' }\n"
    "  end,\n"
    "  c = function(entry, call)\n"
    "    local sum = 0\n"
    "    for i = 1, 10000 do sum = sum + i % 7 end\n"
    "    return sum\n"
    "  end,\n"
    "  d = function(entry, call)\n"
    "    local list = {}\n"
    "    for i = 1, 500 do list[i] = { id = 'n' .. i } end\n"
    "    return #list\n"
    "  end,\n"
    "}\n";

static const struct {
    const char *name, *about;
    int calls;
} functions[] = {
    {"a", "a function that does nothing", 200000},
    {"b", "a rule that compares two members", 200000},
    {"c", "10,000 rounds of a loop", 2000},
    {"d", "500 small tables and texts", 2000},
};

static uint8_t message[4096];
static size_t length;

static void byte(uint8_t value) { message[length++] = value; }

static void number(uint32_t value) {
    memcpy(message + length, &value, 4);
    length += 4;
}

static void text(const char *value) {
    number((uint32_t)strlen(value));
    memcpy(message + length, value, strlen(value));
    length += strlen(value);
}

static void member(const char *name, const char *value) {
    text(name);
    byte(TIMEGATE_LUA_TAG_STRING);
    text(value);
}

// The arguments as the gateway hands them over: an entry and a call, of a usual size.
static void make_message(void) {
    number(2);
    byte(TIMEGATE_LUA_TAG_OBJECT);
    number(5);
    member("work_date", "2026-11-20");
    member("note", "Workshop with the customer, second round");
    member("time_zone", "Europe/Zagreb");
    text("duration_seconds");
    byte(TIMEGATE_LUA_TAG_INTEGER);
    const int64_t seconds = 5400;
    memcpy(message + length, &seconds, 8);
    length += 8;
    text("user");
    byte(TIMEGATE_LUA_TAG_OBJECT);
    number(1);
    member("id", "8160");
    byte(TIMEGATE_LUA_TAG_OBJECT);
    number(3);
    member("connection", "acme-productive");
    member("operation", "create");
    member("user_id", "8160");
}

static double processor_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(void) {
    const timegate_lua_limits limits = {
        .instructions = 1000000, .deadline_nanoseconds = 50000000, .memory = 16 << 20, .source = 256 << 10,
        .string = 1 << 20, .result = 1 << 20, .nodes = 10000, .depth = 32, .log_lines = 100, .log_line = 1024,
    };
    timegate_lua_state *state = timegate_lua_open(&limits, NULL, NULL);
    timegate_lua_outcome outcome;
    timegate_lua_load(state, (const uint8_t *)source, sizeof source - 1, "limits.lua", &outcome);
    if (outcome.status != TIMEGATE_LUA_RETURNED) return fprintf(stderr, "%.*s\n", (int)outcome.length, outcome.bytes), 1;
    make_message();
    for (size_t index = 0; index < sizeof functions / sizeof functions[0]; index++) {
        // Functions are numbered in the order of their names, from 1.
        const uint32_t function = (uint32_t)index + 1;
        double begin = 0;
        for (int call = -functions[index].calls / 10; call < functions[index].calls; call++) {
            if (call == 0) begin = processor_time();
            timegate_lua_start(state, function, message, length, false, &outcome);
            if (outcome.status != TIMEGATE_LUA_RETURNED)
                return fprintf(stderr, "%s: %.*s\n", functions[index].name, (int)outcome.length, outcome.bytes), 1;
        }
        const double each = (processor_time() - begin) / functions[index].calls;
        printf("%s %.1f %s\n", functions[index].name, each, functions[index].about);
    }
    timegate_lua_close(state);
    return 0;
}
