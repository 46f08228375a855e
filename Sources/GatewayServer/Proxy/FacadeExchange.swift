public import GatewayCore
internal import JSON
internal import PluginHost

/// A create in another vendor's dialect.
public final class FacadeExchange: ProxyReader {
    /// The usual create at the connection. The key is that of the write in the journal.
    public typealias Create = (ProxiedRequest, Call, FacadeRequest) async throws(Problem) -> Created

    /// What a create came to.
    public struct Created: Sendable {
        public var recorded: Result<RecordedEntry, Problem>
        /// The identifier of the request that was answered with it first.
        public var requestID: String
        public var key: String?
        public var isReplay: Bool

        public init(
            _ recorded: Result<RecordedEntry, Problem>,
            requestID: String,
            key: String? = nil,
            isReplay: Bool = false
        ) {
            self.recorded = recorded
            self.requestID = requestID
            self.key = key
            self.isReplay = isReplay
        }
    }

    private let facade: Facade
    private let proxied: ProxiedRequest
    private var request: NativeRequest
    private let zones: ZoneDatabase
    private let call: Call
    private let create: Create?

    public var trace: CallTrace? { call.trace }
    public var operation: String { GatewayCore.Operation.create.rawValue }

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
        call = proxied.call(.create, now)
        self.create = create
    }

    public func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep {
        request.body = body
        let call = call
        let key = try NativeWrites.key(of: request, .create, facade.dialect)
        var created: Created?
        let reply = await facade.serve(request, call, zones: zones, scripts: nil) {
            (asked: FacadeRequest) async throws(Problem) -> RecordedEntry in
            guard let create = self.create else {
                throw Problem(.unsupportedOperation, "This gateway serves no other dialects.", origin: .gateway)
            }
            var asked = asked
            asked.idempotencyKey = key?.text
            let found = try await create(self.proxied, call, asked)
            created = found
            switch found.recorded {
            case .success(let recorded): return recorded
            case .failure(var problem):
                problem.extra["request_id"] = .string(found.requestID)
                throw problem
            }
        }
        var answer = ProxyAnswer(status: reply.status, body: reply.body)
        for header in reply.headers {
            if header.name == "Timegate-Error" {
                answer.marks.append((header.name, header.value))
            } else {
                answer.headers.append((header.name, header.value))
            }
        }
        if let created, let key = created.key {
            if created.isReplay { answer.markReplayed(key) } else { answer.marks.append(("Idempotency-Key", key)) }
        }
        return .answer(answer)
    }

    public func answer(_ answer: ProxyAnswer) async throws(Problem) -> ProxyAnswer { answer }
}
