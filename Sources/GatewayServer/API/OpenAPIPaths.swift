internal import GatewayCore
internal import JSON

/// The addresses of the API, and what can be asked there.
enum OpenAPIPaths {
    static let all: JSONValue = [
        "/v1/{connection}/time-entries": [
            "parameters": [parameter("connection")], "get": list, "post": create,
        ],
        "/v1/{connection}/time-entries/{id}": [
            "parameters": [parameter("connection"), parameter("id")],
            "get": get, "patch": update, "put": replace, "delete": delete,
        ],
        "/v1/{connection}/time-entries/{id}/{action}": [
            "parameters": [parameter("connection"), parameter("id"), parameter("action")], "post": action,
        ],
        "/v1/{connection}/time-entries/actions/{action}": [
            "parameters": [parameter("connection"), parameter("action_on_several")], "post": bulkAction,
        ],
        "/v1/{connection}/time-entries/batch": ["parameters": [parameter("connection")], "post": batch],
        "/v1/time-entries": ["get": mergedList],
        "/v1/connections": ["get": connections],
        "/v1/connections/{connection}": ["parameters": [parameter("connection")], "get": connection],
        "/v1/outcomes": ["get": outcomes],
        "/v1/outcomes/{key}": ["parameters": [parameter("key")], "get": outcome],
        "/v1/calls/{id}": ["parameters": [parameter("call_id")], "get": callRecord],
        "/livez": ["get": text("livez", "Whether the gateway runs", "It runs.", "text/plain")],
        "/openapi.json": [
            "get": [
                "operationId": "openapi", "tags": ["Service"], "summary": "This document", "security": [],
                "responses": responses(
                    [
                        "200": [
                            "description": "OpenAPI 3.1.",
                            "headers": OpenAPIResponses.headers(["X-Request-Id"]),
                            "content": ["application/json": ["schema": ["type": "object"]]],
                        ]
                    ],
                    [.anything]
                ),
            ]
        ],
        "/docs": [
            "get": text("docs", "This document as a page", "HTML that loads nothing from elsewhere.", "text/html")
        ],
    ]

    private static func parameter(_ name: String) -> JSONValue { OpenAPIParameters.reference(name) }

    // MARK: - Entries

    private static let create = operation(
        .create,
        tag: "Entries",
        "Record an entry",
        """
        The entry is checked against the vendor's fields, rules and permissions before anything is sent.
        """,
        parameters: ["dry_run", "trace", "include", "prefer", "idempotency_key"],
        body: body("EntryInput", OpenAPIExamples.creating),
        successes: [
            "201": OpenAPIResponses.success(
                "Recorded.",
                "RecordedAnswer",
                headers: ["Location", "Preference-Applied"],
                examples: ["recorded"]
            ),
            "200": planned,
        ],
        [.entry]
    )

    private static let get = operation(
        .get,
        tag: "Entries",
        "Read an entry",
        "The entry as the vendor has it now.",
        parameters: ["include"],
        successes: [
            "200": OpenAPIResponses.success("The entry.", "RecordedAnswer", headers: ["ETag"], examples: ["recorded"])
        ]
    )

    private static let update = operation(
        .update,
        tag: "Entries",
        "Change an entry",
        """
        A merge patch (RFC 7396). The entry is read first; what the patch names and already is so changes nothing. \
        `ended_at` or `started_at` alone recomputes the length, a length alone moves the end, and the day follows a \
        start that moves. A `null` time is refused; what `null` does to another member is in the connection's `fields`.
        """,
        parameters: ["dry_run", "trace", "include", "prefer", "if_match", "idempotency_key"],
        body: body(
            "EntryInput",
            OpenAPIExamples.changing,
            types: ["application/merge-patch+json", "application/json"]
        ),
        successes: ["200": written],
        [.entry, .change]
    )

    private static let replace = operation(
        .replace,
        tag: "Entries",
        "Replace an entry",
        "The whole entry anew, where the vendor replaces.",
        parameters: ["dry_run", "trace", "include", "prefer", "if_match", "idempotency_key"],
        body: body("EntryInput", OpenAPIExamples.replacing),
        successes: ["200": written],
        [.entry, .change]
    )

    private static let delete = operation(
        .delete,
        tag: "Entries",
        "Delete an entry",
        "Deletes the entry at the vendor.",
        parameters: ["dry_run", "trace", "include", "if_match", "idempotency_key"],
        successes: ["204": OpenAPIResponses.success("Deleted.", nil), "200": planned],
        [.change]
    )

