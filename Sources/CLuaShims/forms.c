// The arguments of one call after the other. They are mostly of one shape, with many of the same values: so their tables are
// kept from one call to the next, and only what differs is set in them.
//
// How: the tables are shared ones (see shared.c), so that a write by a script is noticed. It makes the written table an
// ordinary one of the running call and has the state forget all that is kept; so has a call that is suspended. What is still
// kept when the next call begins is as it was handed over, and nobody holds it: globals and upvalues cannot be written once a
// chunk has loaded, but for locals that a function assigns to, and where a chunk has such nothing is kept.
//
// The bytes that the tables were made from are kept too. A new message is gone through beside them, without asking Lua.
#include "internal.h"

#include <string.h>

/// Bytes of a message that is kept; its tables take some ten times as much.
#define LONGEST_FORM (4u << 10)

/// Calls whose arguments are made anew after one that has written its own: tables that are shared cost three times as much
/// to make.
#define CALLS_AFTER_A_WRITE 16

/// Goes over the bytes of a message. It raises nothing: what is out of order fits nothing, and decoding says so.
typedef struct cursor {
    const uint8_t *at;
    const uint8_t *end;
} cursor;

static bool skip(cursor *in, size_t length) {
    if ((size_t)(in->end - in->at) < length) return false;
    in->at += length;
    return true;
}

static bool take_count(cursor *in, uint32_t *count) {
    const uint8_t *start = in->at;
    if (!skip(in, sizeof *count)) return false;
    memcpy(count, start, sizeof *count);
    return true;
}

static bool is_container(uint8_t tag) {
    return tag == TIMEGATE_LUA_TAG_ARRAY || tag == TIMEGATE_LUA_TAG_OBJECT || tag == TIMEGATE_LUA_TAG_OBJECT_ON;
}

/// Goes over one value that is no table. False also for nil, which is no member of a table.
static bool skip_leaf(cursor *in) {
    uint32_t length;
    if (in->at == in->end) return false;
    switch (*in->at++) {
    case TIMEGATE_LUA_TAG_NULL:
    case TIMEGATE_LUA_TAG_FALSE:
    case TIMEGATE_LUA_TAG_TRUE:
        return true;
    case TIMEGATE_LUA_TAG_INTEGER:
    case TIMEGATE_LUA_TAG_NUMBER:
        return skip(in, 8);
    case TIMEGATE_LUA_TAG_FUNCTION:
        return skip(in, 4);
    case TIMEGATE_LUA_TAG_DECIMAL:
    case TIMEGATE_LUA_TAG_STRING:
    case TIMEGATE_LUA_TAG_HOST_FUNCTION:
    case TIMEGATE_LUA_TAG_BUILTIN:
        return take_count(in, &length) && skip(in, length);
    default:
        return false;
    }
}

// A message beside the one that a form holds.

typedef struct comparison {
    cursor old, new;
    lua_State *L; // where what differs is set; NULL: it is only looked at whether the shape is the same
    int list; // stack index of the form's list
    uint32_t arguments;
    uint32_t table; // number of the table that was begun last
} comparison;

static bool take_counts(comparison *both, uint32_t *count) {
    uint32_t old;
    return take_count(&both->old, &old) && take_count(&both->new, count) && old == *count;
}

/// Goes over the same bytes in both.
static bool skip_same(comparison *both, size_t length) {
    const uint8_t *old = both->old.at, *new = both->new.at;
    return skip(&both->old, length) && skip(&both->new, length) && !memcmp(old, new, length);
}

/// Sets the element of table number `table` that has this name, or where there is none this index, to what the bytes say.
static void set(
    const comparison *both, uint32_t table, const uint8_t *name, size_t length, uint32_t index, const cursor *value
) {
    lua_State *L = both->L;
    lua_rawgeti(L, both->list, (lua_Integer)both->arguments + table);
    if (name) lua_pushlstring(L, (const char *)name, length);
    timegate_lua_decode_value(L, value->at, value->end);
    if (name) lua_rawset(L, -3);
    else lua_rawseti(L, -2, index);
    lua_pop(L, 1);
}

