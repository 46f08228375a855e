/// Whether a request may go again after what came of it: the retry table.
///
/// The one question behind it: can the vendor have acted on the request? If not, any request may go again. If it can, a
/// request goes again only where acting twice is acting once: a read, a replacement or deletion that the plugin declares
/// to be so, or a write that the vendor recognises by its key.
public enum RetryRule {
    /// What decides about a request.
    public struct Request: Sendable, Equatable {
        public enum Method: Sendable, CaseIterable { case get, putOrDelete, postOrPatch }

        public var method: Method
        /// PUT and DELETE: declared by the plugin as the same done twice.
        public var isIdempotent: Bool
        /// POST and PATCH: sent with a key by which the vendor recognises it.
        public var isRecognised: Bool
        public var unprocessed: Set<Int>

        public init(
            method: Method,
            isIdempotent: Bool = false,
            isRecognised: Bool = false,
            unprocessed: Set<Int> = LimitRules.usuallyUnprocessed
        ) {
            self.method = method
            self.isIdempotent = isIdempotent
            self.isRecognised = isRecognised
            self.unprocessed = unprocessed
        }

        public init(_ rule: OperationRule, _ limits: LimitRules) {
            switch rule.method {
            case "GET": method = .get
            case "PUT", "DELETE": method = .putOrDelete
            default: method = .postOrPatch
            }
            isIdempotent = rule.isIdempotent
            isRecognised = rule.idempotencyHeader != nil
            unprocessed = limits.unprocessed
        }

        /// Whether sending it twice does what sending it once does.
        var mayRepeat: Bool {
            switch method {
            case .get: true
            case .putOrDelete: isIdempotent
            case .postOrPatch: isRecognised
            }
        }
    }

    /// What a request ends with if it does not go again.
    public enum End: String, Sendable {
        /// What came of it is its outcome: the vendor's answer, or the failure of a read.
        case final
        /// Whether the vendor acted on it is not known.
        case unknown
        /// No byte of it left.
        case notSent
    }

    public enum Verdict: Sendable, Equatable {
        /// It may go again, after what the vendor asked for if it asked (nanoseconds); if attempts, time or budget do not
        /// allow it, it ends.
        case retry(after: Int64?, else: End)
        case end(End)
    }

    public static func verdict(_ result: SendResult, _ request: Request) -> Verdict {
        switch result {
        case .unused: .end(.notSent)
        case .failed(let failure): verdict(failure, request)
        case .answered(let status, let signal): verdict(status, signal.retryAfter, request)
        }
    }

    private static func verdict(_ failure: UpstreamFailure, _ request: Request) -> Verdict {
        if failure.maySent {
            // A caller that gave up is not waited for.
            if failure.kind != .cancelled, request.mayRepeat { return .retry(after: nil, else: lost(request)) }
            return .end(lost(request))
        }
        switch failure.kind {
        case .unreachable, .timeout, .brokenAnswer: return .retry(after: nil, else: .notSent)
        // A handshake that broke may succeed; a certificate that is not trusted stays so.
        case .tls: return failure.isLasting ? .end(.notSent) : .retry(after: nil, else: .notSent)
        case .addressRefused, .invalidRequest, .cancelled: return .end(.notSent)
        }
    }

    private static func verdict(_ status: Int, _ retryAfter: Int64?, _ request: Request) -> Verdict {
        if request.unprocessed.contains(status) { return .retry(after: retryAfter, else: .final) }
        switch status {
        case 425, 429:
            // Not declared to be untouched: a read, a replacement or a deletion goes again all the same.
            if request.method != .postOrPatch || request.isRecognised {
                return .retry(after: retryAfter, else: lost(request))
            }
            return .end(.unknown)
        case 503 where retryAfter != nil && request.method == .putOrDelete:
            return .retry(after: retryAfter, else: .unknown)
        case 408, 500, 502, 503, 504:
            return request.mayRepeat ? .retry(after: retryAfter, else: lost(request)) : .end(.unknown)
        // Nothing says what a redirection or another fault of the vendor's left behind; sending it again changes nothing.
        case 300..<400, 500...: return .end(lost(request))
        default: return .end(.final)
        }
    }

    /// What it is for a request to end without a clear answer.
    private static func lost(_ request: Request) -> End { request.method == .get ? .final : .unknown }
}
