public import GatewayCore
internal import PluginHost

/// Deals with proxied requests that are operations of a plugin's table, or that come in another vendor's dialect.
///
/// One for each event loop.
public final class NativeRecognizer: ProxyRecognizer {
    /// The longest body that is read: what the unified API takes.
    static let bodyLimit = 1 << 20

    private let zones: ZoneDatabase
    private let now: @Sendable () -> Timestamp
    private let ports: (ProxiedRequest) -> NativePorts
    private let create: FacadeExchange.Create?
    private let writes: NativeWrites?

    /// - Parameters:
    ///   - ports: hooks, the plugin's functions, and the way to read with the request's own credentials.
    public convenience init(
        zones: ZoneDatabase,
        now: @escaping @Sendable () -> Timestamp,
        ports: @escaping (ProxiedRequest) -> NativePorts
    ) {
        self.init(zones: zones, now: now, ports: ports, create: nil, writes: nil)
    }

    /// - Parameters:
    ///   - create: the usual create at the connection, for façades; `nil` refuses them.
    ///   - writes: where writes are remembered; `nil` where the gateway runs without a journal.
    init(
        zones: ZoneDatabase,
        now: @escaping @Sendable () -> Timestamp,
        ports: @escaping (ProxiedRequest) -> NativePorts,
        create: FacadeExchange.Create?,
        writes: NativeWrites?
    ) {
        self.zones = zones
        self.now = now
        self.ports = ports
        self.create = create
        self.writes = writes
    }

    public func recognize(_ request: ProxiedRequest) -> ProxyRecognition {
        let vendor = request.plugin.vendor
        if request.connection.facade == nil, vendor.isPlainlyOther(path: request.path) { return .passThrough }
        let native = request.native
        if let facade = request.connection.facade {
            return .read(bodyLimit: Self.bodyLimit, FacadeExchange(facade, request, native, zones, now(), create))
        }
        switch vendor.recognise(native) {
        case .other: return .passThrough
        case .doubtful(let why):
            if passes(native, request) { return .passThrough }
            return .read(bodyLimit: Self.bodyLimit, RefusingReader(Vendor.doubt(why), request))
        case .operation(let operation):
            let reader = NativeExchange(request, native, operation, zones, now(), ports(request), writes)
            return .read(bodyLimit: Self.bodyLimit, reader)
        }
    }

    /// Whether a request that may be an operation goes on unread: a write does not where that would go around a promise, which
    /// are the key that it has or must have, and the hooks that are to see it.
    private func passes(_ native: NativeRequest, _ request: ProxiedRequest) -> Bool {
        guard request.rules.unreadable == .pass, request.rules.credentials == .client else { return false }
        if ["GET", "HEAD", "OPTIONS"].contains(native.method) { return true }
        return !request.connection.requiresKey && ports(request).onEntry == nil
            && (writes == nil || !NativeWrites.namesKey(native, request.plugin.vendor))
    }

    public func render(_ problem: Problem, for connection: ConfiguredConnection, requestID: String) -> ProxyAnswer? {
        guard case .ready(let connection, let plugin) = connection.state else { return nil }
        let dialect = connection.facade?.dialect ?? plugin.vendor
        return ProxyAnswer(dialect.nativeRefusal(problem, requestID: requestID))
    }
}

/// A request that cannot be told for certain, where the connection refuses what it cannot read.
final class RefusingReader: ProxyReader {
    private let problem: Problem
    let trace: CallTrace?

    init(_ problem: Problem, _ request: ProxiedRequest) {
        self.problem = problem
        trace = request.makeTrace()
    }

    func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep { throw problem }
    func answer(_ answer: ProxyAnswer) async throws(Problem) -> ProxyAnswer { answer }
}
