internal import GatewayCore
internal import JSON
internal import PluginHost

/// A recognised request between the client and the vendor.
///
/// key → read, hooks, rules → (leave to send) → intent durable → (the vendor) → answer read → answer durable → hooks
final class NativeExchange: ProxyReader {
    private let proxied: ProxiedRequest
    private var request: NativeRequest
    /// What its address says, and from `read` on its body too.
    private var recognised: NativeOperation
    private let zones: ZoneDatabase
    private let ports: NativePorts
    private let writes: NativeWrites?
    private var call: Call
    private var key: NativeWrites.Key?
    /// The key that the vendor gets in place of the client's, in the vendor's own header.
    private var vendorKey: Header?
    private var native: NativeCall?
    private var forward: NativeForward?

    var operation: String { recognised.operation.rawValue }
    var trace: CallTrace? { call.trace }

    /// - Parameter writes: where writes are remembered; `nil` where the gateway runs without a journal.
    init(
        _ proxied: ProxiedRequest,
        _ request: NativeRequest,
        _ recognised: NativeOperation,
        _ zones: ZoneDatabase,
        _ now: Timestamp,
        _ ports: NativePorts,
        _ writes: NativeWrites?
    ) {
        self.proxied = proxied
        self.request = request
        self.recognised = recognised
        self.zones = zones
        self.ports = ports
        self.writes = recognised.operation.isRead ? nil : writes
        call = proxied.call(recognised.operation, now)
        call.entryID = recognised.entryID
    }

    private var vendor: Vendor { proxied.plugin.vendor }

    // MARK: - Up

    func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep {
        request.body = body
        do throws(Problem) {
            try tell()
            if let writes, let replay = try await claim(in: writes) { return .answer(replay) }
            if proxied.rules.credentials == .connection { try takeVendorKey() }
            let native = NativeCall(
                request,
                recognised,
                call,
                at: vendor,
                zones: zones,
                credentials: proxied.rules.credentials == .client ? .client : .connection,
                unreadable: proxied.rules.unreadable == .pass ? .pass : .refuse
            )
            let forward = try await native.prepare(ports)
            self.native = native
            self.forward = forward
            if !recognised.operation.isRead, let gate = call.gate, gate.needsProbe(now: proxied.uptime()) {
                await ports.reads?.probe(before: call)
            }
            let own = key.map { !$0.isVendors } ?? false
            return .forward(
                body: forward.request.body.isEmpty ? nil : forward.request.body,
                without: own ? [NativeWrites.gatewayHeader] : vendorKey.map { [$0.name.lowercased()] } ?? [],
                adding: vendorKey.map { [$0] } ?? []
            )
        } catch {
            throw await end(error, nil)
        }
    }

    /// Several operations may have one address.
    private func tell() throws(Problem) {
        switch vendor.tell(recognised, request) {
        case .operation(let told):
            recognised = told
            call.operation = told.operation
        case .doubtful(let why):
            if proxied.rules.unreadable == .pass, proxied.rules.credentials == .client { return }
            throw Vendor.doubt(why)
        case .other: break
        }
    }

    /// - Returns: the answer that was given before, where there was one.
    private func claim(in writes: NativeWrites) async throws(Problem) -> ProxyAnswer? {
        key = try NativeWrites.key(of: request, recognised.operation, vendor)
        switch try await writes.claim(key, proxied, request, recognised.operation) {
        case .none: return nil
        case .claimed(let write):
            call.write = write
            return nil
        case .replay(let reply, let isSettled, let key):
            var answer = isSettled ? try settled(reply) : ProxyAnswer(reply)
            answer.markReplayed(key)
            return answer
        }
    }

    /// With the connection's credentials all callers are one client to the vendor, which would answer the second one who
    /// chooses a key with the first one's entry. So it gets a key that tells whose it is, as for a unified write.
    private func takeVendorKey() throws(Problem) {
        guard !recognised.operation.isRead,
            let name = vendor.manifest.operations[recognised.operation]?.idempotencyHeader
        else { return }
        if writes == nil { key = try NativeWrites.key(of: request, recognised.operation, vendor) }
        guard let key else { return }
        call.idempotencyKey = key.text
        let header = Header(name, VendorKey.make(call))
        request.set(header)
        vendorKey = header
    }

    /// The answer of a write that was settled afterwards, in the vendor's words: its own answer was lost.
    private func settled(_ reply: StoredReply) throws(Problem) -> ProxyAnswer {
        let statuses = vendor.manifest.operations[recognised.operation]?.success ?? []
        if reply.body.isEmpty {
            return ProxyAnswer(status: statuses.contains(reply.status) ? reply.status : statuses.min() ?? 200, body: [])
        }
        let body = (try? JSONValue(parsing: reply.body)) ?? .null
        if let problem = Problem(stored: body) {
            var answer = ProxyAnswer(
                vendor.nativeRefusal(problem, requestID: problem.extra["request_id"]?.string ?? proxied.id)
            )
            answer.marks.append(("Timegate-Error", problem.code.rawValue))
            return answer
        }
        let entry = try Entry(golden: body["data"] ?? .null)
        do throws(Problem) {
            let rule = vendor.manifest.operations[recognised.operation]
            return ProxyAnswer(
                status: statuses.contains(reply.status) ? reply.status : statuses.min() ?? 200,
                headers: [("Content-Type", rule?.accept ?? "application/json")],
                body: try vendor.writeNativeAnswer(
                    entry,
                    operation: recognised.operation,
                    zones: zones,
                    connection: proxied.connection
                )
            )
        } catch {
            throw Problem(
                .recordedButUnmapped,
                "\(vendor.title) has the entry \(entry.id ?? "?"), but its answer was lost, and cannot be written "
                    + "in its words: \(error.detail)",
                origin: .gateway,
                sent: .yes
            )
        }
    }

