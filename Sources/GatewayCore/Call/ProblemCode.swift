/// The one catalogue of what can go wrong. Codes are stable: programs branch on them.
public enum ProblemCode: String, Sendable, CaseIterable {
    // What the caller sent.
    case malformedJSON = "malformed_json"
    case malformedRequest = "malformed_request"
    case bodyTooLarge = "body_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case methodNotAllowed = "method_not_allowed"
    case notFound = "not_found"
    case unknownParameter = "unknown_parameter"
    case unsupportedFilter = "unsupported_filter"
    case unsupportedSort = "unsupported_sort"
    case cursorInvalid = "cursor_invalid"
    case unauthenticated = "unauthenticated"
    case connectionForbidden = "connection_forbidden"
    case scopeMissing = "scope_missing"
    case unknownConnection = "unknown_connection"
    case rateLimited = "rate_limited"
    case browserRefused = "browser_refused"

    // What a proxied request asks for.
    case gatewayKeyRequired = "gateway_key_required"
    case proxyUnauthenticated = "proxy_unauthenticated"
    case proxyOff = "proxy_off"
    case ambiguousConnection = "ambiguous_connection"
    case targetForbidden = "target_forbidden"
    case loopDetected = "loop_detected"
    case connectRefused = "connect_refused"
    case tooManyTunnels = "too_many_tunnels"

    // What the entry says.
    case invalidEntry = "invalid_entry"
    case unknownMember = "unknown_member"
    case wrongType = "wrong_type"
    case invalidValue = "invalid_value"
    case invalidDate = "invalid_date"
    case invalidTime = "invalid_time"
    case invalidTimeZone = "invalid_time_zone"
    case invalidDuration = "invalid_duration"
    case ambiguousTime = "ambiguous_time"
    case impossibleTime = "impossible_time"
    case offsetNotInZone = "offset_not_in_zone"
    case endBeforeStart = "end_before_start"
    case contradictingTimes = "contradicting_times"
    case missingTime = "missing_time"
    case required
    case unrepresentable
    case unsupportedTimeForm = "unsupported_time_form"
    case outOfRange = "out_of_range"
    case nullNotAllowed = "null_not_allowed"
    case userNotSettable = "user_not_settable"
    case noIdentity = "no_identity"
    case permissionDenied = "permission_denied"
    case refusedByPlugin = "refused_by_plugin"
    case refusedByHook = "refused_by_hook"

    // What the gateway has.
    case connectionDisabled = "connection_disabled"
    case unsupportedOperation = "unsupported_operation"
    case stateConflict = "state_conflict"
    case preconditionFailed = "precondition_failed"
    case idempotencyKeyInvalid = "idempotency_key_invalid"
    case idempotencyKeyRequired = "idempotency_key_required"
    case idempotencyKeyReused = "idempotency_key_reused"
    case idempotencyInProgress = "idempotency_in_progress"
    case idempotencyOutcomeUnknown = "idempotency_outcome_unknown"
    case idempotencyUnsupported = "idempotency_unsupported"
    case outcomeNotFound = "outcome_not_found"
    case journalUnavailable = "journal_unavailable"
    case pluginFailed = "plugin_failed"
    case hookFailed = "hook_failed"
    case tooManyCalls = "too_many_calls"
    case breakerOpen = "breaker_open"
    case shuttingDown = "shutting_down"
    case reloadFailed = "reload_failed"
    case callNotFound = "call_not_found"
    case internalError = "internal_error"

