// See shape.h.
#include "shape.h"

#include <string.h>

/// Goes over one value that is no table. False also for nil, which is no member of a table.
bool timegate_lua_skip_leaf(timegate_lua_cursor *in) {
    uint32_t length;
    if (in->at == in->end) return false;
    switch (*in->at++) {
    case TIMEGATE_LUA_TAG_NULL:
    case TIMEGATE_LUA_TAG_FALSE:
    case TIMEGATE_LUA_TAG_TRUE:
        return true;
    case TIMEGATE_LUA_TAG_INTEGER:
    case TIMEGATE_LUA_TAG_NUMBER:
        return timegate_lua_skip(in, 8);
    case TIMEGATE_LUA_TAG_FUNCTION:
        return timegate_lua_skip(in, 4);
    case TIMEGATE_LUA_TAG_DECIMAL:
    case TIMEGATE_LUA_TAG_STRING:
    case TIMEGATE_LUA_TAG_HOST_FUNCTION:
    case TIMEGATE_LUA_TAG_BUILTIN:
        return timegate_lua_take_count(in, &length) && timegate_lua_skip(in, length);
    default:
        return false;
    }
}

typedef struct outline {
    timegate_lua_form *form;
    timegate_lua_cursor in;
} outline;

static bool outline_table(outline *to);

/// Goes over the element that comes next and notes it, if it is no table.
static bool outline_element(outline *to, uint32_t table) {
    timegate_lua_buffer *leaves = &to->form->leaves;
    if (to->in.at == to->in.end) return false;
    if (timegate_lua_is_container(*to->in.at)) return outline_table(to);
    const uint8_t *start = to->in.at;
    if (!timegate_lua_skip_leaf(&to->in)) return false;
    if (leaves->length == TIMEGATE_LUA_MOST_LEAVES * sizeof(timegate_lua_leaf)) return false;
    const timegate_lua_leaf found = {
        .start = (uint32_t)(start - to->form->bytes.bytes), .length = (uint32_t)(to->in.at - start), .table = table,
    };
    return timegate_lua_append(leaves, &found, sizeof found);
}

static bool outline_table(outline *to) {
    timegate_lua_cursor *in = &to->in;
    const uint8_t tag = *in->at++;
    const uint32_t table = ++to->form->tables;
    uint32_t count, length;
    if (tag == TIMEGATE_LUA_TAG_OBJECT_ON) {
        if (!timegate_lua_take_count(in, &length) || !timegate_lua_skip(in, length)) return false;
    }
    if (!timegate_lua_take_count(in, &count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        const bool has_name = tag != TIMEGATE_LUA_TAG_ARRAY;
        if (has_name && (!timegate_lua_take_count(in, &length) || !timegate_lua_skip(in, length))) return false;
        if (!outline_element(to, table)) return false;
    }
    return true;
}

/// Notes the shape of an argument that was just decoded from these bytes, and so nests no deeper than decoding does. False, and
/// the place is empty, if it cannot be kept.
bool timegate_lua_take_shape(timegate_lua_form *form, const uint8_t *bytes, size_t length) {
    form->bytes.length = form->leaves.length = 0;
    form->tables = 0;
    if (!timegate_lua_append(&form->bytes, bytes, length)) return false;
    outline to = {form, {form->bytes.bytes, form->bytes.bytes + length}};
    if (outline_table(&to)) return true;
    form->bytes.length = 0;
    return false;
}

static size_t common_length(const uint8_t *left, const uint8_t *right, size_t length) {
    size_t same = 0;
    while (length - same >= 64 && !memcmp(left + same, right + same, 64)) same += 64;
    while (length - same >= 8) {
        uint64_t one, other;
        memcpy(&one, left + same, 8);
        memcpy(&other, right + same, 8);
        if (one != other) break;
        same += 8;
    }
    while (same < length && left[same] == right[same]) same++;
    return same;
}

/// Whether the bytes begin with an argument of the form's shape: how long it is, else 0. Notes which of its leaves are others.
size_t timegate_lua_has_shape(
    const timegate_lua_form *form, const uint8_t *bytes, size_t length, timegate_lua_difference *differences,
    uint32_t *count
) {
    const size_t end = form->bytes.length;
    size_t old = 0, new = 0;
    const timegate_lua_leaf *leaves = (const timegate_lua_leaf *)form->leaves.bytes;
    const size_t leaf_count = form->leaves.length / sizeof *leaves;
    *count = 0;
    if (!end) return 0;
    for (uint32_t i = 0;; i++) {
        const size_t left = end - old < length - new ? end - old : length - new;
        const size_t same = common_length(form->bytes.bytes + old, bytes + new, left);
        old += same;
        new += same;
        if (old == end) return new;
        while (i < leaf_count && leaves[i].start + leaves[i].length <= old) i++;
        if (i == leaf_count || leaves[i].start > old) return 0;
        const size_t start = new - (old - leaves[i].start);
        timegate_lua_cursor in = {bytes + start, bytes + length};
        if (!timegate_lua_skip_leaf(&in)) return 0;
        old = leaves[i].start + leaves[i].length;
        new = (size_t)(in.at - bytes);
        differences[(*count)++] = (timegate_lua_difference){i, (uint32_t)start, (uint32_t)(new - start)};
    }
}

/// Notes where the form's leaves stand in an argument that differs so.
void timegate_lua_move_leaves(timegate_lua_form *form, const timegate_lua_difference *differences, uint32_t count) {
    timegate_lua_leaf *leaves = (timegate_lua_leaf *)form->leaves.bytes;
    const size_t leaf_count = form->leaves.length / sizeof *leaves;
    uint32_t next = 0, moved = 0; // modulo 2^32: a leaf may be shorter than before
    for (uint32_t i = 0; i < leaf_count; i++) {
        leaves[i].start += moved;
        if (next == count || differences[next].leaf != i) continue;
        moved += differences[next].length - leaves[i].length;
        leaves[i].length = differences[next++].length;
    }
}
