import JSON

/// The members of a Sonderplan body, checked one by one.
struct SonderplanFields {
    /// What a member of a nested object may be.
    indirect enum Shape {
        case integer, text, unixTime
        case object([String: Shape])
        case objects([String: Shape])
    }

    static let owner: [String: Shape] = [
        "first_name": .text, "last_name": .text, "primary_email": .text,
        "icon": .object(["id": .integer, "name": .text, "alias": .text, "extension": .text, "mime_type": .text]),
    ]
    static let project: [String: Shape] = [
        "id": .integer, "name": .text, "code": .text, "description": .text, "status_id": .integer,
    ]
    static let booking: [String: Shape] = [
        "id": .integer, "name": .text, "start": .unixTime, "end": .unixTime, "resources": .objects(["id": .integer]),
    ]

    private let root: JSONView
    private var known: Set<String> = []
    private(set) var errors: [(field: String, message: String)] = []

    init(_ root: JSONView) { self.root = root }

    mutating func fail(_ field: String, _ message: String) { errors.append((field, message)) }

    private mutating func member(_ name: String, isRequired: Bool) -> JSONView? {
        known.insert(name)
        let view = root[name]
        if view == nil, isRequired { fail(name, "is required") }
        return view
    }

    mutating func integer(_ name: String, isRequired: Bool = false) -> Int64? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        if view.int64 == nil { fail(name, "must be an integer") }
        return view.int64
    }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        guard let text = view.string else {
            fail(name, "must be a string")
            return nil
        }
        if isRequired, text.allSatisfy(\.isWhitespace) { fail(name, "must not be empty") }
        return text
    }

    mutating func unixTime(_ name: String, isRequired: Bool = false) -> Int64? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        if let problem = Self.problem(view, .unixTime) { fail(name, problem) }
        return view.int64
    }

    mutating func isoTime(_ name: String) {
        guard let text = text(name) else { return }
        if DateTimeText(text)?.offset == nil { fail(name, "must be an ISO 8601 date and time with an offset") }
    }

    /// A boolean, or one of the texts `true` and `false` as in the page's example.
    mutating func flag(_ name: String) -> Bool? {
        guard let view = member(name, isRequired: false) else { return nil }
        if let flag = view.bool { return flag }
        switch view.string {
        case "true": return true
        case "false": return false
        default:
            fail(name, "must be true or false")
            return nil
        }
    }

    mutating func object(_ name: String, _ shape: [String: Shape]) {
        guard let view = member(name, isRequired: false) else { return }
        if let problem = Self.problem(view, .object(shape)) { fail(name, problem) }
    }

    mutating func objects(_ name: String, _ shape: [String: Shape]) -> [JSONValue] {
        guard let view = member(name, isRequired: false) else { return [] }
        if let problem = Self.problem(view, .objects(shape)) {
            fail(name, problem)
            return []
        }
        return view.value.array ?? []
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "is not a member of a time entry")
        }
    }

    private static func problem(_ view: JSONView, _ shape: Shape) -> String? {
        switch shape {
        case .integer:
            return view.int64 == nil ? "must be an integer" : nil
        case .text:
            return view.string == nil ? "must be a string" : nil
        case .unixTime:
            guard let seconds = view.int64 else { return "must be an integer" }
            return (0..<32_503_680_000).contains(seconds) ? nil : "must be a unix time in seconds"
        case .objects(let members):
            guard view.kind == .array else { return "must be an array of objects" }
            for element in view.elements {
                if let problem = problem(element, .object(members)) { return problem }
            }
            return nil
        case .object(let members):
            guard view.kind == .object else { return "must be an object" }
            for member in view.members {
                let name = member.key.string
                guard let shape = members[name] else { return "has no member \(name)" }
                if let problem = problem(member.value, shape) { return "\(name) \(problem)" }
            }
            return nil
        }
    }
}