    // What the vendor said, or did not say.
    case vendorUnreachable = "vendor_unreachable"
    case vendorTimeout = "vendor_timeout"
    case vendorTLS = "vendor_tls"
    case vendorAddressRefused = "vendor_address_refused"
    case outcomeUnknown = "outcome_unknown"
    case recordedButUnmapped = "recorded_but_unmapped"
    case vendorAnswerInvalid = "vendor_answer_invalid"
    case vendorAuth = "vendor_auth"
    case vendorInvalid = "vendor_invalid"
    case vendorPermission = "vendor_permission"
    case vendorPlan = "vendor_plan"
    case vendorNotFound = "vendor_not_found"
    case referenceNotFound = "reference_not_found"
    case vendorConflict = "vendor_conflict"
    case vendorLocked = "vendor_locked"
    case vendorLimit = "vendor_limit"
    case vendorError = "vendor_error"

    /// The HTTP status that tells the truth about it.
    public var status: Int {
        switch self {
        case .malformedJSON, .malformedRequest, .idempotencyKeyInvalid, .idempotencyKeyRequired, .cursorInvalid,
            .ambiguousConnection:
            400
        case .unauthenticated, .gatewayKeyRequired: 401
        case .vendorPlan: 402
        case .connectionForbidden, .scopeMissing, .permissionDenied, .noIdentity, .vendorPermission,
            .targetForbidden, .browserRefused:
            403
        case .notFound, .unknownConnection, .outcomeNotFound, .callNotFound, .vendorNotFound, .proxyOff: 404
        case .methodNotAllowed: 405
        case .proxyUnauthenticated: 407
        case .vendorConflict, .vendorLocked, .stateConflict, .idempotencyInProgress, .idempotencyOutcomeUnknown: 409
        case .preconditionFailed: 412
        case .bodyTooLarge: 413
        case .unsupportedMediaType: 415
        case .unknownParameter, .unsupportedFilter, .unsupportedSort, .invalidEntry, .unknownMember, .wrongType,
            .invalidValue, .invalidDate, .invalidTime,
            .invalidTimeZone, .invalidDuration, .ambiguousTime, .impossibleTime, .offsetNotInZone, .endBeforeStart,
            .contradictingTimes, .missingTime, .required, .unrepresentable, .unsupportedTimeForm, .outOfRange,
            .nullNotAllowed, .userNotSettable, .refusedByPlugin, .refusedByHook, .vendorInvalid, .referenceNotFound,
            .idempotencyKeyReused, .reloadFailed:
            422
        case .rateLimited, .vendorLimit: 429
        case .internalError: 500
        case .unsupportedOperation, .idempotencyUnsupported, .connectRefused: 501
        case .pluginFailed, .hookFailed, .vendorUnreachable, .vendorTLS, .vendorAddressRefused, .outcomeUnknown,
            .recordedButUnmapped, .vendorAnswerInvalid, .vendorAuth, .vendorError:
            502
        case .connectionDisabled, .journalUnavailable, .tooManyCalls, .tooManyTunnels, .breakerOpen, .shuttingDown: 503
        case .vendorTimeout: 504
        case .loopDetected: 508
        }
    }

