// The arguments of one call after the other. They are mostly of one shape, with many of the same values: so their tables are
// kept from one call to the next, and only what differs is set in them.
//
// How: the tables are shared ones (see shared.c), so that a write by a script is noticed. It makes the written table an
// ordinary one of the running call and has the state forget all that is kept; so has a call that is suspended. What is still
// kept when the next call begins is as it was handed over, and nobody holds it: globals and upvalues cannot be written once a
// chunk has loaded, but for locals that a function assigns to, and where a chunk has such nothing is kept.
//
// The bytes that the tables were made from are kept too, and where in them each value stands that is no table. Those of a new
// message are compared with them (see shape.h), without asking Lua.
#include "internal.h"
#include "shape.h"

#include <stdlib.h>

/// Bytes of an argument that is kept; its tables take some ten times as many.
#define LONGEST_FORM (4u << 10)

/// Calls whose arguments are made anew after one that has written its own: tables that are shared cost three times as much
/// to make.
#define CALLS_AFTER_A_WRITE 16

#define MOST_ARGUMENTS (sizeof((timegate_lua_state *)0)->last_forms / sizeof(uint32_t))

// What is kept of an argument is a list: itself, what holds the elements of each of its tables, and the key of each leaf.

static lua_Integer place_of_table(uint32_t table) {
    return (lua_Integer)table + 1;
}

static lua_Integer place_of_key(const timegate_lua_form *form, uint32_t leaf) {
    return (lua_Integer)form->tables + 2 + leaf;
}