    private static let batch = operation(
        .create,
        id: "batch",
        tag: "Entries",
        "Record many entries",
        """
        Each is recorded by itself, and one that is refused spoils no other. A list has at most \
        \(EntryBatch.maximumItems) in a request of 1 MiB. Lines (`application/x-ndjson`) are read as they come, at most \
        \(BatchStream.maximumLines) of 1 MiB each and \(BatchStream.maximumBytes >> 20) MiB in all, and answered as \
        lines, each as soon as its outcome and all before it are known. The status comes before the first line is read; \
        a body that breaks off then has one outcome more, which says so.
        """,
        parameters: ["dry_run", "include", "prefer"],
        body: [
            "required": true,
            "content": [
                "application/json": [
                    "schema": [
                        "type": "array", "items": OpenAPISchema.reference("BatchItem"), "minItems": 1,
                        "maxItems": .integer(Int64(EntryBatch.maximumItems)),
                    ],
                    "examples": OpenAPIExamples.references(OpenAPIExamples.batching),
                ],
                "application/x-ndjson": [
                    "schema": ["type": "string", "description": "A `BatchItem` in each line."],
                    "examples": OpenAPIExamples.references(OpenAPIExamples.batchingLines),
                ],
            ],
        ],
        successes: [
            "207": [
                "description": "An outcome for each entry, in the order of the request.",
                "headers": OpenAPIResponses.headers(["X-Request-Id", "Preference-Applied"]),
                "content": [
                    "application/json": ["schema": OpenAPISchema.reference("BatchOutcomes")],
                    "application/x-ndjson": [
                        "schema": ["type": "string", "description": "A `BatchOutcome` in each line, streamed."]
                    ],
                ],
            ]
        ],
        [.entry]
    )

    // MARK: - Lists

    private static let list = operation(
        .list,
        tag: "Lists",
        "List entries",
        """
        Each filter and sort is passed to the vendor or refused by name; none is ignored. Without the scope \
        `read:others` the list holds the caller's own entries.
        """,
        more: OpenAPIParameters.ofList,
        successes: [
            "200": OpenAPIResponses.success("A page.", "EntryList", headers: ["Link"], examples: ["page"])
        ]
    )

    private static let mergedList: JSONValue = [
        "operationId": "list_merged",
        "tags": ["Lists"],
        "summary": "List the entries of several connections",
        "description": """
        One list, in one order. A connection that fails, is late, or cannot filter or sort so is named in \
        `incomplete`; the others are answered.
        """,
        "security": [["key": [.string(Scope.read.rawValue)]]],
        "parameters": .array(OpenAPIParameters.ofMergedList),
        "responses": responses(
            ["200": OpenAPIResponses.success("A page.", "MergedEntryList", headers: ["Link"])],
            [.anything, .key, .connection, .parameters]
        ),
    ]

    // MARK: - Actions

    private static let action = operation(
        nil,
        id: "act",
        tag: "Actions",
        "Approve, reject, stop …",
        "What a connection offers is in its `operations`. A state that forbids the action is 409, and nothing is sent.",
        parameters: ["dry_run", "trace", "include", "prefer", "if_match", "idempotency_key"],
        body: body("ActionInput", OpenAPIExamples.acting, isRequired: false),
        successes: ["200": written],
        [.entry, .change]
    )

    private static let bulkAction = operation(
        nil,
        id: "act_on_several",
        tag: "Actions",
        "The same, or deleting, on several entries",
        "Through the vendor's own call for several where it has one, else one by one.",
        parameters: ["include", "prefer", "idempotency_key"],
        body: body("BulkActionInput", OpenAPIExamples.actingOnSeveral),
        successes: [
            "207": OpenAPIResponses.success("An outcome for each entry.", "ActionOutcomes")
        ],
        [.entry, .change]
    )

    // MARK: - Connections

    private static let connections: JSONValue = [
        "operationId": "connections", "tags": ["Connections"], "summary": "List the connections",
        "description": "Those that this key may use, with what each offers.",
        "responses": responses(
            ["200": OpenAPIResponses.success("The connections.", "ConnectionList")],
            [.anything, .key]
        ),
    ]

    private static let connection: JSONValue = [
        "operationId": "connection", "tags": ["Connections"], "summary": "What a connection can do",
        "description": "Everything that a request will be checked against, to be known before one is sent.",
        "responses": responses(
            ["200": OpenAPIResponses.success("The connection.", "ConnectionAnswer")],
            [.anything, .key, .connection],
            without: [.connectionDisabled]
        ),
    ]

    // MARK: - Outcomes

    private static let outcomes: JSONValue = [
        "operationId": "outcomes", "tags": ["Outcomes"], "summary": "List what became of writes",
        "description": "The caller's own writes in the journal, the oldest first. Settled ones are kept for 30 days.",
        "parameters": .array([
            parameter("outcome_state"), parameter("outcome_connection"), parameter("outcome_limit"),
            parameter("outcome_cursor"),
        ]),
        "responses": responses(
            ["200": OpenAPIResponses.success("The outcomes.", "OutcomeList")],
            [.anything, .key, .parameters, .write]
        ),
    ]

