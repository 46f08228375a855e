internal import GatewayCore
internal import JSON

/// The schemas of a time entry, from the table of its members.
enum OpenAPIEntrySchemas {
    /// What the entry stands in, which decides what it may hold.
    private enum Use {
        /// What a caller sends: closed, and any member may be null.
        case request
        case answer
        /// What a dry run understood: a request's members, with what was worked out from them.
        case plan
    }

    static var all: JSONObject {
        [
            "EntryInput": request,
            "Entry": answer(.answer, "A time entry as the vendor has it."),
            "PlannedEntry": answer(
                .plan,
                "The entry as it was understood; what is known only after a read is not in it."
            ),
            "Subject": subject(
                "One thing that time was spent on.",
                name: OpenAPISchema.string("Its name, where the vendor says it.")
            ),
            "SubjectInput": subjectInput,
        ]
    }

    // MARK: - The three entries

    private static var request: JSONValue {
        var properties = self.properties(Member.allCases.map { ($0.path[...], $0) }, .request)
        properties["meta"] = [
            "type": "object", "readOnly": true,
            "description": "The mapping report of an entry out of a list. Ignored.",
        ]
        return OpenAPISchema.object(
            """
            A time entry as it is sent. Members that the vendor keeps (`readOnly`) are ignored and reported, so that \
            an entry can be read, edited and sent back; any other name is refused.

            The time is said in one of these forms: `started_at` and `ended_at`; `started_at` and a duration; \
            `ended_at` and a duration; `work_date` and a duration; or `timer_state: running`.
            """,
            properties,
            isClosed: true
        )
    }

    private static func answer(_ use: Use, _ description: String) -> JSONValue {
        let members = Member.allCases.filter { use == .plan || $0 != .duration }
        var properties = self.properties(members.map { ($0.path[...], $0) }, use)
        if use == .answer {
            properties["meta"] = OpenAPISchema.object(
                "In lists only.",
                ["mapping": OpenAPISchema.reference("MappingReport")]
            )
        }
        return OpenAPISchema.object(description, properties)
    }

    /// - Parameter members: each with what of its path is left here.
    private static func properties(_ members: [(path: Substring, member: Member)], _ use: Use) -> JSONObject {
        var properties = JSONObject()
        for (path, member) in members {
            let name = path.prefix { $0 != "." }
            guard properties[String(name)] == nil else { continue }
            if name.count == path.count {
                properties[String(name)] = leaf(member, use)
                continue
            }
            let inner = members.filter { $0.path.hasPrefix(name + ".") }
            let rest = inner.map { (path: $0.path.dropFirst(name.count + 1), member: $0.member) }
            properties[String(name)] = group(rest, use)
        }
        return properties
    }

    private static func group(_ members: [(path: Substring, member: Member)], _ use: Use) -> JSONValue {
        var schema: JSONObject = ["type": "object", "properties": .object(properties(members, use))]
        if use != .answer { schema["type"] = ["object", "null"] }
        if use == .request {
            schema["additionalProperties"] = false
            if members.allSatisfy({ $0.member.lossClass == .bookkeeping }) { schema["readOnly"] = true }
        }
        return .object(schema)
    }

    /// A break that a caller names: its start and end, or how long it was.
    private static let pause: JSONValue = [
        "type": "object",
        "properties": [
            "started_at": ["type": ["string", "null"], "format": "date-time"],
            "ended_at": ["type": ["string", "null"], "format": "date-time"],
            "duration_seconds": ["type": ["integer", "null"], "format": "int64", "minimum": 0],
        ],
        "additionalProperties": false,
    ]

    // MARK: - One member

    private static func leaf(_ member: Member, _ use: Use) -> JSONValue {
        var schema = type(of: member, use)
        schema["description"] = .string(describe(member, use))
        if let examples = examples(member, use) { schema["examples"] = examples }
        if use == .request {
            if member.lossClass == .bookkeeping { schema["readOnly"] = true }
            if member == .duration { schema["writeOnly"] = true }
            schema["x-timegate-loss"] = .string(member.lossClass.rawValue)
        }
        if use != .answer { allowNull(&schema) }
        return .object(schema)
    }