    func begin() async throws(Problem) {
        guard let write = call.write, let intent = forward?.intent else { return }
        try await write.begin(intent)
        call.trace?.lap(.journal)
    }

    // MARK: - Down

    func answer(_ answer: ProxyAnswer) async throws(Problem) -> ProxyAnswer {
        guard let native, let forward else { return answer }
        let call = call
        let retryAfter = answer.status >= 400 ? answer.header("retry-after") : nil
        var told = UpstreamAnswer(status: answer.status, body: answer.body, retryAfter: retryAfter)
        record(.success(told), call)
        told.mean(vendor.meant(status: answer.status, body: answer.body))
        note(.success(told), call)
        if let write = call.write, looksOn { await write.storeAnswer() }
        let found = NativeAnswer(
            status: answer.status,
            body: answer.body,
            retryAfter: retryAfter,
            isCoded: answer.header("content-encoding").map { $0.lowercased() != "identity" } ?? false,
            idHeader: vendor.manifest.operations[recognised.operation]?.idHeader.flatMap { answer.header($0) }
        )
        var outcome = NativeOutcome(body: answer.body)
        do throws(Problem) {
            outcome = try await native.conclude(found, to: forward, ports)
        } catch {
            // Whatever fails here, a write was answered by the vendor, and that answer is the truth.
            if recognised.operation.isRead { throw await end(error, nil) }
        }
        var given = answer
        if outcome.isChanged { given.replaceBody(with: outcome.body) }
        // A vendor that repeats the key means the one that it got.
        if let vendorKey, let key, answer.header(vendorKey.name.lowercased()) == vendorKey.value {
            given.set(Header(vendorKey.name, key.text))
        }
        if let write = call.write {
            let id = outcome.entries.count == 1 ? outcome.entries[0].id : nil
            if write.isRepetition, outcome.isUnderstood, outcome.problem == nil, let id,
                let problem = await ports.reads?.doubled(write, answered: id, call)
            {
                throw await end(problem, nil)
            }
            if call.operation == .create, outcome.isUnderstood, outcome.problem == nil, let id,
                let problem = await ports.reads?.ownedByAnother(write, answered: id)
            {
                throw await end(problem, nil)
            }
            let doubt = await write.finish(
                StoredReply(given),
                vendorEntryID: call.entryID ?? id,
                isUnderstood: outcome.isUnderstood,
                isUnread: outcome.isUnread,
                reason: outcome.problem?.detail
            )
            if let problem = doubt?.explained(write.scope) {
                self.call.write = nil
                await ports.ended?(.refused(problem), call)
                throw problem
            }
            name(write, in: &given)
        }
        await ports.ended?(ending(outcome), call)
        return given
    }

    func end(_ problem: Problem, _ failure: UpstreamFailure?) async -> Problem {
        var problem = problem
        if let failure {
            record(.failure(failure), call)
            note(.failure(failure), call)
        }
        if let write = call.write {
            if write.isRepetition, problem.sent == .no { problem.sent = .maybe }
            problem = problem.explained(write.scope)
            let reply = StoredReply(problem, requestID: proxied.id)
            let told = await write.finish(problem, reply)
            if told.code != problem.code { problem = told.explained(write.scope) }
            call.write = nil
        }
        await ports.ended?(.refused(problem), call)
        return problem
    }

    private func note(_ result: Result<UpstreamAnswer, UpstreamFailure>, _ call: Call) {
        guard let write = call.write else { return }
        switch result {
        case .success(var answer):
            answer.isRepetition = write.isRepetition
            write.note(.success(answer), mayHaveActed: true)
        case .failure(let failure):
            write.note(result, mayHaveActed: failure.maySent || write.isRepetition)
        }
    }

    /// Whether something that may fail looks at the answer before it is written down.
    private var looksOn: Bool {
        ports.onAnswer != nil || vendor.manifest.functions.contains(.fromVendor)
    }

    /// Names the key by which the client can ask what became of its write, unless it is the vendor's own or the vendor names it.
    private func name(_ write: JournaledWrite, in answer: inout ProxyAnswer) {
        guard key?.isVendors != true, answer.header(NativeWrites.gatewayHeader) == nil else { return }
        answer.marks.append(("Idempotency-Key", write.scope.key))
    }

    private func ending(_ outcome: NativeOutcome) -> NativeEnd {
        if let problem = outcome.problem { return .refused(problem) }
        if !outcome.isUnderstood, !recognised.operation.isRead {
            let detail = "What came is no answer that \(vendor.title) gives to this operation."
            return .refused(Problem(.outcomeUnknown, detail, origin: .vendor, sent: .maybe))
        }
        switch recognised.operation {
        case .list: return .listed
        case .delete: return .deleted
        default:
            guard outcome.entries.count == 1 else { return .acted }
            return .entry(RecordedEntry(entry: outcome.entries[0], report: outcome.report))
        }
    }

    // MARK: - The record

    private func record(_ result: Result<UpstreamAnswer, UpstreamFailure>, _ call: Call) {
        guard let trace = call.trace, let forward else { return }
        let own = proxied.rules.credentials == .connection ? proxied.connection.headers : []
        let sent = CallTrace.Exchange(
            UpstreamRequest(
                method: request.method,
                url: proxied.connection.origin + request.target,
                headers: ProxiedRequest.shown(request.headers, added: own),
                body: forward.request.body.isEmpty ? nil : forward.request.body,
                allowsPrivate: proxied.connection.allowsPrivate,
                timeoutMilliseconds: proxied.timeoutMilliseconds
            ),
            result
        )
        trace.lap(.send, .exchange(sent))
    }
}
