import JSON

/// The members of a Plannr body, checked one by one, with Laravel's messages.
struct PlannrFields {
    private let root: JSONView
    private var known: Set<String> = []
    private(set) var errors: [(field: String, message: String)] = []

    init(_ root: JSONView) { self.root = root }

    /// Adds "The [prefix]field name message".
    mutating func fail(_ field: String, _ message: String, _ prefix: String = "") {
        let words = String(field.map { $0 == "_" ? " " : $0 })
        errors.append((field, "The \(prefix)\(words) \(message)"))
    }

    private mutating func member(_ name: String) -> JSONView? {
        known.insert(name)
        return root[name]
    }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name) else {
            if isRequired { fail(name, "field is required.") }
            return nil
        }
        guard let text = view.string else {
            fail(name, isRequired && view.isNull ? "field is required." : "field must be a string.")
            return nil
        }
        if isRequired, text.allSatisfy(\.isWhitespace) {
            fail(name, "field is required.")
            return nil
        }
        return text
    }

    /// An RFC 3339 date and time with an offset, or a bare date, in milliseconds since 1970.
    mutating func instant(_ name: String, zone: TimeZoneRules) -> Int64? {
        guard let view = member(name) else { return nil }
        if let text = view.string {
            if let instant = DateTimeText(text)?.epochMilliseconds { return instant }
            if let date = CivilDate(text),
                let midnight = zone.instants(forLocal: Int64(date.daysSinceEpoch) * 86_400).first
            {
                return midnight * 1000
            }
        }
        fail(name, "field must be a valid date.")
        return nil
    }

    mutating func minutes(_ name: String) -> Int64? {
        guard let view = member(name) else { return nil }
        guard let minutes = view.int64 else {
            fail(name, "field must be an integer.")
            return nil
        }
        guard minutes >= 0, minutes < 1 << 31 else {
            fail(name, "field must be at least 0.")
            return nil
        }
        return minutes
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "field is prohibited.")
        }
    }
}
