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

    /// - Parameters:
    ///   - ports: hooks, the plugin's functions, and the way to read with the request's own credentials.
    ///   - create: the usual create at the connection, for façades; `nil` refuses them.
    public init(
        zones: ZoneDatabase,
        now: @escaping @Sendable () -> Timestamp,
        ports: @escaping (ProxiedRequest) -> NativePorts,
        create: FacadeExchange.Create? = nil
    ) {
        self.zones = zones
        self.now = now
        self.ports = ports
        self.create = create
    }

    public func recognize(_ request: ProxiedRequest) -> ProxyRecognition {
        let vendor = request.plugin.vendor
        if request.connection.facade == nil, vendor.isPlainlyOther(path: request.path) { return .passThrough }
        var native = request.native
        if let facade = request.connection.facade {
            return .read(bodyLimit: Self.bodyLimit, FacadeExchange(facade, request, native, zones, now(), create))
        }
        switch vendor.recognise(native) {
        case .other: return .passThrough
        case .doubtful(let why):
            if request.rules.unreadable == .pass, request.rules.credentials == .client { return .passThrough }
            return .read(bodyLimit: Self.bodyLimit, RefusingReader(Vendor.doubt(why)))
        case .operation(let operation):
            native.body = []
            let reader = NativeExchange(request, native, operation, zones, now(), ports(request))
            return .read(bodyLimit: Self.bodyLimit, reader)
        }
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

    init(_ problem: Problem) {
        self.problem = problem
    }

    func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep { throw problem }
    func answer(_ result: Result<ProxyAnswer, UpstreamFailure>) async -> ProxyAnswer? { nil }
}

/// A recognised request between the client and the vendor.
final class NativeExchange: ProxyReader {
    private let proxied: ProxiedRequest
    private var request: NativeRequest
    private let operation: NativeOperation
    private let zones: ZoneDatabase
    private let now: Timestamp
    private let ports: NativePorts
    private var native: NativeCall?
    private var forward: NativeForward?

    init(
        _ proxied: ProxiedRequest,
        _ request: NativeRequest,
        _ operation: NativeOperation,
        _ zones: ZoneDatabase,
        _ now: Timestamp,
        _ ports: NativePorts
    ) {
        self.proxied = proxied
        self.request = request
        self.operation = operation
        self.zones = zones
        self.now = now
        self.ports = ports
    }

    func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep {
        request.body = body
        let native = NativeCall(
            request,
            operation,
            proxied.call(operation.operation, now),
            at: proxied.plugin.vendor,
            zones: zones,
            credentials: proxied.rules.credentials == .client ? .client : .connection,
            unreadable: proxied.rules.unreadable == .pass ? .pass : .refuse
        )
        let forward = try await native.prepare(ports)
        self.native = native
        self.forward = forward
        return .forward(body: forward.request.body.isEmpty ? nil : forward.request.body)
    }

    func answer(_ result: Result<ProxyAnswer, UpstreamFailure>) async -> ProxyAnswer? {
        guard let native, let forward, case .success(var answer) = result else { return nil }
        do throws(Problem) {
            let retryAfter = answer.headers.first { $0.name.lowercased() == "retry-after" }?.value
            let found = NativeAnswer(status: answer.status, body: answer.body, retryAfter: retryAfter)
            let outcome = try await native.conclude(found, to: forward, ports)
            guard outcome.isChanged else { return nil }
            answer.body = outcome.body
            // The bytes are others now, and so is what vouched for them.
            answer.headers.removeAll {
                ["etag", "digest", "content-digest", "content-md5"].contains($0.name.lowercased())
            }
            return answer
        } catch {
            return ProxyAnswer(proxied.plugin.vendor.nativeRefusal(error, requestID: proxied.id))
        }
    }
}

/// A create in another vendor's dialect.
public final class FacadeExchange: ProxyReader {
    public typealias Create = (ProxiedRequest, Call, FacadeRequest) async throws(Problem) -> RecordedEntry

    private let facade: Facade
    private let proxied: ProxiedRequest
    private var request: NativeRequest
    private let zones: ZoneDatabase
    private let now: Timestamp
    private let create: Create?

    init(
        _ facade: Facade,
        _ proxied: ProxiedRequest,
        _ request: NativeRequest,
        _ zones: ZoneDatabase,
        _ now: Timestamp,
        _ create: Create?
    ) {
        self.facade = facade
        self.proxied = proxied
        self.request = request
        self.zones = zones
        self.now = now
        self.create = create
    }

    public func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep {
        request.body = body
        let call = proxied.call(.create, now)
        let create = create
        let proxied = proxied
        let reply = await facade.serve(request, call, zones: zones, scripts: nil) {
            asked throws(Problem) in
            guard let create else {
                throw Problem(.unsupportedOperation, "This gateway serves no other dialects.", origin: .gateway)
            }
            return try await create(proxied, call, asked)
        }
        return .answer(
            ProxyAnswer(
                status: reply.status,
                headers: reply.headers.map { ($0.name, $0.value) },
                body: reply.body
            )
        )
    }

    public func answer(_ result: Result<ProxyAnswer, UpstreamFailure>) async -> ProxyAnswer? { nil }
}

extension ProxyAnswer {
    init(_ refusal: NativeRefusal) {
        self.init(
            status: refusal.status,
            // The front end adds the code, as it does to every refusal.
            headers: refusal.headers.filter { $0.name != "Timegate-Error" }.map { ($0.name, $0.value) },
            body: refusal.body
        )
    }
}

extension ProxiedRequest {
    /// The request without its body.
    var native: NativeRequest {
        var target = String(decoding: path, as: UTF8.self)
        if let query { target += "?" + String(decoding: query, as: UTF8.self) }
        var fields: [Header] = []
        headers.forEach { name, value in
            fields.append(Header(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return NativeRequest(method: method, target: target, headers: fields)
    }

    /// The call that the gateway's rules see. A client without a key is held to no scope: its vendor decides.
    func call(_ operation: GatewayCore.Operation, _ now: Timestamp) -> Call {
        let scopes = isKeyless ? Set(Scope.allCases) : caller.scopes
        let known = Caller(
            name: caller.name,
            connections: caller.connections,
            scopes: scopes,
            identities: caller.identities
        )
        return Call(
            id: id,
            operation: operation,
            connection: connection,
            caller: known,
            handling: connection.handling,
            now: now
        )
    }
}
