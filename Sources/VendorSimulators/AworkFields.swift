import JSON

/// The members of an awork body, checked one by one.
struct AworkFields {
    struct Failure {
        /// PascalCase, as awork writes it.
        let property: String
        let message: String
        /// Whether two values contradict each other, rather than one being wrong.
        let isOrder: Bool

        /// "'Property' message".
        init(_ name: String, _ message: String, isOrder: Bool = false) {
            property = name.prefix(1).uppercased() + name.dropFirst()
            self.message = "'\(property)' \(message)"
            self.isOrder = isOrder
        }
    }

    private let root: JSONView
    private var known: Set<String> = []
    private(set) var errors: [Failure] = []

    init(_ root: JSONView) { self.root = root }

    /// Adds "'Property' message".
    mutating func fail(_ name: String, _ message: String, isOrder: Bool = false) {
        errors.append(Failure(name, message, isOrder: isOrder))
    }

    /// nil for an absent member, and for null where the member may be null.
    private mutating func member(_ name: String, isRequired: Bool = false) -> JSONView? {
        known.insert(name)
        let view = root[name].flatMap { $0.isNull ? nil : $0 }
        if view == nil, isRequired { fail(name, "must not be empty.") }
        return view
    }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        guard let text = view.string else {
            fail(name, "must be a string.")
            return nil
        }
        if isRequired, text.isEmpty {
            fail(name, "must not be empty.")
            return nil
        }
        return text
    }

    mutating func uuid(_ name: String, isRequired: Bool = false) -> String? {
        guard let text = text(name, isRequired: isRequired) else { return nil }
        guard Identifiers.isUUID(text) else {
            fail(name, "must be a UUID.")
            return nil
        }
        return text.lowercased()
    }

    /// The page types the flags as boolean, not as "boolean or null".
    mutating func flag(_ name: String) -> Bool? {
        known.insert(name)
        guard let view = root[name] else { return nil }
        if view.bool == nil { fail(name, "must be true or false.") }
        return view.bool
    }

    mutating func requiredFlag(_ name: String) -> Bool? {
        member(name, isRequired: true) == nil ? nil : flag(name)
    }

    /// Each element a UUID, at least one of them.
    mutating func uuids(_ name: String) -> [String]? {
        guard let view = member(name, isRequired: true) else { return nil }
        let ids = view.elements.compactMap(\.string).filter(Identifiers.isUUID)
        guard view.kind == .array, view.count > 0, ids.count == view.count else {
            fail(name, "must be a list of UUIDs, not empty.")
            return nil
        }
        return ids.map { $0.lowercased() }
    }

    /// An integer of 32 bits, as the schema says.
    mutating func integer(_ name: String) -> Int64? {
        guard let view = member(name) else { return nil }
        guard let value = view.int64, Int32(exactly: value) != nil else {
            fail(name, "must be a whole number.")
            return nil
        }
        return value
    }

    /// - Parameter isLocal: a local value has no offset or `Z`; a UTC value has `Z`, an offset of zero or nothing.
    mutating func dateTime(_ name: String, isLocal: Bool) -> DateTimeText? {
        guard let text = text(name) else { return nil }
        let isWell: (DateTimeText) -> Bool = { isLocal ? $0.offset == nil || $0.isZulu : ($0.offset ?? 0) == 0 }
        guard let value = DateTimeText(text), isWell(value) else {
            fail(name, isLocal ? "must be a date and time without an offset." : "must be a date and time in UTC.")
            return nil
        }
        return value
    }

    mutating func time(_ name: String) -> CivilTime? {
        guard let text = text(name) else { return nil }
        guard let value = CivilTime(text) else {
            fail(name, "must be a time as in 09:21:00.")
            return nil
        }
        return value
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "is not a member of a time entry.")
        }
    }
}
