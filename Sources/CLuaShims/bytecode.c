// A look at a chunk's own bytecode, as lua_dump writes it, right after it was compiled and before it runs. Three things
// are found there and nowhere else: functions so long that Lua's search for a variable's name (ldebug.c, which goes
// through a function's code, recursively) becomes slow or deep, file-level locals that a function assigns to, which
// carry a value from one call to the next, and the globals that a function names, also where no call has come. Bytecode from outside is never read: chunks are loaded as text only.
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_FUNCTION 20000
#define OP_SETUPVAL 10
#define OP_GETTABUP 11
#define OP_SETTABUP 15
#define ABSOLUTE_LINE 0x80
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

static void find_assignments(dump *in, const uint8_t *code, size_t count, function *f) {
    for (size_t i = 0; i < count; i++) {
        uint32_t instruction;
        memcpy(&instruction, code + 4 * i, 4);
        if ((instruction & 0x7F) != OP_SETUPVAL) continue;
        in->state->assigns_upvalues = true;
        size_t index = instruction >> 16 & 0xFF;
        if (is_file_level(f, index)) f->assigned[index] = true;
    }
}

/// Appends a text to the warnings.
static void add_warning(dump *in, const char *text, int size) {
    timegate_lua_state *state = in->state;
    timegate_lua_buffer *out = &state->warnings;
    const uint8_t tag = TIMEGATE_LUA_TAG_STRING;
    const uint32_t count = (uint32_t)size;
    if (!timegate_lua_append(out, &tag, 1) || !timegate_lua_append(out, &count, sizeof count)
        || !timegate_lua_append(out, text, (size_t)size)) {
        luaL_error(in->L, "no memory left for a warning");
    }
    state->warning_count++;
}

static void warn(dump *in, const function *f, const char *name, size_t length) {
    char text[256];
    int size = snprintf(
        text, sizeof text,
        "the function at line %u assigns to '%.*s', which keeps the value for the next call; "
        "keep it in a local or return it",
        f->line, (int)(length < 60 ? length : 60), name
    );
    add_warning(in, text, size);
}

/// Whether upvalue `index` of a function is the chunk's own one: the table of globals.
static bool is_globals(const function *f, size_t index) {
    while (f->enclosing) {
        if (index >= f->upvalue_count) return false;
        const uint8_t *upvalue = f->upvalues + 3 * index;
        if (upvalue[0]) return false;
        index = upvalue[1];
        f = f->enclosing;
    }
    return index == 0;
}

/// The text of constant `index`; NULL where it is none. `constants` are as they stand in the dump.
static const char *constant(dump *in, const uint8_t *constants, size_t index, size_t *length) {
    dump again = {in->L, in->state, constants, in->end};
    size_t count = take_size(&again);
    if (index >= count) return NULL;
    for (;; index--) {
        uint8_t kind = *take(&again, 1);
        if (kind == 0x03 || kind == 0x13) {
            take(&again, 8);
        } else if (kind == 0x04 || kind == 0x14) {
            const char *text = take_string(&again, length);
            if (!index) return text;
        }
        if (!index) return NULL;
    }
}

/// Where the places of a function's instructions stand in the dump.
typedef struct places {
    const uint8_t *relative;
    size_t count;
    const uint8_t *absolute;
} places;

/// Notes each global that a function names, as "global LINE read|write|define NAME".
static void find_globals(
    dump *in, const function *f, const uint8_t *code, size_t count, const uint8_t *constants, const places *at
) {
    dump absolute = {in->L, in->state, at->absolute, in->end};
    take_size(&absolute);
    size_t line = f->line;
    for (size_t i = 0; i < count; i++) {
        if (i < at->count) {
            if (at->relative[i] == ABSOLUTE_LINE) {
                take_size(&absolute); // the instruction
                line = take_size(&absolute);
            } else {
                line += (size_t)(ptrdiff_t)(int8_t)at->relative[i];
            }
        }
        uint32_t instruction;
        memcpy(&instruction, code + 4 * i, 4);
        uint32_t operation = instruction & 0x7F;
        bool reads = operation == OP_GETTABUP;
        if (!reads && operation != OP_SETTABUP) continue;
        size_t upvalue = reads ? instruction >> 16 & 0xFF : instruction >> 7 & 0xFF;
        size_t name_index = reads ? instruction >> 24 & 0xFF : instruction >> 16 & 0xFF;
        if (!is_globals(f, upvalue) || (reads && !f->enclosing)) continue;
        size_t length = 0;
        const char *name = constant(in, constants, name_index, &length);
        if (!name) continue;
        char text[128];
        int size = snprintf(
            text, sizeof text, "global %zu %s %.*s", line, reads ? "read" : f->enclosing ? "write" : "define",
            (int)(length < 60 ? length : 60), name
        );
        add_warning(in, text, size);
    }
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
    const uint8_t *constants = in->at;
    skip_constants(in);
    f.upvalue_count = take_size(in);
    if (f.upvalue_count > 255) give_up(in);
    f.upvalues = take(in, 3 * f.upvalue_count);
    find_assignments(in, code, code_count, &f);
    for (size_t count = take_size(in); count; count--) read_function(in, &f, depth + 1);
    places at = {.count = take_size(in)};
    at.relative = take(in, at.count); // line of each instruction
    at.absolute = in->at;
    for (size_t count = take_size(in); count; count--) { // and absolute now and then
        take_size(in);
        take_size(in);
    }
    for (size_t count = take_size(in); count; count--) { // local variables
        take_string(in, &length);
        take_size(in);
        take_size(in);
    }
    find_globals(in, &f, code, code_count, constants, &at);
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
/// local that a function assigns to and for each use of a global, as an encoded array of strings in the state's `warnings`.
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
