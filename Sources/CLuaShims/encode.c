// From Lua values to the flat message. Works on a list of open tables, not by recursion, reads with raw access only,
// and names the place of what it refuses. Runs under lua_resume: what it refuses it raises.
#include "internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAXIMUM_DEPTH 64

/// One table that is being written. Its keys lie on the Lua stack right above it, in their fixed order.
typedef struct open_table {
    int table; // stack index of what is read: the table or, if it is read-only, its content
    const void *identity; // of the table itself, for the cycle check
    uint32_t listed; // elements of the list part
    uint32_t fields;
    uint32_t next; // over the list part, then the fields
    bool tagged_keys; // definition mode: a key may be an integer or a boolean and has its tag
} open_table;

typedef struct writer {
    lua_State *L;
    timegate_lua_state *state;
    timegate_lua_buffer *out;
    bool definition;
    int argument; // which value of the list, 1-based
    int count; // how many values the list has
    uint32_t nodes;
    uint32_t depth; // how many tables are open
    open_table open[MAXIMUM_DEPTH];
} writer;

static int slot_of_key(const open_table *table, uint32_t place) {
    return table->table + 1 + (int)place;
}

/// Adds `.name` or `[key]` to a path.
static void add_step(timegate_lua_builder *path, const timegate_lua_key *key) {
    char text[40];
    if (key->rank == 1) {
        size_t shown = key->length < 64 ? key->length : 64;
        bool plain = shown > 0;
        for (size_t i = 0; i < shown; i++) {
            if (!isalnum((unsigned char)key->text[i]) && key->text[i] != '_') plain = false;
        }
        timegate_lua_add(path, plain ? "." : "[\"", plain ? 1 : 2);
        timegate_lua_add(path, key->text, shown);
        if (!plain) timegate_lua_add(path, "\"]", 2);
        return;
    }
    if (key->rank == 2) snprintf(text, sizeof text, "[%s]", key->boolean ? "true" : "false");
    else if (key->is_integer) snprintf(text, sizeof text, "[%lld]", (long long)key->integer);
    else snprintf(text, sizeof text, "[%.14g]", key->number);
    timegate_lua_add(path, text, strlen(text));
}

/// Raises "result.fields[3].name: why". The path goes over the elements that are being written in the open tables.
static int refuse(writer *to, const char *why) {
    lua_State *L = to->L;
    luaL_checkstack(L, 12, "error message");
    timegate_lua_builder path;
    timegate_lua_begin(&path, L);
    char root[32];
    const bool results = to->state->current->phase == PHASE_ENCODE;
    const char *name = !results ? "argument" : to->definition ? "definition" : "result";
    if (results && to->count <= 1) snprintf(root, sizeof root, "%s", name);
    else snprintf(root, sizeof root, "%s %d", name, to->argument);
    timegate_lua_add(&path, root, strlen(root));
    for (uint32_t i = 0; i < to->depth; i++) {
        const open_table *table = &to->open[i];
        timegate_lua_key key;
        if (table->next == 0) break;
        if (timegate_lua_read_key(L, slot_of_key(table, table->next - 1), &key)) add_step(&path, &key);
    }
    timegate_lua_finish(&path);
    return luaL_error(L, "%s: %s", lua_tostring(L, -1), why);
}

static void put(writer *to, const void *bytes, size_t length) {
    size_t limit = to->state->limits.result;
    if (length > limit || to->out->length > limit - length) {
        to->out->length = 0; // the text of the error goes there
        luaL_error(to->L, "more than %I bytes in one result", (LUAI_UACINT)limit);
    }
    if (!timegate_lua_append(to->out, bytes, length)) luaL_error(to->L, "no memory left for the result");
}

static void put_tag(writer *to, uint8_t tag) {
    put(to, &tag, 1);
}

static void put_count(writer *to, uint32_t count) {
    put(to, &count, sizeof count);
}

static void put_text(writer *to, const char *text, size_t length) {
    if (!timegate_lua_is_utf8(text, length, NULL)) refuse(to, "a string that is not UTF-8");
    put_count(to, (uint32_t)length);
    put(to, text, length);
}

static bool less_key(void *context, uint32_t left, uint32_t right) {
    const timegate_lua_key *keys = context;
    return timegate_lua_compare_keys(&keys[left], &keys[right]) < 0;
}

