import JSON

/// The members of a Productive document, checked one by one, in both body styles.
struct ProductiveFields {
    private let attributes: JSONView?
    private let relationships: JSONView?
    private var knownAttributes: Set<String> = []
    private var knownRelationships: Set<String> = []
    private(set) var errors: [(pointer: String, detail: String)] = []

    init(_ document: JSONView, _ data: JSONView) {
        attributes = data["attributes"]
        relationships = data["relationships"]
        for member in document.members where member.key.string != "data" {
            errors.append((member.key.string, "is not allowed"))
        }
        let allowed: Set<String> = ["type", "attributes", "relationships"]
        for member in data.members where !allowed.contains(member.key.string) {
            errors.append(("data/\(member.key.string)", "is not allowed"))
        }
        for (name, view) in [("attributes", attributes), ("relationships", relationships)] {
            if let view, view.kind != .object { errors.append(("data/\(name)", "is not an object")) }
        }
    }

    mutating func fail(_ attribute: String, _ detail: String) {
        errors.append(("data/attributes/\(attribute)", detail))
    }

    /// Whether the document names the attribute, also as null.
    func names(_ attribute: String) -> Bool { attributes?[attribute] != nil }

    /// Whether the document names the related record, in either body style.
    func namesReference(_ name: String) -> Bool { relationships?[name] != nil || names("\(name)_id") }

    /// nil for an absent member and for null: the page's own example sends null for what is to be empty.
    private mutating func attribute(_ name: String) -> JSONView? {
        knownAttributes.insert(name)
        return attributes?[name].flatMap { $0.isNull ? nil : $0 }
    }

    /// A required date; a blank one fails twice, as on the page.
    mutating func date(_ name: String) -> String? {
        let view = attribute(name)
        guard let view, view.string?.isEmpty != true else {
            fail(name, "can't be blank")
            fail(name, "is not a date")
            return nil
        }
        guard let text = view.string, CivilDate(text) != nil else {
            fail(name, "is not a date")
            return nil
        }
        return text
    }

    mutating func text(_ name: String) -> String? {
        guard let view = attribute(name) else { return nil }
        if view.string == nil { fail(name, "is not a string") }
        return view.string
    }

    /// A number that counts something: whole and not negative.
    mutating func count(_ name: String) -> Int64? {
        guard let view = attribute(name) else { return nil }
        guard let value = view.int64 else {
            fail(name, view.kind == .number ? "must be an integer" : "is not a number")
            return nil
        }
        guard (0..<1 << 31).contains(value) else {
            fail(name, "must be greater than or equal to 0")
            return nil
        }
        return value
    }

    /// A date and time with an offset, in milliseconds since 1970.
    mutating func instant(_ name: String) -> Int64? {
        guard let view = attribute(name) else { return nil }
        guard let instant = view.string.flatMap({ DateTimeText($0) })?.epochMilliseconds else {
            fail(name, "is not a datetime")
            return nil
        }
        return instant
    }

    /// The id of a related record: `relationships.<name>.data`, or the attribute `<name>_id` as a number or digits.
    mutating func reference(_ name: String, type: String, isRequired: Bool = false) -> String? {
        let before = errors.count
        let related = relationship(name, type: type)
        let flat = flatReference(name)
        if let related, let flat, related != flat { fail(name, "differs between relationships and attributes") }
        let id = related ?? flat
        if id == nil, isRequired, errors.count == before { fail(name, "can't be blank") }
        return id
    }

    private mutating func relationship(_ name: String, type: String) -> String? {
        knownRelationships.insert(name)
        guard let relationship = relationships?[name] else { return nil }
        let pointer = "data/relationships/\(name)"
        guard relationship.kind == .object, let data = relationship["data"] else {
            errors.append((pointer, "has no data"))
            return nil
        }
        if data.isNull { return nil }
        guard data["type"]?.string == type, let id = data["id"]?.string, Identifiers.isNumeric(id) else {
            errors.append((pointer, "must have the type \(type) and an id of digits, as a string"))
            return nil
        }
        return id
    }

    private mutating func flatReference(_ name: String) -> String? {
        guard let view = attribute("\(name)_id") else { return nil }
        if let number = view.int64, number >= 0 { return String(number) }
        guard let text = view.string, Identifiers.isNumeric(text) else {
            fail("\(name)_id", "is not a number")
            return nil
        }
        return text
    }

    mutating func refuseOthers() {
        for (view, known, place) in [
            (attributes, knownAttributes, "attributes"), (relationships, knownRelationships, "relationships"),
        ] {
            guard let view, view.kind == .object else { continue }
            for member in view.members where !known.contains(member.key.string) {
                errors.append(("data/\(place)/\(member.key.string)", "is not allowed"))
            }
        }
    }
}
