// The shape of an argument in the flat message, and what two of one shape differ in: bytes only, Lua is not asked.
#ifndef TIMEGATE_LUA_SHAPE_H
#define TIMEGATE_LUA_SHAPE_H

#include "internal.h"

/// Leaves of an argument that is kept.
#define TIMEGATE_LUA_MOST_LEAVES 128

/// Goes over the bytes of a message. It raises nothing: what is out of order has no shape, and decoding says why.
typedef struct timegate_lua_cursor {
    const uint8_t *at;
    const uint8_t *end;
} timegate_lua_cursor;

/// A leaf: a value that is no table.
typedef struct timegate_lua_leaf {
    uint32_t start; // where it begins in the form's bytes
    uint32_t length;
    uint32_t table; // number of the table that it is an element of, from 1
} timegate_lua_leaf;

/// What a message has in the place of one of the form's leaves.
typedef struct timegate_lua_difference {
    uint32_t leaf;
    uint32_t start; // from where the argument begins
    uint32_t length;
} timegate_lua_difference;

static inline bool timegate_lua_skip(timegate_lua_cursor *in, size_t length) {
    if ((size_t)(in->end - in->at) < length) return false;
    in->at += length;
    return true;
}

static inline bool timegate_lua_take_count(timegate_lua_cursor *in, uint32_t *count) {
    const uint8_t *start = in->at;
    if (!timegate_lua_skip(in, sizeof *count)) return false;
    __builtin_memcpy(count, start, sizeof *count);
    return true;
}

static inline bool timegate_lua_is_container(uint8_t tag) {
    return tag == TIMEGATE_LUA_TAG_ARRAY || tag == TIMEGATE_LUA_TAG_OBJECT || tag == TIMEGATE_LUA_TAG_OBJECT_ON;
}

bool timegate_lua_skip_leaf(timegate_lua_cursor *in);
bool timegate_lua_take_shape(timegate_lua_form *form, const uint8_t *bytes, size_t length);
size_t timegate_lua_has_shape(
    const timegate_lua_form *form, const uint8_t *bytes, size_t length, timegate_lua_difference *differences,
    uint32_t *count
);
void timegate_lua_move_leaves(timegate_lua_form *form, const timegate_lua_difference *differences, uint32_t count);

#endif
