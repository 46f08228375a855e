internal import GatewayCore
internal import JSON

/// The schemas of connections and of what they can do.
enum OpenAPIConnectionSchemas {
    static var all: JSONObject {
        [
            "ConnectionList": OpenAPISchema.object(
                "The connections that this key may use.",
                ["data": OpenAPISchema.list(of: OpenAPISchema.reference("ConnectionSummary"), "Sorted by name.")],
                required: ["data"]
            ),
            "ConnectionSummary": summary,
            "ConnectionAnswer": OpenAPISchema.object(
                "One connection.",
                ["data": OpenAPISchema.reference("Connection")],
                required: ["data"]
            ),
            "Connection": connection,
            "Field": field,
            "ListCapabilities": lists,
        ]
    }

    private static let head: JSONObject = [
        "name": OpenAPISchema.string("What stands in the paths for it."),
        "vendor": OpenAPISchema.string("The vendor's identifier: the name of its plugin."),
        "state": OpenAPISchema.choice(
            ["ready", "disabled"],
            "A disabled connection answers 503; every other one works."
        ),
        "reason": OpenAPISchema.string("Why it is disabled."),
    ]

    private static let operationNames = OpenAPISchema.texts(Operation.allCases.map(\.rawValue))

    private static var summary: JSONValue {
        var properties = head
        properties["operations"] = OpenAPISchema.list(
            of: ["type": "string", "enum": operationNames],
            "What its vendor offers."
        )
        return OpenAPISchema.object("A connection.", properties, required: ["name", "vendor", "state"])
    }

    private static var connection: JSONValue {
        var properties = head
        for member in capabilities { properties[member.key] = member.value }
        return OpenAPISchema.object(
            "A connection and what can be done through it. One that is disabled says its reason and no more.",
            properties,
            required: ["name", "vendor", "state"]
        )
    }

    private static var capabilities: JSONObject {
        [
            "title": OpenAPISchema.string("The vendor's name."),
            "docs": OpenAPISchema.string("Where the vendor describes its API."),
            "handling": OpenAPISchema.object(
                "What becomes of a value that the vendor cannot hold, unless a request says otherwise with `Prefer`.",
                [
                    "mode": OpenAPISchema.choice(["strict", "lenient"], "Refused, or sent changed and reported."),
                    "rounding": OpenAPISchema.choice(
                        Rounding.allCases.map(\.rawValue),
                        "How a duration is brought to the vendor's unit."
                    ),
                ],
                required: ["mode"]
            ),
            "time_zone": OpenAPISchema.string("The zone of local times and days, where the entry names none."),
            "operations": operations,
            "times": OpenAPISchema.object(
                "The forms of time that the vendor takes.",
                [
                    "accepts": OpenAPISchema.list(
                        of: ["type": "string", "enum": OpenAPISchema.texts(TimeForm.allCases.map(\.rawValue))],
                        "The forms that need no conversion."
                    ),
                    "starts_timer": OpenAPISchema.boolean("Whether `timer_state: running` starts a timer."),
                ],
                required: ["accepts", "starts_timer"]
            ),
            "user": OpenAPISchema.object(
                "Whose time it can be.",
                ["settable": OpenAPISchema.boolean("Whether `user` can be somebody else than the connection's own.")],
                required: ["settable"]
            ),
            "subjects": OpenAPISchema.list(of: ["type": "string"], "The types of subject that the vendor takes."),
            "fields": OpenAPISchema.list(
                of: OpenAPISchema.reference("Field"),
                "The vendor's fields, in its own order."
            ),
            "list": OpenAPISchema.reference("ListCapabilities"),
            "limits": OpenAPISchema.list(
                of: OpenAPISchema.object(
                    "So many requests in every interval of that length.",
                    [
                        "requests": OpenAPISchema.integer("How many."),
                        "per_seconds": OpenAPISchema.integer("The length of the interval in seconds."),
                    ],
                    required: ["requests", "per_seconds"]
                ),
                "The vendor's rate limits that the gateway keeps for this connection."
            ),
            "idempotency": OpenAPISchema.object(
                "What can be promised about a create that is sent again.",
                [
                    "class": OpenAPISchema.choice(["exactly_once", "reconciled", "at_most_once"], "The promise."),
                    "why": OpenAPISchema.string("The reason, in words."),
                ],
                required: ["class", "why"]
            ),
            "native": OpenAPISchema.object(
                "What can be done for clients that speak the vendor's own dialect.",
                [
                    "reads_requests": OpenAPISchema.boolean("Whether the proxy reads their requests."),
                    "writes_answers": OpenAPISchema.boolean("Whether answers can be written for them."),
                    "why": OpenAPISchema.string("Why not, in words."),
                ],
                required: ["reads_requests", "writes_answers"]
            ),
            "functions": OpenAPISchema.list(
                of: ["type": "string", "enum": OpenAPISchema.texts(PluginFunction.allCases.map(\.rawValue))],
                "What the plugin decides with code of its own."
            ),
        ]
    }