/// Pushes the keys of the table at `table`, sorted. Nothing else may be above the table. Returns how many.
static uint32_t push_sorted_keys(writer *to, int table) {
    enum { FEW = 32 };
    lua_State *L = to->L;
    const uint32_t limit = to->state->limits.nodes;
    timegate_lua_key few[FEW], last = {0};
    uint32_t count = 0;
    bool sorted = true;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        timegate_lua_key key;
        if (!timegate_lua_read_key(L, -1, &key)) {
            refuse(to, lua_pushfstring(L, "a table with a %s as a key", luaL_typename(L, -1)));
        }
        if (count && sorted) sorted = timegate_lua_compare_keys(&last, &key) < 0;
        if (count < FEW) few[count] = key;
        last = key;
        if (++count > limit) refuse(to, lua_pushfstring(L, "more than %d values", (int)limit));
        if (count % 16 == 1) luaL_checkstack(L, 20, "too many keys");
        lua_pushvalue(L, -1);
    }
    if (sorted) return count;
    const int first = table + 1;
    luaL_checkstack(L, (int)count + 4, "too many keys");
    timegate_lua_key *keys = few;
    uint32_t order_few[2 * FEW];
    uint32_t *order = order_few;
    if (count > FEW) {
        keys = lua_newuserdatauv(L, count * (sizeof *keys + 2 * sizeof *order), 0);
        order = (uint32_t *)(keys + count);
        for (uint32_t i = 0; i < count; i++) timegate_lua_read_key(L, first + (int)i, &keys[i]);
    }
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    timegate_lua_merge_sort(order, order + count, count, less_key, keys);
    const int copies = lua_gettop(L) + 1;
    for (uint32_t i = 0; i < count; i++) lua_pushvalue(L, first + (int)order[i]);
    for (uint32_t i = 0; i < count; i++) lua_copy(L, copies + (int)i, first + (int)i);
    lua_settop(L, first + (int)count - 1);
    return count;
}

/// Starts on the table on top of the stack.
static void open_top(writer *to) {
    lua_State *L = to->L;
    luaL_checkstack(L, 24, "result");
    const int slot = lua_gettop(L);
    const void *identity = lua_topointer(L, slot);
    const bool array = timegate_lua_is_array(L, slot);
    for (uint32_t i = 0; i < to->depth; i++) {
        if (to->open[i].identity == identity) refuse(to, "a table inside itself");
    }
    uint32_t limit = to->state->limits.depth < MAXIMUM_DEPTH ? to->state->limits.depth : MAXIMUM_DEPTH;
    if (to->depth >= limit) refuse(to, lua_pushfstring(L, "nested more than %d deep", (int)limit));
    if (timegate_lua_push_content(L, slot)) lua_replace(L, slot);

    const uint32_t count = push_sorted_keys(to, slot);
    open_table *table = &to->open[to->depth++];
    *table = (open_table){.table = slot, .identity = identity};
    timegate_lua_key key = {0};
    while (table->listed < count) {
        timegate_lua_read_key(L, slot_of_key(table, table->listed), &key);
        if (!key.rank && key.is_integer && key.integer == (lua_Integer)table->listed + 1) table->listed++;
        else break;
    }
    table->fields = count - table->listed;
    if (to->definition && !array) {
        table->tagged_keys = true;
        put_tag(to, TIMEGATE_LUA_TAG_TABLE);
        put_count(to, table->listed);
        put_count(to, table->fields);
        return;
    }
    if (array || table->listed) {
        if (table->fields) {
            to->depth--;
            if (key.rank == 0) {
                refuse(to, lua_pushfstring(L, "a list that has no element %d but others", (int)table->listed + 1));
            }
            refuse(to, array ? "an array with named fields" : "a table with both list elements and named fields");
        }
        put_tag(to, TIMEGATE_LUA_TAG_ARRAY);
        put_count(to, table->listed);
        return;
    }
    if (count && key.rank != 1) {
        to->depth--;
        refuse(to, key.rank ? "a table with a boolean as a key" : "a list that does not begin at 1");
    }
    put_tag(to, TIMEGATE_LUA_TAG_OBJECT);
    put_count(to, table->fields);
}

