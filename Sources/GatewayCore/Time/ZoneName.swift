/// The rules for names that may be looked up in the time zone database, whose names are paths of files.
enum ZoneName {
    /// The longest name that is looked up; the database's own have up to 32 characters.
    static let maximumLength = 64

    /// Why a name is refused without looking; nil if it may be looked up.
    ///
    /// Letters, digits, `_`, `+` and `-` in components that begin with a letter: so no path is absolute, none climbs,
    /// and none of the database's tables, whose names have a dot, passes.
    static func problem(with name: String) -> String? {
        if name.isEmpty { return "it is empty; write an IANA name such as Europe/Zagreb" }
        if name.utf8.count > maximumLength { return "it has more than \(maximumLength) characters" }
        if let first = name.utf8.first, ASCII.isDigit(first) || first == ASCII.plus || first == ASCII.minus {
            return "an offset is not a zone; write an IANA name such as Europe/Zagreb"
        }
        for component in name.utf8.split(separator: ASCII.slash, omittingEmptySubsequences: false) {
            guard let first = component.first, ASCII.isLetter(first), component.allSatisfy(isAllowed) else {
                return "write an IANA name such as Europe/Zagreb"
            }
        }
        switch name {
        case "localtime", "local", "posixrules":
            return "it stands for the zone of one machine; write the IANA name"
        case "Factory":
            return "it stands for a machine whose zone was never set; write an IANA name such as Europe/Zagreb"
        case "leapseconds":
            return "it is a table of leap seconds"
        default:
            break
        }
        if name.hasPrefix("right/") { return "zones under right/ count leap seconds, which POSIX time does not" }
        if name.hasPrefix("posix/") { return "leave out posix/" }
        return nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte == ASCII.plus
            || byte == ASCII.minus
    }

    /// The known name that was most probably meant: the same but for case and spaces, else one with the same last
    /// part, else one that is at most two letters off. Nil if there is none.
    static func closest(to name: String, among known: [String]) -> String? {
        let wanted = folded(name)
        guard !wanted.isEmpty, wanted.count <= maximumLength else { return nil }
        var best: (name: String, distance: Int)?
        var sameCity: String?
        for candidate in known {
            let text = folded(candidate)
            if text == wanted { return candidate }
            if sameCity == nil, let slash = text.lastIndex(of: ASCII.slash), text[(slash + 1)...] == lastPart(wanted) {
                sameCity = candidate
            }
            let limit = min(best?.distance ?? 3, wanted.count / 3 + 1)
            if let distance = editDistance(wanted, text, below: limit) { best = (candidate, distance) }
        }
        // One letter off is a slip of the finger; the same city under another continent is a slip of memory.
        if let best, best.distance == 1 { return best.name }
        return sameCity ?? best?.name
    }

    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.map { byte in
            if byte == ASCII.space { return UInt8(ascii: "_") }
            return byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
        }
    }

    private static func lastPart(_ name: [UInt8]) -> ArraySlice<UInt8> {
        guard let slash = name.lastIndex(of: ASCII.slash) else { return name[...] }
        return name[(slash + 1)...]
    }

    /// Insertions, deletions and replacements that turn one text into the other, if less than a limit.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8], below limit: Int) -> Int? {
        guard abs(left.count - right.count) < limit else { return nil }
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, min(row[column], diagonal) + 1)
            }
        }
        return row[right.count] < limit ? row[right.count] : nil
    }
}
