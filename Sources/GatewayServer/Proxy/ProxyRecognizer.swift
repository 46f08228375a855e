public import GatewayCore
public import PluginHost

/// What the proxy asks about each request, before anything is sent: whether it is one of the operations that the gateway
/// reads. Everything else passes through unread.
///
/// One for each event loop; called on it, and must not block it.
public protocol ProxyRecognizer: AnyObject {
    /// Called once the caller is known and the request is allowed.
    func recognize(_ request: ProxiedRequest) -> ProxyRecognition

    /// A refusal by the gateway in the error shape of the connection's vendor; `nil` sends `application/problem+json`.
    func render(_ problem: Problem, for connection: ConfiguredConnection, requestID: String) -> ProxyAnswer?
}

/// A request in the vendor's dialect.
public struct ProxiedRequest: Sendable {
    public let id: String
    public let method: String
    /// As it goes to the vendor: checked to have one reading, and not decoded. Begins with `/`.
    public let path: ArraySlice<UInt8>
    /// What follows the `?`; `nil` if there is none.
    public let query: ArraySlice<UInt8>?
    public let headers: RequestHeaders
    public let connection: Connection
    public let plugin: LoadedPlugin
    public let rules: ProxyRules
    public let caller: Caller
    /// Whether the caller is known by a vendor credential only.
    public let isKeyless: Bool
}

public enum ProxyRecognition {
    case passThrough
    /// The body is gathered up to so many bytes (more: 413) and given to the reader.
    case read(bodyLimit: Int, any ProxyReader)
}

/// What deals with one request that was recognised. Used on the event loop of its request.
public protocol ProxyReader: AnyObject {
    /// Takes the request's body, and says what goes to the vendor.
    ///
    /// - Throws: a refusal; nothing is sent then.
    func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep

    /// Takes the vendor's answer, or why there is none, and says what goes to the client.
    ///
    /// - Returns: `nil` to pass the answer on as it came, or to say the failure as a problem.
    func answer(_ result: Result<ProxyAnswer, UpstreamFailure>) async -> ProxyAnswer?
}

public enum ProxyStep: Sendable {
    /// Send this body in place of the client's; `nil` for none.
    case forward(body: [UInt8]?)
    /// Send nothing to the vendor.
    case answer(ProxyAnswer)
}

/// A whole answer in the vendor's dialect.
public struct ProxyAnswer: Sendable {
    public var status: Int
    /// End-to-end fields in order; framing is the front end's.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
