import JSON

/// The members of a Hoursmith body, checked one by one.
struct HoursmithFields {
    private let root: JSONView
    private var known: Set<String> = []
    private var nulls: Set<String> = []
    private(set) var errors: [(field: String, message: String)] = []

    init(_ root: JSONView) { self.root = root }

    private mutating func member(_ name: String) -> JSONView? {
        known.insert(name)
        return nulls.contains(name) ? nil : root[name]
    }

    private mutating func fail(_ field: String, _ message: String) { errors.append((field, message)) }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name) else {
            if isRequired { fail(name, "Required") }
            return nil
        }
        if view.string == nil { fail(name, "Expected string, received \(view.kind)") }
        return view.string
    }

    /// An opaque id: letters, digits, `-` and `_`.
    mutating func id(_ name: String, isRequired: Bool = false) -> String? {
        guard let id = text(name, isRequired: isRequired) else { return nil }
        let isPlausible =
            (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { Identifiers.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
        if !isPlausible { fail(name, "Invalid id") }
        return id
    }

    mutating func date(_ name: String, isRequired: Bool = true) -> String? {
        guard let text = text(name, isRequired: isRequired) else { return nil }
        if CivilDate(text) == nil { fail(name, "Invalid date, expected YYYY-MM-DD") }
        return text
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let view = member(name) else { return nil }
        if view.bool == nil { fail(name, "Expected boolean, received \(view.kind)") }
        return view.bool
    }

    /// Whether the body says that the member is nothing.
    mutating func isNull(_ name: String) -> Bool {
        guard member(name)?.isNull == true else { return false }
        nulls.insert(name)
        return true
    }

    /// Seconds from `durationSeconds`, else from `duration`; one of them is required on create.
    mutating func duration(isRequired: Bool = true) -> Int64? {
        let secondsView = member("durationSeconds")
        let textView = member("duration")
        if let secondsView {
            guard let seconds = secondsView.int64, (0..<1 << 31).contains(seconds) else {
                fail("durationSeconds", "Expected a whole number of seconds")
                return nil
            }
            return seconds
        }
        guard let textView else {
            if !isRequired { return nil }
            fail("durationSeconds", "Exactly one of durationSeconds or duration is required")
            return nil
        }
        guard let text = textView.string, let seconds = Self.seconds(text) else {
            fail("duration", "Expected a duration such as 1h30m, 1:30, 90m or 1.5h")
            return nil
        }
        return seconds
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "Unrecognized key")
        }
    }

    /// The four forms of the page: `1h30m`, `1:30` (hours and minutes), `90m` and `1.5h`.
    static func seconds(_ text: String) -> Int64? {
        if text.hasSuffix("h") { return hours(text.dropLast()) }
        if text.hasSuffix("m") {
            let parts = text.dropLast().split(separator: "h", omittingEmptySubsequences: false)
            if parts.count == 1 { return number(parts[0]).map { $0 * 60 } }
            guard parts.count == 2, let hours = number(parts[0]), let minutes = number(parts[1]), minutes < 60 else {
                return nil
            }
            return hours * 3600 + minutes * 60
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 2, let hours = number(parts[0]), let minutes = number(parts[1]),
            minutes < 60
        else { return nil }
        return hours * 3600 + minutes * 60
    }

    /// Whole hours, or hours with a decimal fraction of up to four digits, cut to the second.
    private static func hours(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = number(parts[0]), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return whole * 3600 }
        guard parts[1].utf8.count <= 4, let fraction = number(parts[1]) else { return nil }
        let scale = (0..<parts[1].utf8.count).reduce(Int64(1)) { scale, _ in scale * 10 }
        return whole * 3600 + fraction * 3600 / scale
    }

    private static func number(_ text: Substring) -> Int64? {
        guard (1...6).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