static bool compare_table(comparison *both);

/// Goes over one element of table number `table` in both.
static bool compare(comparison *both, uint32_t table, const uint8_t *name, size_t length, uint32_t index) {
    if (both->old.at == both->old.end || both->new.at == both->new.end) return false;
    if (is_container(*both->old.at) || is_container(*both->new.at)) return compare_table(both);
    const cursor old = both->old, new = both->new;
    if (!skip_leaf(&both->old) || !skip_leaf(&both->new)) return false;
    if (!both->L) return true;
    const size_t size = (size_t)(both->new.at - new.at);
    if (size == (size_t)(both->old.at - old.at) && !memcmp(old.at, new.at, size)) return true;
    const cursor value = {new.at, both->new.at};
    set(both, table, name, length, index, &value);
    return true;
}

static bool compare_members(comparison *both, uint32_t table) {
    uint32_t count, length;
    if (!take_counts(both, &count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!take_counts(both, &length)) return false;
        const uint8_t *name = both->new.at;
        if (!skip_same(both, length) || !compare(both, table, name, length, 0)) return false;
    }
    return true;
}

static bool compare_table(comparison *both) {
    const uint8_t tag = *both->old.at;
    uint32_t count;
    if (!skip_same(both, 1)) return false;
    const uint32_t table = ++both->table;
    if (tag == TIMEGATE_LUA_TAG_OBJECT_ON && (!take_counts(both, &count) || !skip_same(both, count))) return false;
    if (tag != TIMEGATE_LUA_TAG_ARRAY) return compare_members(both, table);
    if (!take_counts(both, &count)) return false;
    for (uint32_t i = 1; i <= count; i++) {
        if (!compare(both, table, NULL, 0, i)) return false;
    }
    return true;
}

/// Whether the message has the shape of the form's. Notes where its arguments begin.
static bool has_shape(const timegate_lua_form *form, const uint8_t *message, size_t length, uint32_t *starts) {
    comparison both = {
        {form->message.bytes, form->message.bytes + form->message.length}, {message, message + length}, NULL, 0, 0, 0,
    };
    if (!form->message.length || !take_counts(&both, &both.arguments)) return false;
    if (both.arguments > TIMEGATE_LUA_FORM_ARGUMENTS) return false;
    for (uint32_t i = 0; i < both.arguments; i++) {
        starts[i] = (uint32_t)(both.new.at - message);
        if (!compare(&both, 0, NULL, 0, 0)) return false;
    }
    starts[both.arguments] = (uint32_t)length;
    return both.old.at == both.old.end && both.new.at == both.new.end;
}

/// Sets what differs from the message that the form holds, whose shape it has.
static void refill(lua_State *L, timegate_lua_form *form, int list, const uint8_t *message, size_t length) {
    comparison both = {
        {form->message.bytes, form->message.bytes + form->message.length}, {message, message + length}, L, list, 0, 0,
    };
    form->is_kept = false; // until it is whole again
    take_counts(&both, &both.arguments);
    for (uint32_t i = 0; i < both.arguments; i++) {
        if (is_container(*both.new.at)) {
            compare_table(&both);
        } else {
            skip_leaf(&both.old);
            skip_leaf(&both.new);
        }
    }
    form->message.length = 0;
    if (!timegate_lua_append(&form->message, message, length)) luaL_error(L, "no memory left for the arguments");
    form->is_kept = true;
}

// A form whose shape was seen before is made of the arguments of the next call that has it.

typedef struct making {
    lua_State *L;
    cursor in;
    int list;
    uint32_t arguments;
    uint32_t table;
} making;

static bool share_table(making *form);

