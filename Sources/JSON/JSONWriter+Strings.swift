extension JSONWriter {
    // MARK: Names

    /// Writes a name that needs no escape, which debug builds check.
    @inlinable
    public mutating func name(_ name: StaticString) {
        name.withUTF8Buffer { content in
            assert(
                !content.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") },
                "a name that needs an escape: write it as a String"
            )
            nesting.name()
            let comma = needsComma ? 1 : 0
            append(atMost: content.count &+ 4) { target in
                target[0] = UInt8(ascii: ",")
                let start = target + comma
                start[0] = UInt8(ascii: "\"")
                if let source = content.baseAddress { (start + 1).update(from: source, count: content.count) }
                start[content.count &+ 1] = UInt8(ascii: "\"")
                start[content.count &+ 2] = UInt8(ascii: ":")
                return comma &+ content.count &+ 3
            }
            needsComma = false
        }
    }

    /// Writes a name; literals go to the overload for static strings.
    @_disfavoredOverload
    public mutating func name(_ name: String) {
        // Lends the text where it stands; a copy to call `withUTF8` on would cost a reference count.
        let isWritten: Void? = name.utf8.withContiguousStorageIfAvailable { self.name(utf8: $0) }
        if isWritten == nil { nameCopied(name) }
    }

    @inline(never)
    private mutating func nameCopied(_ name: String) {
        Array(name.utf8).withUnsafeBufferPointer { self.name(utf8: $0) }
    }

    /// Writes a name that is at hand as valid UTF-8.
    public mutating func name(utf8 name: UnsafeBufferPointer<UInt8>) {
        nesting.name()
        appendQuoted(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a parsed name.
    @inlinable
    public mutating func name(_ key: JSONKey) {
        key.withUTF8 { name(utf8: $0) }
    }

    // MARK: Strings

    /// Writes a string; literals go to the overload for static strings, which does the same.
    @_disfavoredOverload
    public mutating func string(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { string(utf8: $0) }
        if isWritten == nil { stringCopied(text) }
    }

    @inline(never)
    private mutating func stringCopied(_ text: String) {
        Array(text.utf8).withUnsafeBufferPointer { string(utf8: $0) }
    }

    @inlinable
    public mutating func string(_ text: StaticString) {
        text.withUTF8Buffer { string(utf8: $0) }
    }

    /// Writes a string that is at hand as UTF-8.
    ///
    /// - Precondition: the bytes are valid UTF-8; not checked.
    public mutating func string(utf8 text: UnsafeBufferPointer<UInt8>) {
        nesting.value()
        appendQuoted(text)
    }

    /// Writes a string that needs no escape, which debug builds check: `write` puts its UTF-8 at the address and returns
    /// how many bytes there are.
    ///
    /// - Parameter capacity: how many bytes `write` may use.
    @inlinable
    @inline(__always)
    public mutating func plainString(atMost capacity: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        appendValue(atMost: capacity &+ 2) { target in
            target[0] = UInt8(ascii: "\"")
            let count = write(target + 1)
            assert(
                !UnsafeBufferPointer(start: target + 1, count: count).contains {
                    $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
                },
                "a string that needs an escape"
            )
            target[count &+ 1] = UInt8(ascii: "\"")
            return count &+ 2
        }
    }

    /// A comma if needed, and the text in quotes.
    ///
    /// It copies eight bytes at a time and looks at them on the way, so a text without anything to escape is read
    /// once.
    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        let comma = needsComma ? 1 : 0
        needsComma = true
        var copied = 0
        // Room for a comma, two quotes and the word that is copied beyond the end.
        append(atMost: text.count &+ 3 &+ 8) { target in
            target[0] = UInt8(ascii: ",")
            target[comma] = UInt8(ascii: "\"")
            let start = target + (comma &+ 1)
            copied = JSONWriter.copyPlain(text, to: start)
            // Where an escape follows instead, it is written over the quote.
            start[copied] = UInt8(ascii: "\"")
            return comma &+ copied &+ (copied == text.count ? 2 : 1)
        }
        if copied < text.count {
            appendEscaped(UnsafeBufferPointer(rebasing: text[copied...]))
            buffer.append(UInt8(ascii: "\""))
        }
    }

    /// Copies up to the first byte that needs an escape and returns how many bytes that were. It may write up to
    /// seven bytes more.
    @inline(__always)
    private static func copyPlain(_ text: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard let source = text.baseAddress else { return 0 }
        let count = text.count
        var position = 0
        while position &+ 8 <= count {
            let word = JSONBytes.word(source + position)
            UnsafeMutableRawPointer(target + position).storeBytes(of: word.littleEndian, as: UInt64.self)
            let special = JSONBytes.specialToWriter(word)
            if special != 0 { return position &+ special.trailingZeroBitCount &>> 3 }
            position &+= 8
        }
        if position == count { return count }
        let word = JSONBytes.tail(source, count: count, from: position)
        UnsafeMutableRawPointer(target + position).storeBytes(of: word.littleEndian, as: UInt64.self)
        // The zeros that fill the word up count as special too: the first of them is at the end.
        return position &+ JSONBytes.specialToWriter(word).trailingZeroBitCount &>> 3
    }

    /// Runs without an escape are copied whole.
    @inline(never)
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while position < text.count {
            appendEscape(of: text[position])
            position &+= 1
            let rest = UnsafeBufferPointer(rebasing: text[position...])
            if rest.isEmpty { break }
            append(atMost: rest.count &+ 8) { target in
                let copied = JSONWriter.copyPlain(rest, to: target)
                position &+= copied
                return copied
            }
        }
    }

    private mutating func appendEscape(of byte: UInt8) {
        append(atMost: 6) { target in
            target[0] = UInt8(ascii: "\\")
            let letter: UInt8 =
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
                case 0x08: UInt8(ascii: "b")
                case 0x0C: UInt8(ascii: "f")
                case 0x0A: UInt8(ascii: "n")
                case 0x0D: UInt8(ascii: "r")
                case 0x09: UInt8(ascii: "t")
                default: UInt8(ascii: "u")
                }
            target[1] = letter
            if letter != UInt8(ascii: "u") { return 2 }
            let low = byte & 0xF
            target[2] = UInt8(ascii: "0")
            target[3] = UInt8(ascii: "0")
            target[4] = 0x30 &+ byte &>> 4
            target[5] = low < 10 ? 0x30 &+ low : 0x57 &+ low
            return 6
        }
    }
}