    private static var operations: JSONValue {
        let state = OpenAPISchema.map(of: ["type": "string"], "A member of the entry, and its value.")
        let one = OpenAPISchema.object(
            "One operation.",
            [
                "scope": OpenAPISchema.choice(Scope.allCases.map(\.rawValue), "What a key needs for it."),
                "replaces_whole_entry": OpenAPISchema.boolean(
                    "Whether the vendor only replaces: the entry is read, changed and written whole."
                ),
                "takes_reason": OpenAPISchema.boolean("Whether `reason` can be given."),
                "refused_when": state,
                "only_when": state,
                "answers": OpenAPISchema.choice(
                    ["full", "partial", "id_only"],
                    "How much of the entry the vendor answers with."
                ),
            ],
            required: ["scope"]
        )
        return OpenAPISchema.map(of: one, "By the operation's name; one that is not here is 501.")
    }

    private static let field = OpenAPISchema.object(
        "A field of the vendor, and the member of the entry that it stands for.",
        [
            "field": OpenAPISchema.string("The member."),
            "vendor_field": OpenAPISchema.string("The field, as a path in the vendor's JSON."),
            "access": OpenAPISchema.choice(["read", "write", "read_write"], "Where the field stands."),
            "as": OpenAPISchema.string("How the value is written at the vendor: `minutes`, `rfc3339`, `enum`, …"),
            "proxy": OpenAPISchema.choice(
                ["none", "read", "read_write"],
                "Whether a native client's field is read, and written back where a hook changed it."
            ),
            "loss": OpenAPISchema.choice(
                ["critical", "value", "advisory", "bookkeeping"],
                """
                What becomes of a value that the vendor cannot hold: never dropped; refused unless handling is \
                lenient; converted and reported; or not sent at all.
                """
            ),
            "required": OpenAPISchema.list(
                of: ["type": "string", "enum": operationNames],
                "The operations that need it."
            ),
            "operations": OpenAPISchema.list(
                of: ["type": "string", "enum": operationNames],
                "The operations that write it; all, if absent."
            ),
            "forms": OpenAPISchema.list(
                of: ["type": "string", "enum": OpenAPISchema.texts(TimeForm.allCases.map(\.rawValue))],
                "The forms of time in which it is written."
            ),
            "values": OpenAPISchema.list(of: ["type": "string"], "The values that it can have."),
            "null": OpenAPISchema.choice(["clears", "refused"], "What an explicit `null` does."),
            "minimum": OpenAPISchema.integer("The least value, in the member's unit."),
            "maximum": OpenAPISchema.integer("The greatest value, in the member's unit."),
            "maximum_length": OpenAPISchema.integer("The greatest length of a text, in Unicode scalars."),
            "takes_in": OpenAPISchema.list(of: ["type": "string"], "Members that are put into this text."),
            "why": OpenAPISchema.string("Why the field is as it is."),
        ],
        required: ["field", "vendor_field", "access", "as"]
    )

    private static let kind = OpenAPISchema.choice(
        FilterRule.kinds.map(\.name) + ["enum"],
        "What the value must be; another is refused before anything is sent."
    )

    private static let lists = OpenAPISchema.object(
        "What a list can be asked for.",
        [
            "filters": OpenAPISchema.list(
                of: OpenAPISchema.object(
                    "A filter.",
                    [
                        "name": OpenAPISchema.string("The query parameter, or a type of subject."),
                        "kind": kind,
                        "subject": OpenAPISchema.boolean("Whether the name is a type: `subject=type:id`."),
                        "required": OpenAPISchema.boolean("Whether the vendor lists nothing without it."),
                        "types": OpenAPISchema.list(of: ["type": "string"], "The types of subject that it takes."),
                        "values": OpenAPISchema.list(of: ["type": "string"], "The values that it takes."),
                        "privileged": OpenAPISchema.boolean("Whether only some of the vendor's tokens may use it."),
                    ],
                    required: ["name", "kind"]
                ),
                "The unified filters that the vendor has."
            ),
            "vendor_filters": OpenAPISchema.list(
                of: OpenAPISchema.object(
                    "A filter in the vendor's own words.",
                    [
                        "name": OpenAPISchema.string("What stands in `vendor[name]`."),
                        "kind": kind,
                        "several": OpenAPISchema.boolean("Whether several values may be given, with commas."),
                        "values": OpenAPISchema.list(of: ["type": "string"], "The vendor's values."),
                        "meanings": OpenAPISchema.map(of: ["type": "string"], "What each of `values` stands for."),
                    ],
                    required: ["name", "kind"]
                ),
                "What can stand in `vendor[name]`."
            ),
            "operators": OpenAPISchema.list(of: ["type": "string"], "What can stand in `vendor[name][operator]`."),
            "sorts": OpenAPISchema.list(of: ["type": "string"], "The members that can be sorted by."),
            "default_sort": OpenAPISchema.string("The order where `sort` says nothing."),
            "limit": OpenAPISchema.object(
                "Entries in a page.",
                [
                    "default": OpenAPISchema.integer("Without `limit`."),
                    "maximum": OpenAPISchema.integer("The greatest `limit`."),
                ],
                required: ["default", "maximum"]
            ),
            "paging": OpenAPISchema.choice(["cursor", "page", "none"], "How the vendor pages."),
            "stable": OpenAPISchema.boolean(
                "Whether every entry that is there all the time comes exactly once while others come and go."
            ),
            "vendor_page_maximum": OpenAPISchema.integer("Entries in one page of the vendor."),
        ],
        required: ["filters", "sorts", "limit", "paging"]
    )
}
