internal import Glibc

/// Cuts a body that comes in parts into lines. It holds one part and the beginning of one line.
struct LineReader {
    enum Line: Equatable {
        /// Without its line end.
        case text([UInt8])
        /// Longer than the limit; its bytes were dropped as they came.
        case tooLong
    }

    private let limit: Int
    private var part: [UInt8] = []
    /// How much of `part` has been taken.
    private var offset = 0
    /// The beginning of a line whose end has not come.
    private var begun: [UInt8] = []
    private var isTooLong = false

    /// - Parameter limit: the longest line in bytes, its line end not counted.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes the next bytes of the body. To be called only after `next` has given nil.
    mutating func take(_ bytes: [UInt8]) {
        part = bytes
        offset = 0
    }

    /// The next line that has come whole and is not blank, or nil.
    mutating func next() -> Line? {
        while offset < part.count {
            let end = lineEnd()
            add(part[offset..<end])
            offset = end + 1
            guard end < part.count else { return nil }
            if let line = finish() { return line }
        }
        return nil
    }

    /// The line that the body ended in, if it has no line end and is not blank.
    mutating func rest() -> Line? { finish() }

    /// Where the line that begins or goes on at `offset` ends, or where the part does.
    private func lineEnd() -> Int {
        part.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress,
                let found = memchr(start + offset, CInt(UInt8(ascii: "\n")), bytes.count - offset)
            else { return bytes.count }
            return UnsafeRawPointer(found) - start
        }
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        // One more for a carriage return.
        if isTooLong || begun.count + bytes.count > limit + 1 {
            isTooLong = true
            begun = []
        } else {
            begun.append(contentsOf: bytes)
        }
    }

    /// Nil for a blank line.
    private mutating func finish() -> Line? {
        var text = begun
        begun = []
        defer { isTooLong = false }
        if isTooLong { return .tooLong }
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        if text.count > limit { return .tooLong }
        return text.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } ? nil : .text(text)
    }
}
