internal import GatewayCore
internal import JSON

/// The schema of problems, and the catalogue of their codes.
enum OpenAPIProblemSchemas {
    static var all: JSONObject {
        ["Problem": problem, "FieldError": fieldError, "ProblemCode": code, "FrontEndCode": frontEndCode]
    }

    private static var problem: JSONValue {
        var schema: JSONObject = [
            "type": "object",
            "description": """
            Why a request was not done (RFC 9457). Some problems have members beside these: `idempotency_key` and \
            `outcome` where more can be asked, `\(Problem.spentKey)` where the key answers with this refusal from now on.
            """,
            "properties": .object(members),
            "additionalProperties": true,
        ]
        schema["required"] = [
            "type", "title", "status", "detail", "code", "origin", "sent", "retry", "request_id",
        ]
        return .object(schema)
    }

    private static var members: JSONObject {
        [
            "type": OpenAPISchema.string("`urn:timegate:problem:` and the code.", format: "uri"),
            "title": OpenAPISchema.string("What the code means."),
            "status": OpenAPISchema.integer("The status of the answer."),
            "detail": OpenAPISchema.string("What is wrong this time, with the values."),
            "code": [
                "anyOf": [OpenAPISchema.reference("ProblemCode"), OpenAPISchema.reference("FrontEndCode")],
                "description": "Stable: programs branch on it.",
            ],
            "origin": OpenAPISchema.choice(
                [Problem.Origin.caller, .gateway, .plugin, .vendor].map(\.rawValue),
                "Who said no."
            ),
            "sent": OpenAPISchema.choice(
                [Problem.Sent.no, .maybe, .yes].map(\.rawValue),
                "Whether the request may have reached the vendor."
            ),
            "retry": OpenAPISchema.choice(
                [Problem.Retry.never, .sameKey, .after].map(\.rawValue),
                """
                Whether trying again makes sense: never; with the same `Idempotency-Key` and only so; or after \
                `retry_after` seconds, at once if there is none.
                """
            ),
            "retry_after": OpenAPISchema.integer("Seconds."),
            "hint": OpenAPISchema.string("What can be done next."),
            "request_id": OpenAPISchema.string("As in the header `X-Request-Id`."),
            "rule": OpenAPISchema.string("The rule that the refusal rests on."),
            "source": OpenAPISchema.string("Where the vendor states the rule."),
            "place": OpenAPISchema.string("Where a script failed: file and line."),
            "function": OpenAPISchema.string("The function that was running."),
            "excerpt": OpenAPISchema.string("The lines around the place."),
            "errors": OpenAPISchema.list(
                of: OpenAPISchema.reference("FieldError"),
                "Each fault, with its field; of more than 100 the first 100."
            ),
            "vendor": OpenAPISchema.object(
                "What the vendor answered, secrets hidden.",
                [
                    "status": OpenAPISchema.integer("The vendor's status."),
                    "body": ["description": "The vendor's body: JSON if it was JSON, else text of at most 8 KiB."],
                ],
                required: ["status", "body"]
            ),
        ]
    }

    private static let fieldError = OpenAPISchema.object(
        "One fault of one field.",
        [
            "field": OpenAPISchema.string("The member that the caller sent or left out."),
            "vendor_field": OpenAPISchema.string("The vendor's field."),
            "code": OpenAPISchema.reference("ProblemCode"),
            "vendor_code": OpenAPISchema.string("The vendor's own code."),
            "message": OpenAPISchema.string("What is wrong."),
            "hint": OpenAPISchema.string("What can be done next."),
        ],
        required: ["code", "message"]
    )

    private static var code: JSONValue {
        let lines = ProblemCode.allCases.map { "- `\($0.rawValue)` (\($0.status)): \($0.title). \($0.hint)" }
        let table = ProblemCode.allCases.map { code -> JSONValue in
            [
                "code": .string(code.rawValue), "status": .integer(Int64(code.status)), "title": .string(code.title),
                "hint": .string(code.hint),
            ]
        }
        return [
            "type": "string",
            "enum": OpenAPISchema.texts(ProblemCode.allCases.map(\.rawValue)),
            "description": .string(
                "The one catalogue of what can go wrong, with each code's status and what can be done next:\n\n"
                    + lines.joined(separator: "\n")
            ),
            "x-timegate-problems": .array(table),
        ]
    }

    // MARK: - What is refused before it is a request

    /// What the HTTP front end refuses by itself; of those with a limit, only the code and the status count here.
    static let faults: [RequestFault] = [
        .requestLine, .emptyLines, .target, .absoluteForm, .userinfo, .version, .connect, .authority, .connectFraming,
        .targetTooLong(0), .lineEnd,
        .fieldLine, .fieldValue, .tabAroundValue, .trailerName, .aliasingName, .hostMissing, .hostRepeated,
        .hostMalformed, .contentLength, .transferEncoding, .bothFramings, .upgrade, .connectionOptions, .expectation,
        .headerBlockTooLarge(0), .tooManyFields(0), .chunk, .bodyTooLarge(0), .headTimeout, .bodyTimeout, .stopping,
        .overloaded, .bufferFull, .responseHeader,
    ]

    private static var frontEndCode: JSONValue {
        var codes: [String] = []
        for fault in faults where !codes.contains(fault.code) && ProblemCode(rawValue: fault.code) == nil {
            codes.append(fault.code)
        }
        return OpenAPISchema.choice(
            codes,
            "What is refused because it is not HTTP as this gateway takes it, before it is known what it asks for."
        )
    }
}
