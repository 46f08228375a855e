internal import GatewayCore
internal import JSON

/// The schemas of what stands around entries: in answers, and in the bodies of actions and batches.
enum OpenAPIAnswerSchemas {
    static var all: JSONObject {
        [
            "RecordedAnswer": recorded,
            "PlannedAnswer": planned,
            "WrittenAnswer": [
                "description": "The entry as it is then; with `dry_run`, the plan instead.",
                "anyOf": [OpenAPISchema.reference("PlannedAnswer"), OpenAPISchema.reference("RecordedAnswer")],
            ],
            "EntryList": list,
            "MergedEntryList": merged,
            "Plan": plan,
            "MappingReport": report,
            "MappingNote": note,
            "ActionInput": actionInput,
            "BulkActionInput": bulkActionInput,
            "ActionOutcomes": outcomes(of: "ActionOutcome"),
            "ActionOutcome": actionOutcome,
            "BatchItem": batchItem,
            "BatchOutcomes": outcomes(of: "BatchOutcome"),
            "BatchOutcome": batchOutcome,
            "OutcomeList": outcomeList,
            "Outcome": outcome,
            "CallRecordAnswer": callRecord,
            "CallStep": callStep,
        ]
    }

    private static let mapping = OpenAPISchema.reference("MappingReport")
    private static let entry = OpenAPISchema.reference("Entry")

    // MARK: - One entry

    private static let recorded = OpenAPISchema.object(
        "An entry, and what its mapping did to it.",
        ["data": entry, "mapping": mapping],
        required: ["data"]
    )

    private static let planned = OpenAPISchema.object(
        "What a write would send. Nothing was sent.",
        [
            "plan": OpenAPISchema.reference("Plan"), "data": OpenAPISchema.reference("PlannedEntry"),
            "mapping": mapping,
            "trace": OpenAPISchema.list(of: OpenAPISchema.reference("CallStep"), "With `trace=true`: the steps."),
        ],
        required: ["plan", "data"]
    )

    private static let plan = OpenAPISchema.object(
        "The exact request, secrets hidden.",
        [
            "method": OpenAPISchema.string("The vendor's HTTP method."),
            "url": OpenAPISchema.string("Where it would go."),
            "headers": OpenAPISchema.map(
                of: ["type": "string"],
                "Its headers, but for those of HTTP itself. A secret is `***`."
            ),
            "body": ["description": "Its body, where it has one."],
            "undetermined": OpenAPISchema.list(
                of: ["type": "string"],
                "What would have to be read at the vendor first; `dry_run=reads` reads it."
            ),
        ],
        required: ["method", "url", "headers"]
    )

    // MARK: - Lists

    private static let cursor = OpenAPISchema.string("Goes into `cursor` for the next page; absent on the last one.")

    private static let list = OpenAPISchema.object(
        "A page of entries; the mapping report of each stands in its `meta`.",
        ["data": OpenAPISchema.list(of: entry, "The entries, in order."), "next_cursor": cursor],
        required: ["data"]
    )

    private static let merged = OpenAPISchema.object(
        "A page of the entries of several connections.",
        [
            "data": OpenAPISchema.list(of: entry, "The entries, in order."),
            "next_cursor": cursor,
            "incomplete": OpenAPISchema.list(
                of: OpenAPISchema.object(
                    "A connection whose entries are not in the list, and why.",
                    [
                        "connection": OpenAPISchema.string("Its name."),
                        "problem": OpenAPISchema.reference("Problem"),
                    ],
                    required: ["connection", "problem"]
                ),
                "The connections that could not answer. Empty where all did."
            ),
        ],
        required: ["data", "incomplete"]
    )

    // MARK: - The mapping report

    private static var report: JSONValue {
        var properties = JSONObject()
        for kind in MappingReport.Kind.allCases {
            properties["\(kind.name)"] = OpenAPISchema.list(
                of: OpenAPISchema.reference("MappingNote"),
                meaning(of: kind)
            )
        }
        return OpenAPISchema.object(
            "What the mapping did, field by field. Lists with nothing in them are left out.",
            properties
        )
    }

