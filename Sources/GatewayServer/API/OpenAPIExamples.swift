internal import GatewayCore
internal import JSON

/// Examples of bodies. Those of requests are accepted as they stand by a connection that they fit; every vendor has
/// identifiers of its own.
enum OpenAPIExamples {
    static let creating = ["start_and_duration", "start_and_end", "day_and_duration", "local_times", "timer"]
    static let changing = ["change_note", "change_duration"]
    static let replacing = ["replacement"]
    static let acting = ["reason"]
    static let actingOnSeveral = ["several"]
    static let batching = ["batch"]
    static let batchingLines = ["batch_lines"]

    static func references(_ names: [String]) -> JSONValue {
        .object(names.map { ($0, OpenAPISchema.reference("examples", $0)) }.asObject)
    }

    /// The example of a problem with this status, if there is one.
    static func problem(_ status: Int) -> String? {
        switch status {
        case 409: "state_conflict"
        case 422: "unrepresentable"
        case 502: "outcome_unknown"
        default: nil
        }
    }

    static var components: JSONValue {
        var all = requests
        for example in answers { all[example.key] = example.value }
        return .object(all)
    }

    private static func example(_ summary: String, _ value: JSONValue) -> JSONValue {
        ["summary": .string(summary), "value": value]
    }

    // MARK: - Requests

    private static let workshop: JSONValue = [
        "work_date": "2026-11-20", "duration": "2h", "subjects": ["service": ["id": "1192"], "task": ["id": "444"]],
        "note": "Workshop with the client",
    ]

    private static let requests: JSONObject = [
        "start_and_duration": example(
            "A start and a duration",
            [
                "started_at": "2026-11-20T09:00:00+01:00", "duration": "1h30m",
                "subjects": ["project": ["id": "5021"]], "activity": ["name": "Design"], "note": "Second round",
                "billable": true,
            ]
        ),
        "start_and_end": example(
            "A start and an end",
            [
                "started_at": "2026-11-20T11:00:00+00:00", "ended_at": "2026-11-20T11:45:00+00:00",
                "subjects": ["client": ["id": "f5bf01bf-5096-4575-9618-2d8176af136c"]], "title": "Research",
                "note": "Second round",
            ]
        ),
        "day_and_duration": example("A day and a duration", workshop),
        "local_times": example(
            "Local times and a zone",
            [
                "started_at": "2026-11-20T13:00:00", "ended_at": "2026-11-20T14:30:00",
                "time_zone": "Europe/Berlin", "activity": ["id": "b1f9c9b5-3d5d-4b0e-8f2e-4a3c5d6e7f80"],
                "subjects": ["project": ["id": "6f1c2f5e-2b51-4f0a-9d55-0a8b3f1d2c3e"]], "note": "Second round",
            ]
        ),
        "timer": example(
            "A running timer",
            [
                "timer_state": "running", "started_at": "2026-11-20T13:00:00+01:00",
                "activity": ["id": "b1f9c9b5-3d5d-4b0e-8f2e-4a3c5d6e7f80"],
                "subjects": ["project": ["id": "6f1c2f5e-2b51-4f0a-9d55-0a8b3f1d2c3e"]],
            ]
        ),
        "change_note": example("Another note", ["note": "Workshop with the client, second day"]),
        "change_duration": example("Another length", ["duration": "2h30m"]),
        "replacement": example(
            "The whole entry anew",
            [
                "started_at": "2026-11-20T11:00:00+00:00", "ended_at": "2026-11-20T12:00:00+00:00",
                "subjects": ["client": ["id": "f5bf01bf-5096-4575-9618-2d8176af136c"]], "title": "Research",
                "note": "Third round",
            ]
        ),
        "reason": example("With a reason", ["reason": "The project is closed."]),
        "several": example("Two entries", ["ids": ["226", "227"]]),
        "batch": example("Two entries", [["entry": workshop], ["entry": second]]),
        "batch_lines": example(
            "Two entries, one in each line",
            .string("\(line(workshop))\n\(line(second))\n")
        ),
    ]

    private static let second: JSONValue = [
        "work_date": "2026-11-21", "duration": "45m", "subjects": ["service": ["id": "1192"]], "note": "Minutes",
    ]

    private static func line(_ entry: JSONValue) -> String { (["entry": entry] as JSONValue).serialized(.compact) }

    // MARK: - Answers

    private static let entry: JSONValue = [
        "id": "227", "connection": "acme", "vendor": "example", "work_date": "2026-11-20",
        "duration_seconds": 7200, "shape": "date_duration", "user": ["id": "8160"],
        "subjects": ["task": ["id": "444"], "service": ["id": "1192"]], "note": "Workshop with the client",
        "billable_seconds": 7200, "approval": ["state": "unapproved"], "tracked_by": "manual",
        "created_at": "2026-11-20T12:00:00+00:00", "completeness": "full",
    ]

    private static let mapping: JSONValue = [
        "converted": [
            [
                "field": "duration_seconds", "vendor_field": "data.attributes.time", "asked": 7200, "sent": 120,
                "why": "The vendor counts in minutes.",
            ]
        ],
        "defaulted": [
            [
                "field": "user.id", "vendor_field": "data.relationships.person.data.id", "sent": "8160",
                "why": "The caller's own identity at this connection.",
            ]
        ],
    ]

    private static let answers: JSONObject = [
        "recorded": example("The entry and its report", ["data": entry, "mapping": mapping]),
        "planned": example(
            "The request that would be sent",
            [
                "plan": [
                    "method": "POST", "url": "https://api.example.com/v2/time_entries",
                    "headers": ["X-Auth-Token": "***", "Content-Type": "application/vnd.api+json"],
                    "body": [
                        "data": ["type": "time_entries", "attributes": ["date": "2026-11-20", "time": 120]]
                    ],
                ],
                "data": [
                    "work_date": "2026-11-20", "duration_seconds": 7200, "user": ["id": "8160"],
                    "subjects": ["service": ["id": "1192"]],
                ],
                "mapping": mapping,
            ]
        ),
        "page": example("A page", ["data": [entry], "next_cursor": "eyJwIjoyfQ"]),
        "unrepresentable": example(
            "A loss that was not allowed",
            problem(
                .unrepresentable,
                "The vendor holds whole minutes: 100 s would become 120 s.",
                origin: .caller,
                sent: .no,
                errors: [
                    FieldError(
                        .unrepresentable,
                        "duration",
                        "The vendor holds whole minutes: 100 s would become 120 s.",
                        vendorField: "data.attributes.time"
                    )
                ]
            )
        ),
        "state_conflict": example(
            "A state that forbids it",
            problem(
                .stateConflict,
                "approval.state is approved: the vendor does not reject it then.",
                origin: .gateway,
                sent: .no
            )
        ),
        "outcome_unknown": example(
            "No answer after the request had left",
            problem(
                .outcomeUnknown,
                "Example: the connection was reset. The request had left; whether it was recorded is not known.",
                origin: .vendor,
                sent: .maybe
            )
        ),
    ]

    private static let requestID = "01kakgx5x0e8m5c1"

    private static func problem(
        _ code: ProblemCode,
        _ detail: String,
        origin: Problem.Origin,
        sent: Problem.Sent,
        errors: [FieldError] = []
    ) -> JSONValue {
        let body = Problem(code, detail, origin: origin, sent: sent, errors: errors).body(requestID: requestID)
        return (try? JSONValue(parsing: body)) ?? .null
    }
}