    /// A short, fixed sentence: RFC 9457 `title`.
    public var title: String {
        switch self {
        case .malformedJSON: "The body is not JSON"
        case .malformedRequest: "The request is malformed"
        case .bodyTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body must be application/json"
        case .methodNotAllowed: "This method is not allowed here"
        case .notFound: "There is nothing at this address"
        case .unknownParameter: "A query parameter or its value is not known"
        case .unsupportedFilter: "The vendor cannot filter by this"
        case .unsupportedSort: "The vendor cannot sort by this"
        case .cursorInvalid: "The cursor is not one of this list"
        case .unauthenticated: "The gateway key is missing or wrong"
        case .connectionForbidden: "This key may not use this connection"
        case .scopeMissing: "This key lacks a scope"
        case .unknownConnection: "There is no such connection"
        case .rateLimited: "Too many requests with this key"
        case .gatewayKeyRequired: "The proxied request has no gateway key"
        case .proxyUnauthenticated: "The HTTP proxy needs a gateway key"
        case .proxyOff: "The connection is not proxied"
        case .ambiguousConnection: "The request could be meant for several connections"
        case .targetForbidden: "The gateway does not go to this address"
        case .browserRefused: "The admin listener is not for web pages"
        case .loopDetected: "The request has been here before"
        case .connectRefused: "The gateway opens no tunnel there"
        case .tooManyTunnels: "Too many tunnels are open"
        case .invalidEntry: "The entry has several faults"
        case .unknownMember: "A member is not known"
        case .wrongType: "A member has the wrong type"
        case .invalidValue: "A value is not allowed"
        case .invalidDate: "A date is not valid"
        case .invalidTime: "A time is not valid"
        case .invalidTimeZone: "A time zone is not known"
        case .invalidDuration: "A duration is not valid"
        case .ambiguousTime: "A local time occurs twice that day"
        case .impossibleTime: "A local time does not occur that day"
        case .offsetNotInZone: "The zone does not have that offset at that time"
        case .endBeforeStart: "The entry ends before it starts"
        case .contradictingTimes: "The times contradict each other"
        case .missingTime: "The entry does not say when, or how long"
        case .required: "A required member is missing"
        case .unrepresentable: "The vendor cannot hold a value"
        case .unsupportedTimeForm: "The vendor does not take this form of time"
        case .outOfRange: "A value is out of range"
        case .nullNotAllowed: "A member cannot be null"
        case .userNotSettable: "The vendor records time for its own user only"
        case .noIdentity: "This key has no identity at this connection"
        case .permissionDenied: "A rule of the vendor does not permit this"
        case .refusedByPlugin: "The plugin refused the entry"
        case .refusedByHook: "A rule of the operator refused the entry"
        case .connectionDisabled: "The connection is disabled"
        case .unsupportedOperation: "The vendor does not offer this operation"
        case .preconditionFailed: "The entry has changed since it was read"
        case .stateConflict: "The entry is in a state that forbids this"
        case .idempotencyKeyInvalid: "The idempotency key is malformed"
        case .idempotencyKeyRequired: "This connection asks for an idempotency key"
        case .idempotencyKeyReused: "The idempotency key belongs to another request"
        case .idempotencyInProgress: "A request with this idempotency key is under way"
        case .idempotencyOutcomeUnknown: "What became of the request with this idempotency key is not known yet"
        case .idempotencyUnsupported: "An idempotency key cannot be honoured here"
        case .outcomeNotFound: "The journal has no write with this key"
        case .journalUnavailable: "The journal of writes cannot be used"
        case .pluginFailed: "The plugin failed"
        case .hookFailed: "A hook failed"
        case .tooManyCalls: "Too many calls wait for the vendor"
        case .breakerOpen: "The vendor fails, and calls are held back"
        case .shuttingDown: "The gateway is shutting down"
        case .reloadFailed: "The reload failed, and all runs as before"
        case .callNotFound: "There is no record of such a call"
        case .internalError: "The gateway has a fault"
        case .vendorUnreachable: "The vendor cannot be reached"
        case .vendorTimeout: "The vendor did not answer in time"
        case .vendorTLS: "The vendor's certificate or TLS was refused"
        case .vendorAddressRefused: "The vendor's address is not allowed"
        case .outcomeUnknown: "It is not known whether the vendor recorded the entry"
        case .recordedButUnmapped: "The vendor recorded the entry, but its answer could not be read"
        case .vendorAnswerInvalid: "The vendor's answer could not be read"
        case .vendorAuth: "The vendor refused the connection's credentials"
        case .vendorInvalid: "The vendor refused the entry"
        case .vendorPermission: "The vendor does not permit this"
        case .vendorPlan: "The vendor's plan does not include this"
        case .vendorNotFound: "The vendor does not have this entry"
        case .referenceNotFound: "Something that the entry refers to does not exist at the vendor"
        case .vendorConflict: "The entry is in another state at the vendor"
        case .vendorLocked: "The entry is locked at the vendor"
        case .vendorLimit: "The vendor's rate limit is reached"
        case .vendorError: "The vendor has a fault"
        }
    }