    private static func meaning(of kind: MappingReport.Kind) -> String {
        switch kind {
        case .converted: "Another unit or spelling of the same value; nothing is lost."
        case .derived: "Worked out from other members."
        case .defaulted: "Filled in from the connection or the caller's identity."
        case .rounded: "Changed to what the vendor's unit can hold."
        case .dropped: "Not sent."
        case .echoed: "Not in the vendor's answer, filled in from what was sent."
        case .inconsistent: "The vendor's values contradict each other, or what was sent."
        }
    }

    private static let note = OpenAPISchema.object(
        "What became of one field.",
        [
            "field": OpenAPISchema.string("The member of the entry."),
            "vendor_field": OpenAPISchema.string("The vendor's field, where there is one."),
            "asked": ["description": "What the caller asked for, or what one side says."],
            "sent": ["description": "What was sent, or what the other side says."],
            "why": OpenAPISchema.string("The reason, in words."),
        ],
        required: ["field", "why"]
    )

    // MARK: - Actions and batches

    private static let reason: JSONValue = [
        "type": "string", "minLength": 1,
        "description": "Why; refused where the vendor takes none.",
    ]

    private static let actionInput = OpenAPISchema.object("What an action says.", ["reason": reason], isClosed: true)

    private static let bulkActionInput = OpenAPISchema.object(
        "The entries that an action is for.",
        [
            "ids": [
                "type": "array", "items": ["type": "string", "minLength": 1], "uniqueItems": true, "minItems": 1,
                "maxItems": .integer(Int64(Pipeline.maximumItems)),
                "description": "The identifiers of the entries.",
            ],
            "reason": reason,
        ],
        required: ["ids"],
        isClosed: true
    )

    private static func outcomes(of name: String) -> JSONValue {
        OpenAPISchema.object(
            "An outcome for each, in the order of the request.",
            ["data": OpenAPISchema.list(of: OpenAPISchema.reference(name), "The outcomes.")],
            required: ["data"]
        )
    }

    private static let status = OpenAPISchema.integer("The status that a request for it alone would have had.")

    private static let actionOutcome = OpenAPISchema.object(
        "What became of one entry: `data` or `problem`.",
        [
            "id": OpenAPISchema.string("The entry."), "status": status, "data": entry, "mapping": mapping,
            "problem": OpenAPISchema.reference("Problem"), "replayed": replayed,
        ],
        required: ["id", "status"]
    )

    private static let replayed: JSONValue = [
        "const": true, "description": "This is the answer of an earlier request with the same key.",
    ]

    // MARK: - Outcomes

    private static let outcomeList = OpenAPISchema.object(
        "A page of outcomes, the oldest first.",
        ["data": OpenAPISchema.list(of: OpenAPISchema.reference("Outcome"), "The outcomes."), "next_cursor": cursor],
        required: ["data"]
    )

    private static let outcome = OpenAPISchema.object(
        "What became of a write.",
        [
            "key": OpenAPISchema.string("Its idempotency key."),
            "connection": OpenAPISchema.string("The connection."),
            "operation": OpenAPISchema.choice(Operation.allCases.map(\.rawValue), "What was asked for."),
            "state": OpenAPISchema.choice(
                WriteState.allCases.map(\.rawValue),
                "How far it has come: `sending` is under way, `answered` is at the vendor but its answer could not be "
                    + "mapped, `unknown` and `reconciling` are being looked for, `needs_operator` waits for a person, `done` "
                    + "is settled, and so are `not_recorded`, which the vendor has not, and `expired`, whose keys are free again."
            ),
            "sent": OpenAPISchema.choice(
                [Problem.Sent.no, .maybe, .yes].map(\.rawValue),
                "Whether the vendor has the request."
            ),
            "entry_id": OpenAPISchema.string("The vendor's identifier of the entry."),
            "status": OpenAPISchema.integer(
                "The status that was answered; the same request with the key answers it again."
            ),
            "reason": OpenAPISchema.string("Why it is not known, or how it was found out."),
            "settled_by": OpenAPISchema.string("Who settled it, where that was not the vendor's own answer."),
            "is_key_generated": OpenAPISchema.boolean("Whether the gateway made the key."),
            "attempts": OpenAPISchema.integer("How often it was handed to the network."),
            "created_at": OpenAPISchema.string("When it came.", format: "date-time"),
            "changed_at": OpenAPISchema.string("When its state last changed.", format: "date-time"),
        ],
        required: [
            "key", "connection", "operation", "state", "sent", "is_key_generated", "attempts", "created_at",
            "changed_at",
        ]
    )

