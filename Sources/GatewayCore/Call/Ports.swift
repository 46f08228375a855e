public import JSON

/// A request to a vendor, complete: the secrets are in its headers.
public struct UpstreamRequest: Sendable, Equatable {
    public var method: String
    public var url: String
    /// The headers that it has as others have them too; they come before its own.
    public var common: CommonHeaders?
    /// Its own headers.
    public var added: [Header]
    public var body: [UInt8]?
    /// Whether plain HTTP and private addresses are allowed.
    public var allowsPrivate: Bool
    /// Milliseconds for the whole attempt.
    public var timeoutMilliseconds: Int
    /// A header of the answer that the call needs, in lower case.
    public var wantedHeader: String?
    /// The headers that tell of the vendor's limits, in lower case.
    public var resetHeader: String?
    public var remainingHeader: String?

    public init(
        method: String,
        url: String,
        common: CommonHeaders? = nil,
        headers: [Header],
        body: [UInt8]?,
        allowsPrivate: Bool,
        timeoutMilliseconds: Int
    ) {
        self.method = method
        self.url = url
        self.common = common
        added = headers
        self.body = body
        self.allowsPrivate = allowsPrivate
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// All headers, in order.
    public var headers: [Header] {
        guard let common else { return added }
        return common.headers + added
    }

    public static func == (one: UpstreamRequest, two: UpstreamRequest) -> Bool {
        one.method == two.method && one.url == two.url && one.headers == two.headers && one.body == two.body
            && one.allowsPrivate == two.allowsPrivate && one.timeoutMilliseconds == two.timeoutMilliseconds
            && one.wantedHeader == two.wantedHeader && one.resetHeader == two.resetHeader
            && one.remainingHeader == two.remainingHeader
    }
}

/// A vendor's complete answer.
public struct UpstreamAnswer: Sendable {
    public var status: Int
    public var body: [UInt8]
    /// Whether an attempt before this one may have been acted on.
    public var isRepetition = false
    /// The headers that somebody asked for: most answers have none.
    private var told: Shared<Told>?

    private struct Told: Sendable {
        var retryAfter: String?
        var contentType: String?
        var wantedHeader: String?
        var reset: String?
        var remaining: String?
        var givenStatus: Int?
    }

    public init(status: Int, body: [UInt8], retryAfter: String? = nil, contentType: String? = nil) {
        self.status = status
        self.body = body
        if retryAfter != nil || contentType != nil {
            told = Shared(Told(retryAfter: retryAfter, contentType: contentType))
        }
    }

    /// The answer's `Retry-After`, as it came.
    public var retryAfter: String? { told?.value.retryAfter }

    public var contentType: String? { told?.value.contentType }

    /// The header that the request wanted.
    public var wantedHeader: String? {
        get { told?.value.wantedHeader }
        set { tell(newValue) { $0.wantedHeader = newValue } }
    }

    /// The headers of the vendor's limits, as they came.
    public var reset: String? {
        get { told?.value.reset }
        set { tell(newValue) { $0.reset = newValue } }
    }

    public var remaining: String? {
        get { told?.value.remaining }
        set { tell(newValue) { $0.remaining = newValue } }
    }

    /// The status that the vendor gave, also where `status` is another, for which the answer stands.
    public var givenStatus: Int { told?.value.givenStatus ?? status }

    /// Takes the status for which the answer stands.
    public mutating func mean(_ meant: Int) {
        if meant == status { return }
        let given = status
        tell("") { $0.givenStatus = given }
        status = meant
    }

    private mutating func tell(_ value: String?, _ change: (inout Told) -> Void) {
        if value == nil, told == nil { return }
        var changed = told?.value ?? Told()
        change(&changed)
        told = Shared(changed)
    }
}

/// Why there is no complete answer.
public struct UpstreamFailure: Error, Sendable, Equatable {
    public enum Kind: String, Sendable {
        case unreachable, timeout, tls, addressRefused = "address_refused"
        /// The answer was cut, too large or no HTTP.
        case brokenAnswer = "broken_answer"
        case invalidRequest = "invalid_request"
        case cancelled
    }

    public var kind: Kind
    /// Whether a byte of the request may have left.
    public var maySent: Bool
    /// What happened, in words that are safe to show.
    public var message: String
    /// Whether it would happen again: a certificate that is not trusted.
    public var isLasting: Bool

    public init(kind: Kind, maySent: Bool, message: String, isLasting: Bool = false) {
        self.kind = kind
        self.maySent = maySent
        self.message = message
        self.isLasting = isLasting
    }
}

/// The way to the vendors.
public protocol Upstream: Sendable {
    /// Sends the request once: never again by itself.
    func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure>
}

/// The functions of a plugin, for what its data cannot say. Each is called only if the manifest lists it.
///
/// A refusal is a `Problem` with the origin `plugin`; so is a script that fails.
public protocol PluginScripts: AnyObject, Sendable {
    /// Asks those of `authorize` and `validate` that are wanted about one entry, in this order.
    func judge(
        _ entry: Entry,
        _ call: ScriptCall,
        authorizes: Bool,
        validates: Bool
    ) throws(Problem) -> ScriptRun<Void>
    func toVendor(_ request: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue
    func fromVendor(_ entry: JSONValue, _ answer: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue
    func readRequest(_ entry: JSONValue, _ request: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue
    func writeAnswer(_ answer: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue
    /// A refusal of the vendor as the script reads it; `nil` leaves it to the error rules.
    func problem(_ status: Int, _ body: JSONValue, _ call: ScriptCall) async throws(Problem) -> ScriptProblem?
    /// Looks at the vendor for exactly this entry, whose answer was lost.
    func reconcile(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> ReconcileFinding
}

/// What a plugin's `reconcile` found.
public enum ReconcileFinding: Sendable, Equatable {
    /// The vendor has it under this identifier.
    case found(id: String)
    /// The vendor does not have it, and what was read shows everything that was recorded before.
    case absent
    /// Only a person can tell, for this reason.
    case unclear(String)
}

/// A vendor's refusal as a script reads it.
public struct ScriptProblem: Sendable, Equatable {
    public var kind: ErrorKind
    public var message: String?
    public var field: String?

    public init(kind: ErrorKind, message: String? = nil, field: String? = nil) {
        self.kind = kind
        self.message = message
        self.field = field
    }
}