    private static func type(of member: Member, _ use: Use) -> JSONObject {
        let isGiven = use == .request && member.lossClass != .bookkeeping
        switch member {
        case .shape: return ["type": "string", "enum": OpenAPISchema.texts(TimeForm.allCases.map(\.rawValue))]
        case .completeness:
            let values: [AnswerCompleteness] = [.full, .partial, .idOnly]
            return ["type": "string", "enum": OpenAPISchema.texts(values.map(\.rawValue))]
        case .money: return ["type": "array", "items": amount]
        case .breaks: return ["type": "array", "items": use == .request ? pause : ["type": "object"]]
        default: break
        }
        switch member.type {
        case .identifier: return isGiven ? ["type": "string", "minLength": 1] : ["type": "string"]
        case .text, .zone, .durationText: return ["type": "string"]
        case .date: return ["type": "string", "format": "date"]
        // A request may give a local time, whose offset the zone decides.
        case .instant: return isGiven ? ["type": "string"] : ["type": "string", "format": "date-time"]
        case .seconds:
            return isGiven
                ? ["type": "integer", "format": "int64", "minimum": 0] : ["type": "integer", "format": "int64"]
        case .boolean: return ["type": "boolean"]
        case .enumeration(let values): return ["type": "string", "enum": OpenAPISchema.texts(values)]
        case .subjects:
            let subject = OpenAPISchema.reference(isGiven ? "SubjectInput" : "Subject")
            return [
                "type": "object",
                "additionalProperties": use == .answer ? subject : ["anyOf": [subject, ["type": "null"]]],
            ]
        case .subjectList: return ["type": "array", "items": listedSubject(isGiven)]
        case .object: return ["type": "object", "additionalProperties": true]
        case .textList: return ["type": "array", "items": ["type": "string"]]
        case .list: return ["type": "array", "items": true]
        case .any: return [:]
        }
    }

    private static func describe(_ member: Member, _ use: Use) -> String {
        var text = member.description.summary
        switch (member, use) {
        case (.startedAt, .request), (.endedAt, .request):
            text += " RFC 3339 with an offset, or a local time without one, which the zone decides."
        case (.timeZone, .request): text += " Without it the connection's zone counts, if it has one."
        case (.userID, .request): text += " Without it the caller's own identity at the connection counts."
        case (.duration, .request):
            text += " `m` is minutes. Beside another `duration_seconds` it is refused; in lenient handling that counts."
        case (.money, _): text += " With `include=money` only."
        case (.raw, _): text += " With `include=raw` only."
        default: break
        }
        return text
    }

    private static func examples(_ member: Member, _ use: Use) -> JSONValue? {
        switch member {
        case .workDate: ["2026-11-20"]
        case .startedAt: use == .request ? ["2026-11-20T09:00:00+01:00", "2026-11-20T09:00:00"] : nil
        case .timeZone: ["Europe/Zagreb"]
        case .duration: ["1h30m", "90m", "1:30", "1.5h", "PT1H30M"]
        case .durationSeconds: [5400]
        case .subjects: use == .request ? [["project": ["id": "7"], "task": ["id": "12"]]] : nil
        default: nil
        }
    }

    private static func allowNull(_ schema: inout JSONObject) {
        guard let type = schema["type"] else { return }
        schema["type"] = [type, "null"]
        if case .array(let values)? = schema["enum"] { schema["enum"] = .array(values + [.null]) }
    }

    // MARK: - What stands in members

    private static let idDescription = "The vendor's identifier: always a string."

    private static func subject(_ description: String, name: JSONValue) -> JSONValue {
        OpenAPISchema.object(description, ["id": OpenAPISchema.string(idDescription), "name": name])
    }

    private static var subjectInput: JSONValue {
        guard var schema = subject("One thing that time was spent on.", name: OpenAPISchema.string("Its name.")).object
        else { return true }
        schema["properties"] = [
            "id": ["type": "string", "minLength": 1, "description": .string(idDescription)],
            "name": OpenAPISchema.string("Its name."),
        ]
        schema["additionalProperties"] = false
        schema["anyOf"] = [["required": ["id"]], ["required": ["name"]]]
        return .object(schema)
    }

    private static func listedSubject(_ isGiven: Bool) -> JSONValue {
        var schema: JSONObject = [
            "type": "object",
            "properties": [
                "type": OpenAPISchema.string("The type of the subject: `project`, `task`, …"),
                "id": isGiven
                    ? ["type": "string", "minLength": 1, "description": .string(idDescription)]
                    : OpenAPISchema.string(idDescription),
                "name": OpenAPISchema.string("Its name."),
            ],
            "required": ["type"],
        ]
        if isGiven {
            schema["additionalProperties"] = false
            schema["anyOf"] = [["required": ["id"]], ["required": ["name"]]]
        }
        return .object(schema)
    }

    private static let amount = OpenAPISchema.object(
        "One amount.",
        [
            "kind": OpenAPISchema.string("What the amount is: `cost`, `work_cost`, …"),
            "basis": OpenAPISchema.string("Whose currency it is in: `own`, `default` or `normalized`."),
            "minor_units": OpenAPISchema.integer("The amount in the currency's smallest unit: cents."),
            "currency": OpenAPISchema.string("ISO 4217, where the vendor says it."),
        ],
        required: ["kind", "basis", "minor_units"]
    )
}
