// Byte buffers outside of Lua's heap, and text made safe to show.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/// Appends bytes; false if memory ran out. Why here: results and error texts must outlive the Lua values that they come
/// from.
bool timegate_lua_append(timegate_lua_buffer *buffer, const void *bytes, size_t length) {
    if (length > buffer->capacity - buffer->length) {
        size_t capacity = buffer->capacity ? buffer->capacity : 256;
        while (capacity - buffer->length < length) capacity *= 2;
        uint8_t *grown = realloc(buffer->bytes, capacity);
        if (!grown) return false;
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    if (length) memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return true;
}

/// Length of the valid UTF-8 sequence at `text`, 0 if there is none. RFC 3629: no surrogates, nothing overlong.
static size_t sequence(const uint8_t *text, size_t length) {
    uint8_t lead = text[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length < size) return 0;
    uint8_t low = 0x80, high = 0xBF;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    if (text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0;
    }
    return size;
}

/// Checks UTF-8. Why here: scripts handle bytes, JSON does not, and a bad string must be named where it crosses.
bool timegate_lua_is_utf8(const char *text, size_t length, size_t *bad) {
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0;
    while (at < length) {
        while (length - at >= 8) {
            uint64_t word;
            memcpy(&word, bytes + at, 8);
            if (word & 0x8080808080808080u) break;
            at += 8;
        }
        if (at == length) break;
        if (bytes[at] < 0x80) {
            at++;
            continue;
        }
        size_t size = sequence(bytes + at, length - at);
        if (!size) {
            if (bad) *bad = at;
            return false;
        }
        at += size;
    }
    return true;
}

/// Invisible or line-breaking characters that could forge a line or turn its direction: C1, U+2028..202E, U+2066..2069.
static bool is_hidden(const uint8_t *text, size_t size) {
    if (size == 2) return text[0] == 0xC2 && text[1] < 0xA0;
    if (size != 3 || text[0] != 0xE2) return false;
    return (text[1] == 0x80 && text[2] >= 0xA8 && text[2] <= 0xAE)
        || (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9);
}

/// Appends text as one line of at most `limit` bytes: controls escaped, bad UTF-8 replaced, the cut marked with "…".
/// Why here: log lines and error messages are the script's own text and end up in the operator's terminal.
bool timegate_lua_append_line(timegate_lua_buffer *buffer, const char *text, size_t length, size_t limit) {
    static const char hex[] = "0123456789abcdef";
    const uint8_t *bytes = (const uint8_t *)text;
    const size_t start = buffer->length;
    size_t at = 0;
    while (at < length) {
        char escaped[16];
        const void *piece = bytes + at;
        size_t taken = sequence(bytes + at, length - at);
        size_t size = taken;
        uint8_t byte = bytes[at];
        if (!taken) {
            piece = "\xEF\xBF\xBD";
            size = 3;
            taken = 1;
        } else if (byte < 0x20 || byte == 0x7F) {
            escaped[0] = '\\';
            size = 2;
            if (byte == '\n') escaped[1] = 'n';
            else if (byte == '\r') escaped[1] = 'r';
            else if (byte == '\t') escaped[1] = 't';
            else {
                escaped[1] = 'x';
                escaped[2] = hex[byte >> 4];
                escaped[3] = hex[byte & 15];
                size = 4;
            }
            piece = escaped;
        } else if (is_hidden(bytes + at, taken)) {
            size = 0;
            for (size_t i = 0; i < taken; i++) {
                escaped[size++] = '\\';
                escaped[size++] = 'x';
                escaped[size++] = hex[bytes[at + i] >> 4];
                escaped[size++] = hex[bytes[at + i] & 15];
            }
            piece = escaped;
        }
        if (buffer->length - start + size + 3 > limit && at + taken < length) {
            return timegate_lua_append(buffer, "\xE2\x80\xA6", 3);
        }
        if (!timegate_lua_append(buffer, piece, size)) return false;
        at += taken;
    }
    return true;
}
