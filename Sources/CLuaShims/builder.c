// Text that a library function builds.
#include "internal.h"

#include <string.h>

/// Starts a text and reserves a stack slot. Why not luaL_Buffer: it has no cap on the length, and reports a failed
/// allocation as an ordinary error, which the script could catch.
void timegate_lua_begin(timegate_lua_builder *builder, lua_State *L) {
    lua_pushnil(L);
    builder->L = L;
    builder->slot = lua_gettop(L);
    builder->length = 0;
    builder->capacity = sizeof builder->small;
    builder->limit = timegate_lua_state_of(L)->limits.string;
    builder->bytes = builder->small;
}

/// Room for `length` more bytes, which the caller fills and adds to `length` itself.
char *timegate_lua_room(timegate_lua_builder *builder, size_t length) {
    lua_State *L = builder->L;
    if (length > builder->limit || builder->length > builder->limit - length) {
        luaL_error(L, "string would be longer than %I bytes", (LUAI_UACINT)builder->limit);
    }
    size_t needed = builder->length + length;
    if (needed > builder->capacity) {
        size_t capacity = builder->capacity * 2;
        while (capacity < needed) capacity *= 2;
        char *grown = lua_newuserdatauv(L, capacity, 0);
        memcpy(grown, builder->bytes, builder->length);
        lua_replace(L, builder->slot);
        builder->bytes = grown;
        builder->capacity = capacity;
    }
    return builder->bytes + builder->length;
}

/// Appends bytes. They must not lie in the builder itself.
void timegate_lua_add(timegate_lua_builder *builder, const char *bytes, size_t length) {
    if (!length) return;
    memcpy(timegate_lua_room(builder, length), bytes, length);
    builder->length += length;
}

/// Pushes the text.
void timegate_lua_finish(timegate_lua_builder *builder) {
    timegate_lua_charge(builder->L, builder->length / 64);
    lua_pushlstring(builder->L, builder->bytes, builder->length);
}
