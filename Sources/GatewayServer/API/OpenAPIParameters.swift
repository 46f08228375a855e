internal import GatewayCore
internal import JSON

/// The parameters of requests: in paths, queries and headers.
enum OpenAPIParameters {
    static func reference(_ name: String) -> JSONValue { OpenAPISchema.reference("parameters", name) }

    static var components: JSONValue {
        var all: JSONObject = [
            "connection": path("connection", "The name of a connection that this key may use.", segment),
            "id": path("id", "The vendor's identifier of the entry.", segment),
            "action": path(
                "action",
                "What is done. `approve`, `unapprove`, `reject` and `unreject` need the scope `approve`; the others, "
                    + "which run timers, need `write`.",
                ["type": "string", "enum": OpenAPISchema.texts(Operation.actions.map(\.rawValue))]
            ),
            "action_on_several": path(
                "action",
                "What is done: an action that one entry can have too, or `delete`.",
                ["type": "string", "enum": OpenAPISchema.texts(Operation.onSeveral.map(\.rawValue))]
            ),
            "dry_run": query(
                "dry_run",
                """
                `true` shows the exact request and opens no socket; what would need a read is named in \
                `plan.undetermined`. `reads` allows reads.
                """,
                ["type": "string", "enum": ["true", "reads", "false"], "default": "false"]
            ),
            "trace": query(
                "trace",
                "`true` with `dry_run` adds `trace`: each step with its time, what scripts used and changed.",
                ["type": "string", "enum": ["true", "false"], "default": "false"]
            ),
            "call_id": path("id", "The `X-Request-Id` of the call's answer.", segment),
            "include": includes(["money", "raw"], "What the entry holds beyond the default."),
            "vendor": vendor,
            "connections": query(
                "connections",
                "The connections, by name; without it all that this key may use and whose vendor lists entries.",
                ["type": "array", "items": ["type": "string"]],
                isList: true
            ),
            "merged_sort": query(
                "sort",
                "The order of the list; `-` before the member turns it round.",
                [
                    "type": "string", "default": "-work_date",
                    "enum": OpenAPISchema.texts(MergedList.sorts.flatMap { [$0, "-" + $0] }),
                ]
            ),
            "key": path(
                "key",
                "The idempotency key: the gateway's, or a vendor's own, as the vendor's client sent it.",
                ["type": "string", "minLength": 1, "maxLength": 255]
            ),
            "outcome_state": query(
                "state",
                "Only writes in this state; `unknown` is everything that is not settled.",
                ["type": "string", "enum": OpenAPISchema.texts(OutcomeQuery.names)]
            ),
            "outcome_connection": query("connection", "Only writes at this connection.", ["type": "string"]),
            "outcome_limit": query(
                "limit",
                "Outcomes in one answer.",
                [
                    "type": "integer", "minimum": 1, "maximum": .integer(Int64(OutcomeQuery.maximumLimit)),
                    "default": 50,
                ]
            ),
            "outcome_cursor": query(
                "cursor",
                "`next_cursor` of the page before.",
                ["type": "string", "pattern": "^[0-9]{1,18}$"]
            ),
            "prefer": prefer, "idempotency_key": idempotencyKey, "if_match": ifMatch,
        ]
        for name in ListQuery.parameters { all["list_\(name)"] = listParameter(name) }
        return .object(all)
    }

    /// The parameters of a list of one connection.
    static var ofList: [JSONValue] {
        ListQuery.parameters.map { reference("list_\($0)") } + [reference("include"), reference("vendor")]
    }

    /// The parameters of a list of several: the vendors' own filters are for one vendor only.
    static var ofMergedList: [JSONValue] {
        [reference("connections")]
            + ListQuery.parameters.map { reference($0 == "sort" ? "merged_sort" : "list_\($0)") }
            + [reference("include")]
    }

