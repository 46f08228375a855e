// A look at a chunk's own bytecode, as lua_dump writes it, right after it was compiled and before it runs. Two things
// are found there and nowhere else: functions so long that Lua's search for a variable's name (ldebug.c, which goes
// through a function's code, recursively) becomes slow or deep, and file-level locals that a function assigns to, which
// carry a value from one call to the next. Bytecode from outside is never read: chunks are loaded as text only.
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_FUNCTION 20000
#define OP_SETUPVAL 10
#define DEEPEST_FUNCTION 250

/// Where one function stands while it is read. `upvalues` are triples: in the enclosing stack, index, kind.
typedef struct function {
    const struct function *enclosing; // NULL for the chunk itself
    const uint8_t *upvalues;
    size_t upvalue_count;
    uint32_t line;
    bool assigned[256];
} function;

typedef struct dump {
    lua_State *L;
    timegate_lua_state *state;
    const uint8_t *at;
    const uint8_t *end;
} dump;

static int give_up(dump *in) {
    return luaL_error(in->L, "bytecode of an unknown form; this is made for Lua 5.4.4");
}

static const uint8_t *take(dump *in, size_t count) {
    if (count > (size_t)(in->end - in->at)) give_up(in);
    const uint8_t *start = in->at;
    in->at += count;
    return start;
}

static size_t take_size(dump *in) {
    size_t value = 0;
    for (;;) {
        uint8_t byte = *take(in, 1);
        if (value > SIZE_MAX >> 8) give_up(in);
        value = value << 7 | (byte & 0x7F);
        if (byte & 0x80) return value;
    }
}

static const char *take_string(dump *in, size_t *length) {
    size_t size = take_size(in);
    *length = size ? size - 1 : 0;
    return (const char *)take(in, *length);
}

static void skip_constants(dump *in) {
    size_t length;
    for (size_t count = take_size(in); count; count--) {
        switch (*take(in, 1)) {
        case 0x00: // nil
        case 0x01: // false
        case 0x11: // true
            break;
        case 0x03: // integer
        case 0x13: // float
            take(in, 8);
            break;
        case 0x04: // short string
        case 0x14: // long string
            take_string(in, &length);
            break;
        default:
            give_up(in);
        }
    }
}

/// Whether upvalue `index` of a function is, in the end, a local of the chunk itself.
static bool is_file_level(const function *f, size_t index) {
    while (f->enclosing) {
        if (index >= f->upvalue_count) return false;
        const uint8_t *upvalue = f->upvalues + 3 * index;
        if (upvalue[0]) return !f->enclosing->enclosing;
        index = upvalue[1];
        f = f->enclosing;
    }
    return false;
}

static void find_assignments(const uint8_t *code, size_t count, function *f) {
    for (size_t i = 0; i < count; i++) {
        uint32_t instruction;
        memcpy(&instruction, code + 4 * i, 4);
        if ((instruction & 0x7F) != OP_SETUPVAL) continue;
        size_t index = instruction >> 16 & 0xFF;
        if (is_file_level(f, index)) f->assigned[index] = true;
    }
}

static void warn(dump *in, const function *f, const char *name, size_t length) {
    timegate_lua_state *state = in->state;
    timegate_lua_buffer *out = &state->warnings;
    char text[256];
    int size = snprintf(
        text, sizeof text,
        "the function at line %u assigns to '%.*s', which keeps the value for the next call; "
        "keep it in a local or return it",
        f->line, (int)(length < 60 ? length : 60), name
    );
    const uint8_t tag = TIMEGATE_LUA_TAG_STRING;
    const uint32_t count = (uint32_t)size;
    if (!timegate_lua_append(out, &tag, 1) || !timegate_lua_append(out, &count, sizeof count)
        || !timegate_lua_append(out, text, (size_t)size)) {
        luaL_error(in->L, "no memory left for a warning");
    }
    state->warning_count++;
}

static void read_function(dump *in, const function *enclosing, int depth) {
    size_t length;
    function f = {.enclosing = enclosing};
    if (depth > DEEPEST_FUNCTION) give_up(in);
    take_string(in, &length); // source
    f.line = (uint32_t)take_size(in);
    take_size(in); // last line
    take(in, 3); // parameters, vararg, stack size
    size_t code_count = take_size(in);
    if (code_count > LONGEST_FUNCTION) {
        const char *where = enclosing ? "function" : "chunk";
        luaL_error(
            in->L, "%s:%d: %s too long: %d instructions, at most %d; split it", in->state->short_source, (int)f.line,
            where, (int)code_count, LONGEST_FUNCTION
        );
    }
    const uint8_t *code = take(in, 4 * code_count);
    skip_constants(in);
    f.upvalue_count = take_size(in);
    if (f.upvalue_count > 255) give_up(in);
    f.upvalues = take(in, 3 * f.upvalue_count);
    find_assignments(code, code_count, &f);
    for (size_t count = take_size(in); count; count--) read_function(in, &f, depth + 1);
    take(in, take_size(in)); // line of each instruction, relative
    for (size_t count = take_size(in); count; count--) { // and absolute now and then
        take_size(in);
        take_size(in);
    }
    for (size_t count = take_size(in); count; count--) { // local variables
        take_string(in, &length);
        take_size(in);
        take_size(in);
    }
    size_t names = take_size(in);
    for (size_t i = 0; i < names; i++) {
        const char *name = take_string(in, &length);
        if (i < 256 && f.assigned[i]) warn(in, &f, name, length);
    }
}

static int write_dump(lua_State *L, const void *bytes, size_t length, void *context) {
    (void)L;
    return !timegate_lua_append(context, bytes, length);
}

/// Looks at the function on top of the stack: raises if one in it is too long, and notes a warning for each file-level
/// local that a function assigns to, as an encoded array of strings in the state's `warnings`.
void timegate_lua_inspect(lua_State *L) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    state->out.length = 0;
    if (lua_dump(L, write_dump, &state->out, 0)) luaL_error(L, "no memory left to inspect the chunk");
    state->warnings.length = 0;
    state->warning_count = 0;
    const uint8_t tag = TIMEGATE_LUA_TAG_ARRAY;
    if (!timegate_lua_append(&state->warnings, &tag, 1)
        || !timegate_lua_append(&state->warnings, &state->warning_count, sizeof state->warning_count)) {
        luaL_error(L, "no memory left to inspect the chunk");
    }
    dump in = {L, state, state->out.bytes, state->out.bytes + state->out.length};
    // Signature 4, version, format, check data 6, sizes 3, check integer 8, check float 8, upvalues of the chunk 1.
    const uint8_t *header = take(&in, 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1);
    static const uint8_t sizes[] = {4, 8, 8};
    if (header[4] != 0x54 || header[5] != 0 || memcmp(header + 12, sizes, sizeof sizes)) give_up(&in);
    read_function(&in, NULL, 0);
    memcpy(state->warnings.bytes + 1, &state->warning_count, sizeof state->warning_count);
}