static void put_function(writer *to) {
    lua_State *L = to->L;
    if (!to->definition) refuse(to, "a function");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_numbers);
    lua_pushvalue(L, -2);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_Integer number = ++to->state->functions;
        lua_pop(L, 1);
        lua_pushvalue(L, -2);
        lua_pushinteger(L, number);
        lua_rawset(L, -3);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_functions);
        lua_pushvalue(L, -3);
        lua_rawseti(L, -2, number);
        lua_pop(L, 1);
        lua_pushinteger(L, number);
    }
    put_tag(to, TIMEGATE_LUA_TAG_FUNCTION);
    put_count(to, (uint32_t)lua_tointeger(L, -1));
    lua_pop(L, 3);
}

/// Writes the value on top of the stack and pops it, or leaves it there as the innermost open table.
static void put_top(writer *to) {
    lua_State *L = to->L;
    if (++to->nodes > to->state->limits.nodes) {
        refuse(to, lua_pushfstring(L, "more than %d values", (int)to->state->limits.nodes));
    }
    size_t length;
    const char *text;
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        put_tag(to, TIMEGATE_LUA_TAG_NIL);
        break;
    case LUA_TBOOLEAN:
        put_tag(to, lua_toboolean(L, -1) ? TIMEGATE_LUA_TAG_TRUE : TIMEGATE_LUA_TAG_FALSE);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) {
            int64_t integer = lua_tointeger(L, -1);
            put_tag(to, TIMEGATE_LUA_TAG_INTEGER);
            put(to, &integer, sizeof integer);
        } else {
            double number = lua_tonumber(L, -1);
            if (!isfinite(number)) refuse(to, isnan(number) ? "a number that is NaN" : "a number that is infinite");
            put_tag(to, TIMEGATE_LUA_TAG_NUMBER);
            put(to, &number, sizeof number);
        }
        break;
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &length);
        put_tag(to, TIMEGATE_LUA_TAG_STRING);
        put_text(to, text, length);
        break;
    case LUA_TTABLE:
        open_top(to);
        return;
    case LUA_TFUNCTION:
        put_function(to);
        return;
    default:
        if (lua_touserdata(L, -1) == to->state->null) {
            put_tag(to, TIMEGATE_LUA_TAG_NULL);
            break;
        }
        text = timegate_lua_to_decimal(L, -1, &length);
        if (!text) refuse(to, lua_pushfstring(L, "a %s", luaL_typename(L, -1)));
        put_tag(to, TIMEGATE_LUA_TAG_DECIMAL);
        put_count(to, (uint32_t)length);
        put(to, text, length);
    }
    lua_pop(L, 1);
}

/// Writes the next element of the innermost open table, or closes it.
static void put_next(writer *to) {
    lua_State *L = to->L;
    open_table *table = &to->open[to->depth - 1];
    if (table->next == table->listed + table->fields) {
        lua_settop(L, table->table - 1);
        to->depth--;
        return;
    }
    const uint32_t place = table->next++;
    const int slot = slot_of_key(table, place);
    if (place < table->listed) {
        lua_rawgeti(L, table->table, (lua_Integer)place + 1);
    } else {
        if (table->tagged_keys) {
            if (lua_type(L, slot) == LUA_TNUMBER && !lua_isinteger(L, slot)) refuse(to, "a key that is a fraction");
            to->nodes--; // a key is no value of its own
            lua_pushvalue(L, slot);
            put_top(to);
        } else {
            size_t length;
            const char *text = lua_tolstring(L, slot, &length);
            put_text(to, text, length);
        }
        lua_pushvalue(L, slot);
        lua_rawget(L, table->table);
    }
    put_top(to);
}

/// Appends the `count` values from stack index `first` as a list to the state's buffer. In definition mode a table may
/// be a list and have named fields, and functions become numbers; else a table is an array or an object.
void timegate_lua_encode(lua_State *L, int first, int count, bool definition) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    writer to;
    to.L = L;
    to.state = state;
    to.out = &state->out;
    to.definition = definition;
    to.count = count;
    to.nodes = 0;
    to.depth = 0;
    luaL_checkstack(L, 24, "result");
    put_count(&to, (uint32_t)count);
    for (int i = 0; i < count; i++) {
        to.argument = i + 1;
        lua_pushvalue(L, first + i);
        put_top(&to);
        while (to.depth) put_next(&to);
    }
}