    private static let outcome: JSONValue = [
        "operationId": "outcome", "tags": ["Outcomes"], "summary": "What became of a write",
        "description": """
        The writes with this idempotency key: one, unless the key was used at several connections, for several operations \
        or for an action on several entries.
        """,
        "responses": responses(
            ["200": OpenAPIResponses.success("The outcomes.", "OutcomeList")],
            [.anything, .key, .outcome, .parameters, .write]
        ),
    ]

    // MARK: - Calls

    private static let callRecord: JSONValue = [
        "operationId": "call", "tags": ["Calls"], "summary": "What a call did, step by step",
        "description": """
        The record of one of the caller's own calls about entries: what was asked, each step with its time, what scripts \
        used and changed, what was sent to the vendor and answered. Records are kept for a while only.
        """,
        "responses": responses(
            ["200": OpenAPIResponses.success("The record.", "CallRecordAnswer")],
            [.anything, .key, .call]
        ),
    ]

    // MARK: - Forms

    private static let planned = OpenAPIResponses.success(
        "With `dry_run`: what would be sent.",
        "PlannedAnswer",
        headers: ["Preference-Applied"],
        examples: ["planned"]
    )

    private static let written = OpenAPIResponses.success(
        "The entry as it is then; with `dry_run`, what would be sent.",
        "WrittenAnswer",
        headers: ["Preference-Applied"],
        examples: ["recorded", "planned"]
    )

    /// A call about the entries of one connection.
    ///
    /// - Parameters:
    ///   - operation: what the scope follows from; `nil` where the path decides.
    ///   - parameters: the names of shared parameters.
    ///   - steps: where problems come from, beside those of every such call.
    private static func operation(
        _ operation: Operation?,
        id: String? = nil,
        tag: String,
        _ summary: String,
        _ description: String,
        parameters: [String] = [],
        more: [JSONValue] = [],
        body: JSONValue? = nil,
        successes: JSONObject,
        _ steps: [OpenAPIResponses.Step] = []
    ) -> JSONValue {
        let scopes: [JSONValue] = operation.map { [.string($0.scope.rawValue)] } ?? []
        var object: JSONObject = [
            "operationId": .string(id ?? operation?.rawValue ?? ""),
            "tags": [.string(tag)],
            "summary": .string(summary),
            "description": .string(description),
            "security": [["key": .array(scopes)]],
            "parameters": .array(parameters.map { parameter($0) } + more),
        ]
        if let body { object["requestBody"] = body }
        var all: [OpenAPIResponses.Step] = [.anything, .key, .connection, .parameters, .vendor] + steps
        if body != nil { all.append(.body) }
        // A write is an operation that may change something; only lists and single reads are none.
        let isWrite = !(operation?.isRead ?? false)
        if isWrite { all.append(.write) }
        // Each entry of a batch has a key of its own, in its outcome.
        let keys = isWrite && id != "batch" ? ["Idempotency-Key", "Idempotent-Replayed"] : []
        object["responses"] = responses(with(keys + ["RateLimit-Policy", "RateLimit"], successes), all)
        return .object(object)
    }

    /// The answers with further headers.
    private static func with(_ names: [String], _ successes: JSONObject) -> JSONObject {
        var all = successes
        for success in successes {
            guard var response = success.value.object, var headers = response["headers"]?.object else { continue }
            for name in names {
                headers[name] = OpenAPISchema.reference("headers", name)
            }
            response["headers"] = .object(headers)
            all[success.key] = .object(response)
        }
        return all
    }

    private static func responses(
        _ successes: JSONObject,
        _ steps: [OpenAPIResponses.Step],
        without: [ProblemCode] = []
    ) -> JSONValue {
        var all = successes
        for problem in OpenAPIResponses.problems(steps, without: without) { all[problem.key] = problem.value }
        return .object(all)
    }

    private static func body(
        _ schema: String,
        _ examples: [String],
        types: [String] = ["application/json"],
        isRequired: Bool = true
    ) -> JSONValue {
        var content = JSONObject()
        for type in types {
            content[type] = [
                "schema": OpenAPISchema.reference(schema), "examples": OpenAPIExamples.references(examples),
            ]
        }
        return ["required": .bool(isRequired), "content": .object(content)]
    }

    private static func text(_ id: String, _ summary: String, _ description: String, _ type: String) -> JSONValue {
        [
            "operationId": .string(id), "tags": ["Service"], "summary": .string(summary), "security": [],
            "responses": responses(
                [
                    "200": [
                        "description": .string(description),
                        "headers": OpenAPIResponses.headers(["X-Request-Id"]),
                        "content": .object([(type, ["schema": ["type": "string"]] as JSONValue)].asObject),
                    ]
                ],
                [.anything]
            ),
        ]
    }
}