/// Goes over the value that comes next, which the table on top holds under the key on top of it. Pops the key.
static bool share_element(making *form) {
    if (form->in.at == form->in.end) return false;
    if (!is_container(*form->in.at)) {
        lua_pop(form->L, 1);
        return skip_leaf(&form->in);
    }
    const bool is_table = lua_rawget(form->L, -2) == LUA_TTABLE;
    const bool done = is_table && share_table(form);
    lua_pop(form->L, 1);
    return done;
}

static bool has_entries(lua_State *L, uint64_t count) {
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        count--;
    }
    return count == 0;
}

/// Makes the table on top, which is as it was decoded, and those in it shared ones, and notes them in the list. False, and all that
/// was shared stays so, if they cannot be kept: where a name occurs twice, or what the table stands on is not shared itself.
static bool share_table(making *form) {
    lua_State *L = form->L;
    luaL_checkstack(L, 10, "value handed to the script");
    const uint8_t tag = *form->in.at++;
    const lua_Integer table = ++form->table;
    uint32_t count, length;
    int members = 0;
    if (timegate_lua_push_content(L, -1)) { // the same table a second time
        lua_pop(L, 1);
        return false;
    }
    if (tag == TIMEGATE_LUA_TAG_OBJECT_ON) {
        if (!take_count(&form->in, &length)) return false;
        const uint8_t *base = form->in.at;
        if (!skip(&form->in, length) || !timegate_lua_push_base(L, base, length, &members)) return false;
        lua_pop(L, 1);
    }
    if (!take_count(&form->in, &count)) return false;
    for (uint32_t i = 1; i <= count; i++) {
        if (tag == TIMEGATE_LUA_TAG_ARRAY) {
            lua_pushinteger(L, i);
        } else {
            if (!take_count(&form->in, &length)) return false;
            lua_pushlstring(L, (const char *)form->in.at, length);
            if (!skip(&form->in, length)) {
                lua_pop(L, 1);
                return false;
            }
        }
        if (!share_element(form)) return false;
    }
    if (!has_entries(L, (uint64_t)members + count)) return false;
    timegate_lua_share(L);
    timegate_lua_push_content(L, -1);
    lua_rawseti(L, form->list, (lua_Integer)form->arguments + table);
    return true;
}

/// Keeps the arguments from stack index `first` on, just decoded from the form's message. False if they cannot be kept.
static bool keep(lua_State *L, timegate_lua_form *form, uint32_t place, int first) {
    making made = {L, {form->message.bytes, form->message.bytes + form->message.length}, 0, 0, 0};
    luaL_checkstack(L, 8, "value handed to the script");
    lua_newtable(L);
    made.list = lua_gettop(L);
    take_count(&made.in, &made.arguments);
    bool kept = true;
    for (uint32_t i = 0; kept && i < made.arguments; i++) {
        if (!is_container(*made.in.at)) {
            kept = skip_leaf(&made.in);
            continue;
        }
        lua_pushvalue(L, first + (int)i);
        kept = share_table(&made);
        lua_rawseti(L, made.list, (lua_Integer)i + 1);
    }
    if (kept) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
        lua_pushvalue(L, made.list);
        lua_rawseti(L, -2, (lua_Integer)place + 1);
    }
    lua_settop(L, made.list - 1);
    form->is_kept = kept;
    return kept;
}

/// Pushes the arguments of a form that is kept, with those of the message that are no tables.
static int push_kept(lua_State *L, const timegate_lua_form *form, int list, const uint8_t *message) {
    uint32_t count;
    memcpy(&count, message, sizeof count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *start = message + form->starts[i];
        if (is_container(*start)) lua_rawgeti(L, list, (lua_Integer)i + 1);
        else timegate_lua_decode_value(L, start, message + form->starts[i + 1]);
    }
    lua_remove(L, list);
    return (int)count;
}

static int push_list(lua_State *L, uint32_t place) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
    lua_rawgeti(L, -1, (lua_Integer)place + 1);
    lua_replace(L, -2);
    return lua_gettop(L);
}

