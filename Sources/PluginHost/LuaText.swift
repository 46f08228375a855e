/// The words of a Lua file with their lines: enough to see what is defined and never used. It does not parse.
struct LuaText {
    struct Word: Equatable {
        var text: String
        var line: Int
    }

    /// Names, keywords and single signs in order; texts and comments are left out.
    let words: [Word]
    /// The contents of quoted texts.
    let texts: [String]

    init(_ bytes: [UInt8]) {
        var words: [Word] = []
        var texts: [String] = []
        var line = 1
        var index = 0
        func byte(_ offset: Int = 0) -> UInt8? { index + offset < bytes.count ? bytes[index + offset] : nil }
        /// The signs of a long bracket, `[[` or `[==[`, at a place; 0 if there is none.
        func longBracket(at place: Int) -> Int {
            guard place < bytes.count, bytes[place] == UInt8(ascii: "[") else { return 0 }
            var end = place + 1
            while end < bytes.count, bytes[end] == UInt8(ascii: "=") { end += 1 }
            return end < bytes.count && bytes[end] == UInt8(ascii: "[") ? end - place + 1 : 0
        }
        /// Goes behind the end of a long bracket.
        func skipLong(_ signs: Int) {
            index += signs
            let end: [UInt8] =
                [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: signs - 2) + [UInt8(ascii: "]")]
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "\n") { line += 1 }
                if bytes[index...].starts(with: end) {
                    index += end.count
                    return
                }
                index += 1
            }
        }
        while let current = byte() {
            switch current {
            case UInt8(ascii: "\n"):
                line += 1
                index += 1
            case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"):
                let signs = longBracket(at: index + 2)
                if signs > 0 {
                    index += 2
                    skipLong(signs)
                } else {
                    while let inside = byte(), inside != UInt8(ascii: "\n") { index += 1 }
                }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let start = index + 1
                index += 1
                while let inside = byte(), inside != current, inside != UInt8(ascii: "\n") {
                    index += inside == UInt8(ascii: "\\") ? 2 : 1
                }
                texts.append(String(decoding: bytes[start..<min(max(start, index), bytes.count)], as: UTF8.self))
                index += 1
            case UInt8(ascii: "[") where longBracket(at: index) > 0: skipLong(longBracket(at: index))
            case _ where current.isAlphanumeric || current == UInt8(ascii: "_"):
                let start = index
                while let inside = byte(), inside.isAlphanumeric || inside == UInt8(ascii: "_") { index += 1 }
                words.append(Word(text: String(decoding: bytes[start..<index], as: UTF8.self), line: line))
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
            default:
                words.append(Word(text: String(decoding: [current], as: UTF8.self), line: line))
                index += 1
            }
        }
        self.words = words
        self.texts = texts
    }

    /// The local names that stand in the file once, where they are made: `local function f`, `local a, b = …`.
    var unusedLocals: [(name: String, line: Int, isFunction: Bool)] {
        var counts: [String: Int] = [:]
        for word in words { counts[word.text, default: 0] += 1 }
        var unused: [(name: String, line: Int, isFunction: Bool)] = []
        for (index, word) in words.enumerated() where word.text == "local" {
            var next = index + 1
            let isFunction = next < words.count && words[next].text == "function"
            if isFunction { next += 1 }
            while next < words.count {
                let name = words[next]
                if counts[name.text] == 1, !name.text.hasPrefix("_") {
                    unused.append((name.text, name.line, isFunction))
                }
                guard !isFunction, next + 2 < words.count, words[next + 1].text == "," else { break }
                next += 2
            }
        }
        return unused
    }

    /// Whether a name stands anywhere in the code, as a name or in a text.
    func mentions(_ name: String) -> Bool {
        words.contains { $0.text == name } || texts.contains { $0.contains(name) }
    }
}
