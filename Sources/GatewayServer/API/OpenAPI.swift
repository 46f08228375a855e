internal import GatewayCore
public import JSON

/// The HTTP API as an OpenAPI 3.1 document, made from the tables that requests are checked against: the members of an
/// entry, the catalogue of problems, the parameters of a list, the actions and the scopes. It says nothing of this
/// gateway's connections, so that it can be read without a key.
public enum OpenAPI {
    /// The document.
    public static let document = make()

    /// The document as JSON in UTF-8.
    static let bytes = document.serializedBytes()

    private static func make() -> JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Timegate",
                "version": "1",
                "summary": "One API for the time entries of many vendors.",
                "description": .string(about),
            ],
            "servers": [["url": "/", "description": "This gateway."]],
            "security": [["key": []]],
            "tags": tags,
            "paths": OpenAPIPaths.all,
            "components": [
                "securitySchemes": ["key": securityScheme],
                "parameters": OpenAPIParameters.components,
                "headers": OpenAPIResponses.headers,
                "responses": OpenAPIResponses.components,
                "examples": OpenAPIExamples.components,
                "schemas": .object(schemas),
            ],
        ]
    }

    private static var schemas: JSONObject {
        var all = JSONObject()
        for part in [
            OpenAPIEntrySchemas.all, OpenAPIAnswerSchemas.all, OpenAPIConnectionSchemas.all, OpenAPIProblemSchemas.all,
        ] {
            for schema in part { all[schema.key] = schema.value }
        }
        return all
    }

    private static let about = """
        Creates, reads, changes and approves time entries in many vendors' systems through one API.

        What one connection can do is at `GET /v1/connections/{connection}`: its operations, fields, forms of time, \
        filters and sorts. What a vendor lacks is refused by name, never ignored; an operation that it does not have \
        is 501.

        Nothing is lost silently: beside each entry stands `mapping`, which names what was converted, derived, filled \
        in, rounded, dropped, echoed or found inconsistent. A write that would lose something is refused with 422, \
        unless the header `Prefer: handling=lenient` allows it. With `dry_run=true` any write shows the exact request \
        that it would become, and sends nothing.

        A client should pass over members of an answer that it does not know. `HEAD` is taken wherever `GET` is.
        """

    private static let tags: JSONValue = [
        ["name": "Entries", "description": "One time entry."],
        ["name": "Lists", "description": "The entries of one connection, or of several."],
        ["name": "Actions", "description": "Approval and timers, on one entry or on several."],
        ["name": "Connections", "description": "What this key may use, and what can be done there."],
        ["name": "Outcomes", "description": "What became of the caller's own writes."],
        ["name": "Service", "description": "The gateway itself; no key is needed."],
    ]

    private static var securityScheme: JSONValue {
        let lines = Scope.allCases.map { "- `\($0.rawValue)`: \(meaning(of: $0))" }
        return [
            "type": "http",
            "scheme": "bearer",
            "description": .string(
                "A key of this gateway. Its scopes say what it may do; an operation names the one that it needs:\n\n"
                    + lines.joined(separator: "\n")
            ),
            "x-timegate-scopes": .array(Scope.allCases.map { .string($0.rawValue) }),
        ]
    }

    private static func meaning(of scope: Scope) -> String {
        switch scope {
        case .read: "reading one's own entries."
        case .write: "recording, changing and deleting one's own entries, and running timers."
        case .approve: "approving and rejecting."
        case .readOthers: "reading the entries of others."
        case .writeOthers: "recording, changing and approving for others; it includes `read:others`."
        case .proxy: "everything of a vendor's API through the proxy, with the connection's own credentials."
        }
    }
}