/// The place of the form that the message has the shape of; none is TIMEGATE_LUA_FORMS.
static uint32_t find(const timegate_lua_state *state, const uint8_t *message, size_t length, uint32_t *starts) {
    for (uint32_t i = 0; i < TIMEGATE_LUA_FORMS; i++) {
        const uint32_t place = (state->last_form + i) % TIMEGATE_LUA_FORMS;
        if (has_shape(&state->forms[place], message, length, starts)) return place;
    }
    return TIMEGATE_LUA_FORMS;
}

static void empty(lua_State *L, uint32_t place) {
    timegate_lua_state_of(L)->forms[place].is_kept = false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
    lua_pushboolean(L, false);
    lua_rawseti(L, -2, (lua_Integer)place + 1);
    lua_pop(L, 1);
}

/// The place of the oldest form, emptied.
static uint32_t give_way(lua_State *L) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    state->oldest_form = (state->oldest_form + 1) % TIMEGATE_LUA_FORMS;
    empty(L, state->oldest_form);
    return state->oldest_form;
}

/// Pushes the arguments of the running call as `timegate_lua_decode` does, from what is kept as far as that goes. Notes in the
/// call whether they are shared, so that whoever writes them is noticed.
int timegate_lua_push_arguments(lua_State *L, const uint8_t *message, size_t length, size_t *first) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    timegate_lua_call *call = state->current;
    if (length > LONGEST_FORM || state->assigns_upvalues) return timegate_lua_decode(L, message, length, first);
    if (state->calls_unshared) {
        state->calls_unshared--;
        return timegate_lua_decode(L, message, length, first);
    }
    luaL_checkstack(L, TIMEGATE_LUA_FORM_ARGUMENTS + 8, "value handed to the script");
    timegate_lua_form *form = &state->forms[state->last_form];
    // Several functions are asked about the same entry.
    if (form->is_kept && form->message.length == length && !memcmp(form->message.bytes, message, length)) {
        *first = form->starts[1];
        call->is_shared = true;
        const int list = push_list(L, state->last_form);
        return push_kept(L, form, list, message);
    }
    uint32_t starts[TIMEGATE_LUA_FORM_ARGUMENTS + 1] = {0};
    uint32_t place = find(state, message, length, starts);
    const bool is_known = place < TIMEGATE_LUA_FORMS;
    if (!is_known) {
        const timegate_lua_form itself = {.message = {(uint8_t *)message, length, length}};
        if (!has_shape(&itself, message, length, starts)) return timegate_lua_decode(L, message, length, first);
        place = give_way(L);
    }
    form = &state->forms[place];
    state->last_form = place;
    if (form->is_kept) {
        const int list = push_list(L, place);
        refill(L, form, list, message, length);
        memcpy(form->starts, starts, sizeof starts);
        *first = starts[1];
        call->is_shared = true;
        return push_kept(L, form, list, message);
    }
    const int below = lua_gettop(L);
    const int count = timegate_lua_decode(L, message, length, first);
    form->message.length = 0;
    if (!timegate_lua_append(&form->message, message, length)) return luaL_error(L, "no memory left for the arguments");
    if (is_known) call->is_shared = keep(L, form, place, below + 1);
    memcpy(form->starts, starts, sizeof starts);
    return count;
}

/// Lets go of all forms: the tables stay with those who hold them. Raises nothing; needs two free slots of the stack.
void timegate_lua_forget_forms(lua_State *L) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    for (uint32_t place = 0; place < TIMEGATE_LUA_FORMS; place++) {
        if (state->forms[place].is_kept) empty(L, place);
    }
}

/// Notes that the running call writes a table that calls share.
void timegate_lua_note_write(timegate_lua_state *state) {
    timegate_lua_call *call = state->current;
    if (!call || !call->is_shared || call->has_written) return;
    call->has_written = true;
    state->calls_unshared = CALLS_AFTER_A_WRITE;
}
