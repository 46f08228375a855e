/// A misbehaviour that a simulator shows on a vendor's routes, for a number of requests or for ever.
///
/// At each request the oldest live latency fault, the oldest live ignored key and the oldest other live fault apply together.
public struct Fault: Sendable, Equatable {
    /// What goes wrong.
    public enum Kind: Sendable, Equatable {
        /// The answer comes that many milliseconds late.
        case latency(milliseconds: Int64)
        /// This status and body instead of the vendor's.
        case status(Int, contentType: String, body: String)
        /// 429 with the vendor's own body and limit headers.
        case rateLimited(retryAfterSeconds: Int64, form: RetryAfterForm)
        /// The connection ends after the request was read. With `reset` by RST, else by FIN.
        case closeBeforeAnswer(reset: Bool)
        /// A part of the answer, then the end of the connection.
        case cutAnswer(CutPoint)
        /// No answer; the connection stays open until the client or the simulator closes it.
        case hang
        /// The vendor's status with a JSON body of that many bytes.
        case hugeAnswer(bytes: Int)
        /// The vendor's status with a body that is not JSON.
        case notJSON(contentType: String, body: String)
        /// The vendor takes the request for a new one although it knows its idempotency key, against its own promise. Only
        /// Hoursmith has keys.
        case ignoredKey
    }

    /// How `Retry-After` is written.
    public enum RetryAfterForm: String, Sendable, CaseIterable {
        case seconds
        case date
        case absent = "none"
    }

    /// Where an answer is cut.
    public enum CutPoint: String, Sendable, CaseIterable {
        case header
        case body
    }

    /// Whether the vendor does the work although the client may not learn of it.
    public enum Moment: String, Sendable, CaseIterable {
        case beforeCommit = "before_commit"
        case afterCommit = "after_commit"
    }

    public var kind: Kind
    /// For latency: whether the delay comes before or after the work. It says nothing of an ignored key. Default by kind, see
    /// `defaultMoment`.
    public var moment: Moment
    /// For how many requests; nil means for ever.
    public var count: Int?
    /// How many requests pass unharmed first.
    public var skip: Int

    /// - Parameters:
    ///   - moment: nil takes the kind's default: before the commit for `status`, `rateLimited`, `closeBeforeAnswer` and
    ///     `hang`, after it for the others.
    ///   - count: at least 1; nil means for ever.
    public init(_ kind: Kind, moment: Moment? = nil, count: Int? = 1, skip: Int = 0) {
        self.kind = kind
        self.moment = moment ?? kind.defaultMoment
        self.count = count
        self.skip = skip
    }
}

extension Fault.Kind {
    var defaultMoment: Fault.Moment {
        switch self {
        case .status, .rateLimited, .closeBeforeAnswer, .hang: .beforeCommit
        case .latency, .cutAnswer, .hugeAnswer, .notJSON, .ignoredKey: .afterCommit
        }
    }

    /// The name in `POST /_faults` and in the ledger.
    var name: String {
        switch self {
        case .latency: "latency"
        case .status: "status"
        case .rateLimited: "rate_limited"
        case .closeBeforeAnswer: "close_before_answer"
        case .cutAnswer: "cut_answer"
        case .hang: "hang"
        case .hugeAnswer: "huge_answer"
        case .notJSON: "not_json"
        case .ignoredKey: "ignored_key"
        }
    }

    /// What applies beside the others of another class.
    enum Class { case latency, key, answer }

    var group: Class {
        switch self {
        case .latency: .latency
        case .ignoredKey: .key
        default: .answer
        }
    }
}