/// Sets a leaf to what the message says, in the tables of the list at `list`.
static void set(
    lua_State *L, const timegate_lua_form *form, int list, const uint8_t *bytes, const timegate_lua_difference *to
) {
    const timegate_lua_leaf *old = (const timegate_lua_leaf *)form->leaves.bytes + to->leaf;
    lua_rawgeti(L, list, place_of_table(old->table));
    lua_rawgeti(L, list, place_of_key(form, to->leaf));
    timegate_lua_decode_value(L, bytes + to->start, bytes + to->start + to->length);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/// Has the form hold an argument of its shape.
static void refill(
    lua_State *L, timegate_lua_form *form, int list, const uint8_t *bytes, size_t length,
    const timegate_lua_difference *differences, uint32_t count
) {
    form->is_kept = false; // until it is whole again
    for (uint32_t i = 0; i < count; i++) set(L, form, list, bytes, &differences[i]);
    timegate_lua_move_leaves(form, differences, count);
    form->bytes.length = 0;
    if (!timegate_lua_append(&form->bytes, bytes, length)) luaL_error(L, "no memory left for the arguments");
    form->is_kept = true;
}

// An argument whose shape was seen before is kept.

typedef struct making {
    lua_State *L;
    timegate_lua_cursor in;
    int list; // stack index of the list that is made
    uint32_t table; // number of the table that was begun last
    uint32_t leaf; // how many leaves were met
    const timegate_lua_form *form;
} making;

static bool share_table(making *made);

/// Goes over the value that comes next, which the table on top holds under the key on top of it. Pops the key.
static bool share_element(making *made) {
    if (made->in.at == made->in.end) return false;
    if (!timegate_lua_is_container(*made->in.at)) {
        lua_rawseti(made->L, made->list, place_of_key(made->form, made->leaf++));
        return timegate_lua_skip_leaf(&made->in);
    }
    const bool is_table = lua_rawget(made->L, -2) == LUA_TTABLE;
    const bool done = is_table && share_table(made);
    lua_pop(made->L, 1);
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

/// Makes the table on top, which is as it was decoded, and those in it shared ones, and notes them in the list. False, and
/// all that was shared stays so, if they cannot be kept: a name occurs twice, or what the table stands on is not shared.
static bool share_table(making *made) {
    lua_State *L = made->L;
    luaL_checkstack(L, 10, "value handed to the script");
    const uint8_t tag = *made->in.at++;
    const uint32_t table = ++made->table;
    uint32_t count, length;
    int members = 0;
    if (timegate_lua_push_content(L, -1)) { // the same table a second time
        lua_pop(L, 1);
        return false;
    }
    if (tag == TIMEGATE_LUA_TAG_OBJECT_ON) {
        if (!timegate_lua_take_count(&made->in, &length)) return false;
        const uint8_t *base = made->in.at;
        if (!timegate_lua_skip(&made->in, length) || !timegate_lua_push_base(L, base, length, &members)) return false;
        lua_pop(L, 1);
    }
    if (!timegate_lua_take_count(&made->in, &count)) return false;
    for (uint32_t i = 1; i <= count; i++) {
        if (tag == TIMEGATE_LUA_TAG_ARRAY) {
            lua_pushinteger(L, i);
        } else {
            if (!timegate_lua_take_count(&made->in, &length)) return false;
            lua_pushlstring(L, (const char *)made->in.at, length);
            if (!timegate_lua_skip(&made->in, length)) {
                lua_pop(L, 1);
                return false;
            }
        }
        if (!share_element(made)) return false;
    }
    if (!has_entries(L, (uint64_t)members + count)) return false;
    timegate_lua_share(L);
    timegate_lua_push_content(L, -1);
    lua_rawseti(L, made->list, place_of_table(table));
    return true;
}

/// Keeps the argument on top, just decoded from the form's bytes. False if it cannot be kept.
static bool keep(lua_State *L, uint32_t place) {
    timegate_lua_form *form = &timegate_lua_state_of(L)->forms[place];
    const int argument = lua_gettop(L);
    luaL_checkstack(L, 8, "value handed to the script");
    lua_createtable(L, (int)(form->tables + 1 + form->leaves.length / sizeof(timegate_lua_leaf)), 0);
    making made = {
        .L = L, .in = {form->bytes.bytes, form->bytes.bytes + form->bytes.length}, .list = argument + 1, .form = form,
    };
    lua_pushvalue(L, argument);
    const bool is_kept = share_table(&made);
    lua_rawseti(L, made.list, 1);
    if (is_kept) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
        lua_pushvalue(L, made.list);
        lua_rawseti(L, -2, (lua_Integer)place + 1);
    }
    lua_settop(L, argument);
    return form->is_kept = is_kept;
}

static void empty(lua_State *L, uint32_t place) {
    timegate_lua_state_of(L)->forms[place].is_kept = false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
    lua_pushboolean(L, false);
    lua_rawseti(L, -2, (lua_Integer)place + 1);
    lua_pop(L, 1);
}

/// Pushes the argument that begins here, from a form where one has its shape. Returns where it ends.
///
/// @param last the place where to look first; gets the one where it was found.
/// @param used the places that arguments of this call have: no two are the same table.
/// @param is_shared gets whether its tables tell when they are written.
static const uint8_t *push_argument(
    lua_State *L, const uint8_t *start, const uint8_t *end, uint32_t *last, uint32_t *used, bool *is_shared
) {
    timegate_lua_state *state = timegate_lua_state_of(L);
    timegate_lua_difference differences[TIMEGATE_LUA_MOST_LEAVES];
    uint32_t count, place = *last;
    size_t length = 0;
    luaL_checkstack(L, 12, "value handed to the script");
    for (uint32_t i = 0; i < TIMEGATE_LUA_FORMS && !length; i++) {
        place = (*last + i) % TIMEGATE_LUA_FORMS;
        if (*used >> place & 1) continue;
        length = timegate_lua_has_shape(&state->forms[place], start, (size_t)(end - start), differences, &count);
    }
    if (length > LONGEST_FORM) length = 0;
    if (length) {
        *last = place;
        *used |= 1u << place;
    }
    timegate_lua_form *form = &state->forms[place];
    if (length && form->is_kept) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
        lua_rawgeti(L, -1, (lua_Integer)place + 1);
        if (count) refill(L, form, lua_gettop(L), start, length, differences, count);
        lua_rawgeti(L, -1, 1);
        lua_replace(L, -3);
        lua_pop(L, 1);
        *is_shared = true;
        return start + length;
    }
    const uint8_t *next = timegate_lua_decode_value(L, start, end);
    if (length) {
        *is_shared = timegate_lua_take_shape(form, start, length) && keep(L, place);
        return next;
    }
    timegate_lua_form shape = {0};
    if ((size_t)(next - start) <= LONGEST_FORM && timegate_lua_take_shape(&shape, start, (size_t)(next - start))) {
        place = state->oldest_form;
        state->oldest_form = (place + 1) % TIMEGATE_LUA_FORMS;
        *last = place;
        empty(L, place);
        form = &state->forms[place];
        free(form->bytes.bytes);
        free(form->leaves.bytes);
        *form = shape;
    } else {
        free(shape.bytes.bytes);
        free(shape.leaves.bytes);
    }
    return next;
}

