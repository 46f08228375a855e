internal import GatewayCore
internal import JSON

/// The answers: headers, and the problems by status.
enum OpenAPIResponses {
    // MARK: - Which problems an operation can have

    /// Problems that belong together because the same step of a request finds them.
    enum Step: CaseIterable {
        /// The address, and the gateway itself.
        case anything
        case key
        case connection
        case parameters
        case body
        case entry
        case change
        case write
        case outcome
        case call
        case vendor
        /// The admin listener, which the document does not describe.
        case admin
        /// Requests in a vendor's own dialect, which are described by the vendor and not here.
        case proxy

        var codes: [ProblemCode] {
            switch self {
            case .anything: [.malformedRequest, .notFound, .methodNotAllowed, .internalError, .shuttingDown]
            case .admin: [.browserRefused]
            case .proxy:
                [
                    .gatewayKeyRequired, .proxyUnauthenticated, .proxyOff, .ambiguousConnection, .targetForbidden,
                    .loopDetected, .connectRefused, .tooManyTunnels,
                ]
            case .key: [.unauthenticated, .rateLimited]
            case .connection: [.unknownConnection, .connectionForbidden, .connectionDisabled]
            case .parameters:
                [.unknownParameter, .unsupportedFilter, .unsupportedSort, .cursorInvalid]
            case .body: [.malformedJSON, .bodyTooLarge, .unsupportedMediaType, .wrongType, .outOfRange]
            case .entry:
                [
                    .invalidEntry, .unknownMember, .invalidValue, .invalidDate, .invalidTime, .invalidTimeZone,
                    .invalidDuration, .ambiguousTime, .impossibleTime, .offsetNotInZone, .endBeforeStart,
                    .contradictingTimes, .missingTime, .required, .unrepresentable, .unsupportedTimeForm,
                    .nullNotAllowed, .userNotSettable,
                ]
            case .change: [.preconditionFailed, .stateConflict]
            case .write:
                [
                    .idempotencyKeyInvalid, .idempotencyKeyRequired, .idempotencyKeyReused, .idempotencyInProgress,
                    .idempotencyOutcomeUnknown, .journalUnavailable,
                ]
            case .outcome: [.outcomeNotFound]
            case .call: [.callNotFound]
            case .vendor:
                [
                    .scopeMissing, .unsupportedOperation, .idempotencyUnsupported, .noIdentity, .permissionDenied,
                    .refusedByPlugin, .refusedByHook, .pluginFailed, .hookFailed, .tooManyCalls, .breakerOpen,
                    .vendorUnreachable,
                    .vendorTimeout, .vendorTLS,
                    .vendorAddressRefused, .outcomeUnknown, .recordedButUnmapped, .vendorAnswerInvalid, .vendorAuth,
                    .vendorInvalid, .vendorPermission, .vendorPlan, .vendorNotFound, .referenceNotFound,
                    .vendorConflict, .vendorLocked, .vendorLimit, .vendorError,
                ]
            }
        }
    }

    /// The problems of an operation that takes these steps, by status; `default` is what HTTP itself refuses.
    static func problems(_ steps: [Step], without excluded: [ProblemCode] = []) -> JSONObject {
        // 405 is about other methods, and `not_found` about addresses that are not in this document.
        let excluded = excluded + [.methodNotAllowed, .notFound]
        let codes = steps.flatMap(\.codes).filter { !excluded.contains($0) }
        var responses = JSONObject()
        for status in Set(codes.map(\.status)).sorted() {
            responses[String(status)] = OpenAPISchema.reference("responses", "Problem\(status)")
        }
        responses["default"] = OpenAPISchema.reference("responses", "Problem")
        return responses
    }

    // MARK: - Components

    static var components: JSONValue {
        var all: JSONObject = [
            "Problem": problem(
                "What is refused before it is known what the request asks for, and any problem that is not listed.",
                OpenAPISchema.reference("Problem")
            )
        ]
        for status in Set(ProblemCode.allCases.map(\.status)).sorted() {
            let codes = codes(withStatus: status)
            let words = codes.map { code in
                "`\(code)`" + (ProblemCode(rawValue: code).map { ": \($0.title)" } ?? "")
            }
            all["Problem\(status)"] = problem(
                "One of these:\n\n" + words.map { "- \($0)." }.joined(separator: "\n"),
                [
                    "allOf": [
                        OpenAPISchema.reference("Problem"),
                        [
                            "properties": [
                                "status": ["const": .integer(Int64(status))],
                                "code": ["enum": OpenAPISchema.texts(codes)],
                            ]
                        ],
                    ]
                ],
                status: status
            )
        }
        return .object(all)
    }