    /// Printable ASCII, but for the two slashes.
    private static let segment: JSONValue = ["type": "string", "pattern": #"^[ -.0-\[\]-~]+$"#]

    // MARK: - Lists

    private static func listParameter(_ name: String) -> JSONValue {
        switch name {
        case "from": query(name, "Entries of this work date or later.", date)
        case "to": query(name, "Entries of this work date or earlier.", date)
        case "user": query(name, "Entries of this user, by id; `me` is the caller's own identity.", ["type": "string"])
        case "subject":
            query(
                name,
                "Entries of this subject, as type and id; the types are in the connection's `list.filters`.",
                ["type": "string", "pattern": "^[^:]+:.+$", "examples": ["client:7"]]
            )
        case "approval": query(name, "Entries in this state of approval.", values(of: .approvalState))
        case "billing": query(name, "Entries in this state of billing.", values(of: .billingState))
        case "billable": query(name, "Entries that can be billed, or that cannot.", ["type": "boolean"])
        case "updated_since":
            query(name, "Entries changed at this instant or later.", ["type": "string", "format": "date-time"])
        case "search": query(name, "Entries in which the vendor finds this text.", ["type": "string"])
        case "sort":
            query(
                name,
                "The order: members, `-` before one turns it round. Those that the vendor sorts by are in the "
                    + "connection's `list.sorts`.",
                [
                    "type": "array", "items": ["type": "string"], "minItems": 1,
                    "examples": [["-work_date", "updated_at"]],
                ],
                isList: true
            )
        case "limit":
            query(
                name,
                "Entries in one answer.",
                [
                    "type": "integer", "minimum": .integer(Int64(ListQuery.limits.lowerBound)),
                    "maximum": .integer(Int64(ListQuery.limits.upperBound)),
                    "default": .integer(Int64(ListQuery.defaultLimit)),
                ]
            )
        case "cursor": query(name, "`next_cursor` of the page before, with the same filters.", ["type": "string"])
        default: query(name, "Entries of this \(name), by id.", ["type": "string"])
        }
    }

    private static let date: JSONValue = ["type": "string", "format": "date"]

    private static func values(of member: Member) -> JSONValue {
        guard case .enumeration(let values) = member.type else { return ["type": "string"] }
        return ["type": "string", "enum": OpenAPISchema.texts(values)]
    }

    private static let vendor: JSONValue = [
        "name": "vendor", "in": "query", "style": "deepObject", "explode": true,
        "description": """
        Filters in the vendor's own words: `vendor[name]=value` or `vendor[name][operator]=value`. The names and \
        operators are in the connection's `list.vendor_filters` and `list.operators`.
        """,
        "schema": [
            "type": "object",
            "additionalProperties": [
                "anyOf": [["type": "string"], ["type": "object", "additionalProperties": ["type": "string"]]]
            ],
        ],
        "example": ["approver_id": "7"],
    ]

    // MARK: - Headers

    private static let prefer: JSONValue = [
        "name": "Prefer", "in": "header",
        "description": """
        What may be done with a value that the vendor cannot hold (RFC 7240): `handling=strict` refuses it, \
        `handling=lenient` sends what the vendor can hold and reports the rest; `rounding` is `up`, `down` or \
        `nearest`. Other preferences are ignored. Without it the connection's own handling counts.
        """,
        "schema": ["type": "string"],
        "example": "handling=lenient; rounding=nearest",
    ]

    private static let keySchema: JSONValue = {
        let uuid = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
        let ulid = "[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}"
        return ["type": "string", "pattern": .string("^(\(uuid)|\(ulid)|\"\(uuid)\"|\"\(ulid)\")$")]
    }()

    private static let idempotencyKey: JSONValue = [
        "name": "Idempotency-Key", "in": "header",
        "description": """
        A UUID or a ULID, bare or in quotes. The same request with the same key is done once: its answer comes again, byte \
        for byte, for at least 24 hours; while it is under way or its outcome is not known, the answer is 409; another \
        request with the key is 422. Without a key the gateway makes one and names it in the answer.
        """,
        "schema": keySchema,
        "example": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
    ]

    private static let ifMatch: JSONValue = [
        "name": "If-Match", "in": "header",
        "description": """
        The `ETag` of a `GET`: the change is made only if the entry is still the same, else 412. It is checked by \
        reading before the write, so that a change in the moment between is not seen.
        """,
        "schema": ["type": "string", "pattern": "^\"[^\"]+\"$"],
        "example": "\"5f1c0a9be2d34c77\"",
    ]

    // MARK: - Forms

    private static func path(_ name: String, _ description: String, _ schema: JSONValue) -> JSONValue {
        [
            "name": .string(name), "in": "path", "required": true, "description": .string(description),
            "schema": schema,
        ]
    }

    /// - Parameter isList: several values in one parameter, with commas between them.
    private static func query(
        _ name: String,
        _ description: String,
        _ schema: JSONValue,
        isList: Bool = false
    ) -> JSONValue {
        var parameter: JSONObject = [
            "name": .string(name), "in": "query", "description": .string(description), "schema": schema,
        ]
        if isList {
            parameter["style"] = "form"
            parameter["explode"] = false
        }
        return .object(parameter)
    }

    private static func includes(_ values: [String], _ description: String) -> JSONValue {
        query(
            "include",
            description,
            ["type": "array", "items": ["type": "string", "enum": OpenAPISchema.texts(values)]],
            isList: true
        )
    }
}