/// Pushes the arguments of the same message as the call before. False, and pushes nothing, if they are not kept.
static bool push_again(lua_State *L, const timegate_lua_state *state) {
    for (uint32_t i = 0; i < state->last_count; i++) {
        if (!state->forms[state->last_forms[i]].is_kept) return false;
    }
    luaL_checkstack(L, (int)state->last_count + 4, "value handed to the script");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &timegate_lua_key_forms);
    const int forms = lua_gettop(L);
    for (uint32_t i = 0; i < state->last_count; i++) {
        lua_rawgeti(L, forms, (lua_Integer)state->last_forms[i] + 1);
        lua_rawgeti(L, -1, 1);
        lua_replace(L, -2);
    }
    lua_remove(L, forms);
    return true;
}

/// Pushes the arguments of the running call as `timegate_lua_decode` does, from what is kept as far as that goes.
int timegate_lua_push_arguments(lua_State *L, const timegate_lua_call *call, size_t *first) {
    timegate_lua_state *state = call->state;
    if (state->assigns_upvalues) return timegate_lua_decode(L, call->message, call->length, first);
    if (state->calls_unshared) {
        state->calls_unshared--;
        return timegate_lua_decode(L, call->message, call->length, first);
    }
    if (call->number && call->number == state->last_message && push_again(L, state)) {
        state->current->is_shared = true;
        *first = state->last_first;
        return (int)state->last_count;
    }
    state->last_message = 0;
    const uint32_t count = timegate_lua_decode_count(L, call->message, call->length);
    const uint8_t *at = call->message + sizeof count, *end = call->message + call->length;
    uint32_t used = 0;
    bool are_kept = count > 0 && count <= MOST_ARGUMENTS;
    for (uint32_t i = 0; i < count; i++) {
        bool is_shared = false;
        if (at < end && i < MOST_ARGUMENTS && timegate_lua_is_container(*at)) {
            at = push_argument(L, at, end, &state->last_forms[i], &used, &is_shared);
        } else {
            at = timegate_lua_decode_value(L, at, end);
        }
        are_kept = are_kept && is_shared;
        if (i) continue;
        state->current->is_shared = is_shared;
        *first = (size_t)(at - call->message);
    }
    if (at != end) return luaL_error(L, "value handed to the script: the message has bytes left over");
    if (are_kept) {
        state->last_message = call->number;
        state->last_count = count;
        state->last_first = *first;
    }
    return (int)count;
}

/// Lets go of all forms: the tables stay with those who hold them. Raises nothing; needs two free slots of the stack.
void timegate_lua_forget_forms(lua_State *L) {
    for (uint32_t place = 0; place < TIMEGATE_LUA_FORMS; place++) {
        if (timegate_lua_state_of(L)->forms[place].is_kept) empty(L, place);
    }
}

/// Notes that the running call writes a table that calls share.
void timegate_lua_note_write(timegate_lua_state *state) {
    if (!state->current) return;
    state->current->has_written = true;
    state->calls_unshared = CALLS_AFTER_A_WRITE;
}

/// Gives back what is no part of Lua's heap.
void timegate_lua_free_forms(timegate_lua_state *state) {
    for (int place = 0; place < TIMEGATE_LUA_FORMS; place++) {
        free(state->forms[place].bytes.bytes);
        free(state->forms[place].leaves.bytes);
    }
}
