internal import JSON

/// Where two JSON values differ, one line for each place.
enum JSONDifference {
    /// Object members in any order; numbers by value.
    static func lines(expected: JSONValue, found: JSONValue, at path: String = "") -> [String] {
        let place = path.isEmpty ? "/" : path
        switch (expected, found) {
        case (.object(let wanted), .object(let got)):
            var lines: [String] = []
            for member in wanted {
                let inner = "\(path)/\(member.key)"
                if let value = got[member.key] {
                    lines += self.lines(expected: member.value, found: value, at: inner)
                } else {
                    lines.append("\(inner): missing, expected \(short(member.value))")
                }
            }
            for member in got where wanted[member.key] == nil {
                lines.append("\(path)/\(member.key): not expected, found \(short(member.value))")
            }
            return lines
        case (.array(let wanted), .array(let got)):
            var lines: [String] = []
            for index in 0..<max(wanted.count, got.count) {
                let inner = "\(path)/\(index)"
                if index >= got.count {
                    lines.append("\(inner): missing, expected \(short(wanted[index]))")
                } else if index >= wanted.count {
                    lines.append("\(inner): not expected, found \(short(got[index]))")
                } else {
                    lines += self.lines(expected: wanted[index], found: got[index], at: inner)
                }
            }
            return lines
        default:
            return expected.isEquivalent(to: found)
                ? [] : ["\(place): expected \(short(expected)), found \(short(found))"]
        }
    }

    /// Where a value lacks what is expected of it, or has it otherwise; members that are not named may be there.
    static func missing(_ expected: JSONValue, in found: JSONValue, at path: String) -> [String] {
        switch (expected, found) {
        case (.object(let wanted), .object(let got)):
            var lines: [String] = []
            for member in wanted {
                let inner = "\(path)/\(member.key)"
                if let value = got[member.key] {
                    lines += missing(member.value, in: value, at: inner)
                } else {
                    lines.append("\(inner): missing, expected \(member.value.serialized(.compact))")
                }
            }
            return lines
        case (.array(let wanted), .array(let got)) where wanted.count == got.count:
            return zip(wanted, got).enumerated().flatMap { index, pair in
                missing(pair.0, in: pair.1, at: "\(path)/\(index)")
            }
        default: return lines(expected: expected, found: found, at: path)
        }
    }

    private static func short(_ value: JSONValue) -> String {
        let text = value.serialized(.compact)
        return text.count > 160 ? text.prefix(157) + "…" : text
    }
}