    // MARK: - Calls

    private static let anything: JSONValue = ["description": "JSON, or its text."]

    private static let callRecord = OpenAPISchema.object(
        "What is kept of a call.",
        [
            "data": OpenAPISchema.object(
                "The record.",
                [
                    "id": OpenAPISchema.string("The call's `X-Request-Id`."),
                    "time": OpenAPISchema.string("When it was answered.", format: "date-time"),
                    "caller": OpenAPISchema.string("The key's name."),
                    "connection": OpenAPISchema.string("The connection."),
                    "vendor": OpenAPISchema.string("The vendor's identifier."),
                    "operation": OpenAPISchema.string("What was asked for."),
                    "status": status,
                    "took_us": OpenAPISchema.integer("Microseconds from its begin to its answer."),
                    "generation": OpenAPISchema.integer("The configuration that it was made with."),
                    "request": OpenAPISchema.map(of: anything, "Method, path, query and body as they came."),
                    "steps": OpenAPISchema.list(of: OpenAPISchema.reference("CallStep"), "The steps, in order."),
                    "parts": OpenAPISchema.list(
                        of: ["type": "string"],
                        "The identifiers of the records that entries of a batch and connections of a merged list have."
                    ),
                    "answer": anything,
                ],
                required: ["id", "time", "caller", "operation", "status", "took_us", "generation", "request"]
            )
        ],
        required: ["data"]
    )

    private static let callStep = OpenAPISchema.object(
        "One step of a call.",
        [
            "step": OpenAPISchema.choice(CallTrace.Stage.allCases.map(\.name), "Which step."),
            "at_us": OpenAPISchema.integer("Microseconds after the call's begin."),
            "took_us": OpenAPISchema.integer("Microseconds that it took."),
            "fields": OpenAPISchema.map(
                of: OpenAPISchema.list(of: ["type": "string"], "Members."),
                "What became of members: `converted`, `rounded`, …"
            ),
            "function": OpenAPISchema.string("The plugin's function, or the hook's with its file."),
            "instructions": OpenAPISchema.integer("What a script used, in instructions."),
            "script_us": OpenAPISchema.integer("Microseconds in the script itself."),
            "memory": OpenAPISchema.integer("Bytes that the script's sandbox holds."),
            "changed": OpenAPISchema.list(
                of: OpenAPISchema.object(
                    "One place.",
                    [
                        "field": OpenAPISchema.string("Its JSON pointer."), "before": anything, "after": anything,
                    ],
                    required: ["field"]
                ),
                "What a script changed."
            ),
            "attempt": OpenAPISchema.integer("Which request of the call to the vendor it is."),
            "request": OpenAPISchema.map(of: anything, "What was sent, secrets hidden."),
            "answer": OpenAPISchema.map(of: anything, "What the vendor answered."),
            "failure": OpenAPISchema.map(of: ["type": "string"], "Why there is no answer."),
        ],
        required: ["step", "at_us", "took_us"]
    )

    // MARK: - Batches

    private static let batchItem = OpenAPISchema.object(
        "One entry of a batch.",
        [
            "key": OpenAPISchema.string("Its idempotency key: a UUID or a ULID."),
            "entry": OpenAPISchema.reference("EntryInput"),
        ],
        required: ["entry"],
        isClosed: true
    )

    private static let batchOutcome = OpenAPISchema.object(
        "What became of one entry of a batch: `data` (with `dry_run`, also `plan`) or `problem`.",
        [
            "index": OpenAPISchema.integer("Its place in the request, from 0."),
            "key": OpenAPISchema.string("Its idempotency key, if it had one."),
            "status": status,
            "data": ["anyOf": [entry, OpenAPISchema.reference("PlannedEntry")]],
            "mapping": mapping,
            "plan": OpenAPISchema.reference("Plan"),
            "problem": OpenAPISchema.reference("Problem"), "replayed": replayed,
        ],
        required: ["index", "status"]
    )
}