    /// The codes that a problem of this status can have, the front end's own at the end.
    static func codes(withStatus status: Int) -> [String] {
        var codes = ProblemCode.allCases.filter { $0.status == status }.map(\.rawValue)
        // An outcome is unknown with 504 where time ran out.
        if status == 504 { codes.append(ProblemCode.outcomeUnknown.rawValue) }
        for fault in OpenAPIProblemSchemas.faults where fault.status == status && !codes.contains(fault.code) {
            codes.append(fault.code)
        }
        return codes
    }

    private static func problem(_ description: String, _ schema: JSONValue, status: Int? = nil) -> JSONValue {
        var names = ["X-Request-Id", "Idempotency-Key", "Idempotent-Replayed", "RateLimit-Policy", "RateLimit"]
        switch status {
        case 401: names.append("WWW-Authenticate")
        case 405: names.append("Allow")
        case 409, 429, 502, 503, 504: names.append("Retry-After")
        default: break
        }
        var content: JSONObject = ["schema": schema]
        if let status, let name = OpenAPIExamples.problem(status) {
            content["examples"] = .object([(name, OpenAPISchema.reference("examples", name))].asObject)
        }
        return [
            "description": .string(description),
            "headers": headers(names),
            "content": ["application/problem+json": .object(content)],
        ]
    }

    // MARK: - Headers

    static func headers(_ names: [String]) -> JSONValue {
        .object(names.map { ($0, OpenAPISchema.reference("headers", $0)) }.asObject)
    }

    static let headers: JSONValue = [
        "X-Request-Id": header("Names this request in the gateway's logs.", "01kakgx5x0e8m5c1"),
        "Location": header("The address of the new entry.", "/v1/acme/time-entries/227"),
        "ETag": header("Goes into `If-Match` of a change.", "\"5f1c0a9be2d34c77\""),
        "Link": header(
            "The next page, with `rel=\"next\"` (RFC 8288).",
            "</v1/acme/time-entries?limit=50&cursor=abc>; rel=\"next\""
        ),
        "Preference-Applied": header("What of `Prefer` was applied.", "handling=lenient, rounding=nearest"),
        "Idempotency-Key": header(
            "The key of this write in the journal: the caller's own, or the one that the gateway made.",
            "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
        ),
        "Idempotent-Replayed": header(
            "`true` where this is the answer of an earlier request with the same key.",
            "true"
        ),
        "RateLimit-Policy": header(
            "The vendor's rate windows at this connection, where it has any: requests (`q`) in seconds (`w`) "
                + "(draft-ietf-httpapi-ratelimit-headers).",
            "\"acme-10s\";q=100;w=10, \"acme-30m\";q=4000;w=1800"
        ),
        "RateLimit": header(
            "What is left of each of those windows (`r`), and the seconds until there is more (`t`).",
            "\"acme-10s\";r=93;t=4, \"acme-30m\";r=3993;t=1794"
        ),
        "Retry-After": [
            "description": "Seconds until it makes sense to try again, where that is known.",
            "schema": ["type": "integer", "minimum": 0],
        ],
        "WWW-Authenticate": header("How a key is given.", "Bearer realm=\"timegate\""),
        "Allow": header("The methods of this address.", "GET, HEAD, POST"),
    ]

    private static func header(_ description: String, _ example: String) -> JSONValue {
        ["description": .string(description), "schema": ["type": "string"], "example": .string(example)]
    }

    // MARK: - Successes

    /// - Parameter schema: the name of the body's schema; `nil` for no body.
    static func success(
        _ description: String,
        _ schema: String?,
        headers names: [String] = [],
        examples: [String] = []
    ) -> JSONValue {
        var response: JSONObject = [
            "description": .string(description), "headers": headers(["X-Request-Id"] + names),
        ]
        if let schema {
            var content: JSONObject = ["schema": OpenAPISchema.reference(schema)]
            if !examples.isEmpty { content["examples"] = OpenAPIExamples.references(examples) }
            response["content"] = ["application/json": .object(content)]
        }
        return .object(response)
    }
}

extension [(String, JSONValue)] {
    /// The pairs as an object; no name may occur twice.
    var asObject: JSONObject { JSONObject(map { (key: $0.0, value: $0.1) }) }
}