    /// What the reader can do next.
    public var hint: String {
        switch self {
        case .malformedJSON: "Send one JSON document in UTF-8; the position says where reading stopped."
        case .malformedRequest: "Correct what the message names, and send the request again."
        case .bodyTooLarge:
            "Send at most 1 MiB in one request. A batch of any size goes as lines: Content-Type: application/x-ndjson."
        case .unsupportedMediaType:
            "Send the header Content-Type: application/json, and the body without a Content-Encoding."
        case .methodNotAllowed: "Use one of the methods in the Allow header."
        case .notFound: "Entries stand under /v1/{connection}/time-entries."
        case .unknownParameter: "Correct the parameter's name or value, or take it away."
        case .unsupportedFilter: "Use one of the filters that the message lists; a filter is never ignored."
        case .unsupportedSort: "Use one of the sorts that the message lists."
        case .cursorInvalid: "Begin the list again without cursor, or repeat the filters that the cursor came from."
        case .unauthenticated: "Send Authorization: Bearer with a key of this gateway."
        case .connectionForbidden: "Ask the operator to add the connection to this key."
        case .scopeMissing: "Ask the operator to add the scope to this key."
        case .unknownConnection: "Use one of the connections that this key can see."
        case .rateLimited: "Wait as long as Retry-After says."
        case .gatewayKeyRequired:
            "Send the gateway key in the header Timegate-Key; Authorization belongs to the vendor."
        case .proxyUnauthenticated:
            "Give the gateway key as the password of the proxy's address, or in the header Timegate-Key."
        case .proxyOff: "Ask the operator to add proxy: to the connection."
        case .ambiguousConnection: "Name the connection in the header Timegate-Connection."
        case .targetForbidden:
            "Only the vendors of the configured connections are reached; `timegate proxy explain` shows which."
        case .browserRefused:
            "Use timegate, or a client that sends no Origin and names the listener by its address."
        case .loopDetected:
            "Point the connection's origin, or the client's proxy setting, at the vendor and not at the gateway."
        case .connectRefused:
            "Make the gateway's address the client's base URL, or let it ask for http:// addresses; the operator can allow tunnels, which are not read."
        case .tooManyTunnels: "Close tunnels that are not used; nothing was sent."
        case .invalidEntry: "Each fault stands in errors, with its field."
        case .unknownMember: "Correct the name, or put what only the vendor has under vendor_fields."
        case .wrongType: "Send the type that the message names."
        case .invalidValue: "Send one of the values that the message names."
        case .invalidDate: "Write a date as YYYY-MM-DD."
        case .invalidTime: "Write a time as 2026-11-20T09:00:00+01:00."
        case .invalidTimeZone: "Name a zone of the IANA database, such as Europe/Zagreb."
        case .invalidDuration: "Write a duration as 1h30m, 90m, 1:30 or 1.5h, or give duration_seconds."
        case .ambiguousTime: "Write the time with one of the two offsets."
        case .impossibleTime: "Clocks were put forward over that time; write one of the two times named."
        case .offsetNotInZone: "Correct the offset or the zone."
        case .endBeforeStart: "Correct started_at or ended_at."
        case .contradictingTimes: "Leave one of the members away, or make them agree."
        case .missingTime:
            "Give started_at with ended_at or a duration, or work_date with a duration, or timer_state: running."
        case .required: "Add the member."
        case .unrepresentable: "Change the value, or allow the loss with the header Prefer: handling=lenient."
        case .unsupportedTimeForm: "Give the time in one of the forms that the message names."
        case .outOfRange: "Send a value within the range that the message names."
        case .nullNotAllowed: "Leave the member away instead."
        case .userNotSettable: "Leave user away, or use a connection with that user's own token."
        case .noIdentity: "Ask the operator to set identity.{connection}.user_id on this key."
        case .permissionDenied: "Ask for the permission at the vendor; the rule says which."
        case .refusedByPlugin: "The message says what the plugin asks for."
        case .refusedByHook: "The message says what the rule asks for; the operator of the gateway has set it."
        case .connectionDisabled: "Ask the operator: /readyz and `timegate check` show why."
        case .unsupportedOperation: "Use one of the operations that the message lists."
        case .preconditionFailed: "Read the entry again, and decide again; nothing was sent."
        case .stateConflict: "Read the entry to see its state; nothing was sent."
        case .idempotencyKeyInvalid: "Use a UUID or a ULID as Idempotency-Key."
        case .idempotencyKeyRequired: "Send the header Idempotency-Key with a new UUID for each entry."
        case .idempotencyKeyReused:
            "Repeat a request unchanged. What became of the one that has the key is at GET /v1/outcomes/{key}; use a new key "
                + "for another entry only."
        case .idempotencyInProgress: "Wait as long as Retry-After says, and send it again with the same key."
        case .idempotencyOutcomeUnknown:
            "Ask again with the same key; it is never sent twice. The address in outcome says how it stands."
        case .idempotencyUnsupported:
            "Send the request without Idempotency-Key; the gateway sends it to the vendor at most once."
        case .outcomeNotFound: "Check the key, and that it is one of this caller; settled writes are kept for 30 days."
        case .journalUnavailable: "Nothing was sent. Try again later; the operator finds the reason in /readyz."
        case .pluginFailed:
            "Nothing was sent unless `sent` says so. The plugin's author finds the place in the message."
        case .hookFailed: "Nothing was sent. The operator finds the place in the message."
        case .tooManyCalls, .breakerOpen: "Nothing was sent; try again after as long as Retry-After says."
        case .shuttingDown: "Try again in a moment; nothing was sent."
        case .reloadFailed:
            "Mend what `failures` names, and reload again; `timegate check` finds the same without a gateway."
        case .callNotFound:
            "Records are kept for a while only, and for the key that made the call; X-Request-Id of an answer names one."
        case .internalError: "Report the request_id to the operator."
        case .vendorUnreachable: "Nothing was sent; it is safe to try again."
        case .vendorTimeout: "Nothing was sent; it is safe to try again."
        case .vendorTLS: "Nothing was sent. Check the vendor's certificate and this machine's clock and CA file."
        case .vendorAddressRefused: "Set allow_private: true on the connection if its origin is meant to be private."
        case .outcomeUnknown: "Look at the vendor before you send the entry again: it may have been recorded."
        case .recordedButUnmapped: "Do not send the entry again: the vendor has recorded it."
        case .vendorAnswerInvalid: "Report it to the plugin's author; vendor.body holds the start of the answer."
        case .vendorAuth: "Ask the operator to renew the connection's credentials."
        case .vendorInvalid: "Each fault stands in errors, with its field."
        case .vendorPermission: "Ask for the permission at the vendor."
        case .vendorPlan: "The vendor's account needs another plan."
        case .vendorNotFound: "Check the id; it may belong to another connection."
        case .referenceNotFound: "Check the ids of user, subjects and activity."
        case .vendorConflict: "Read the entry to see its state."
        case .vendorLocked: "Unlock or un-bill the entry at the vendor first."
        case .vendorLimit: "Wait as long as Retry-After says, or a minute where it says nothing."
        case .vendorError: "Try again later; `sent` says whether the vendor may have recorded the entry."
        }
    }
}

extension ProblemCode {
    /// Whether it is about the idempotency key of a request, and not about what the request asks for.
    var isAboutKeys: Bool {
        switch self {
        case .idempotencyKeyInvalid, .idempotencyKeyRequired, .idempotencyKeyReused, .idempotencyInProgress,
            .idempotencyOutcomeUnknown, .idempotencyUnsupported:
            true
        default: false
        }
    }
}
