public import GatewayCore
internal import JSON
internal import PluginHost

/// Single calls without a server: what the command line uses with a configuration. The same pipeline, the same plugins,
/// a libcurl client of its own.
public final class DirectGateway: Sendable {
    /// What a call came to, and the body that the HTTP API would answer with.
    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
        public let outcome: CallOutcome
    }

    private let setup: GatewaySetup
    private let upstream: CurlUpstream
    private let log: @Sendable (ScriptLogLine) -> Void

    /// - Throws: if libcurl cannot be started.
    public init(_ setup: GatewaySetup, log: @escaping @Sendable (String) -> Void = { _ in }) throws {
        self.setup = setup
        self.log = { line in log("\(line.plugin): \(line.text)") }
        upstream = try CurlUpstream(userAgent: "timegate")
    }

    public func shutdown() {
        upstream.shutdown(drainMilliseconds: 0)
    }

    /// Creates an entry, or plans it.
    ///
    /// - Parameter handling: `nil` takes the connection's own.
    public func create(
        body: [UInt8],
        connection name: String,
        caller: Caller,
        handling: Handling? = nil,
        isPlan: Bool = false,
        include: Call.Include = [],
        idempotencyKey: String? = nil
    ) async throws(Problem) -> Answer {
        guard let configured = setup.connections.first(where: { $0.name == name }) else {
            let names = setup.connections.map(\.name).sorted()
            throw Problem(
                .unknownConnection,
                "There is no connection \"\(name)\"; there are: \(names.joined(separator: ", "))."
                    + Suggestion.sentence(for: name, among: names)
            )
        }
        guard case .ready(let connection, let plugin) = configured.state else {
            guard case .disabled(_, let reason) = configured.state else { preconditionFailure("two states only") }
            throw Problem(.connectionDisabled, "The connection \(name) is disabled: \(reason)", origin: .gateway)
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: body)
        } catch {
            throw Problem(malformed: error)
        }
        var ids = RequestIDs()
        let call = Call(
            id: ids.next(),
            operation: .create,
            connection: connection,
            caller: caller,
            handling: handling ?? connection.handling,
            now: SystemClock.now(),
            isPlan: isPlan,
            idempotencyKey: try key(idempotencyKey),
            include: include,
            timeoutMilliseconds: setup.vendorTimeoutMilliseconds
        )
        let outcome = try await Pipeline(zones: setup.zones, vendorKey: VendorKey.make).create(
            document.root,
            call,
            at: plugin.vendor,
            scripts: try scripts(plugin),
            upstream: upstream
        )
        switch outcome {
        case .recorded(let recorded):
            return Answer(status: 201, body: AnswerBody.recorded(recorded), outcome: outcome)
        case .planned(let plan): return Answer(status: 200, body: AnswerBody.planned(plan), outcome: outcome)
        }
    }

    private func key(_ text: String?) throws(Problem) -> String? {
        guard let text else { return nil }
        return try IdempotencyKey.read(text)
    }

    private func scripts(_ plugin: LoadedPlugin) throws(Problem) -> (any PluginScripts)? {
        do throws(PluginFault) {
            return try plugin.makeScripts(log: log)
        } catch {
            throw Problem(.pluginFailed, error.description, origin: .plugin)
        }
    }
}
