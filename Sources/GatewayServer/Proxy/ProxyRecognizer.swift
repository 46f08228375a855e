public import GatewayCore

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

public enum ProxyRecognition {
    case passThrough
    /// The body is gathered up to so many bytes (more: 413) and given to the reader.
    case read(bodyLimit: Int, any ProxyReader)
}

/// What deals with one request that was recognised. Used on the event loop of its request.
///
/// read → (leave to send) → begin → (the vendor) → answer. Where it ends before that, `end` is called in place of the rest; not
/// where `read` throws.
public protocol ProxyReader: AnyObject {
    /// What the request is, for its record: `create`.
    var operation: String { get }

    /// The steps, for its record; `nil` where none is kept.
    var trace: CallTrace? { get }

    /// Takes the request's body, and says what goes to the vendor.
    ///
    /// - Throws: a refusal; nothing is sent then.
    func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep

    /// Leave to send was given: makes durable what must be before a first byte leaves.
    ///
    /// - Throws: a refusal; nothing is sent then, and `end` is called with it.
    func begin() async throws(Problem)

    /// Takes the vendor's whole answer, and says what goes to the client.
    ///
    /// - Throws: what the client is told in its place.
    func answer(_ answer: ProxyAnswer) async throws(Problem) -> ProxyAnswer

    /// The request ends without an answer of the vendor's.
    ///
    /// - Parameter failure: of the exchange with the vendor; `nil` where it was never begun.
    /// - Returns: what the client is told.
    func end(_ problem: Problem, _ failure: UpstreamFailure?) async -> Problem
}

extension ProxyReader {
    public var operation: String { "proxy" }
    public var trace: CallTrace? { nil }
    public func begin() async throws(Problem) {}
    public func end(_ problem: Problem, _ failure: UpstreamFailure?) async -> Problem { problem }
}

public enum ProxyStep: Sendable {
    /// Send this body in place of the client's; `nil` for none.
    ///
    /// - `without`: names, in lower case, of fields that stay here.
    /// - `adding`: fields beside those of the client, or in place of them.
    case forward(body: [UInt8]?, without: [String] = [], adding: [Header] = [])
    /// Send nothing to the vendor.
    case answer(ProxyAnswer)
}
