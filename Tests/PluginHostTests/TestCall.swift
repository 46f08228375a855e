import GatewayCore
import JSON
import LuaRuntime
import Synchronization
import Testing

@testable import PluginHost

/// A call as scripts are told about it.
enum TestCall {
    static func call(
        settings: JSONObject = JSONObject(),
        scopes: Set<Scope> = [.read, .writeOthers],
        identity: Identity? = Identity(
            userID: "7",
            roles: ["manager"],
            permissions: [Identity.Permission(feature: "time-tracking", level: "write")],
            tasks: ["t-1"]
        ),
        handling: Handling = Handling(isLenient: true, rounding: .up)
    ) -> ScriptCall {
        let connection = Connection(
            name: "acme-main",
            vendor: "acme",
            origin: "https://api.acme.example",
            settings: Settings(settings)
        )
        let caller = Caller(
            name: "jane",
            connections: [connection.name],
            scopes: scopes,
            identities: identity.map { [connection.name: $0] } ?? [:]
        )
        return ScriptCall(
            Call(
                id: "call-1",
                operation: .create,
                connection: connection,
                caller: caller,
                handling: handling,
                now: Timestamp("2026-11-20T09:00:00Z")!
            )
        )
    }
}

/// A plugin's functions, ready to be called.
struct TestScripts {
    let scripts: any PluginScripts
    private let lines = Lines()

    private final class Lines: Sendable {
        let all = Mutex<[ScriptLogLine]>([])
    }

    /// - Parameter deadline: as the gateway has it if `true`; else the machine may be as busy as it likes.
    init(_ functions: String, before: String = "", named name: String = "acme", deadline: Bool = false) throws {
        let source = TemporaryPlugin.good(with: functions, before: before)
            .replacing("id = \"acme\"", with: "id = \"\(name)\"")
        let plugin = try TemporaryPlugin(source, named: name).load()
        let limits = deadline ? LuaLimits() : .unhurried
        let lines = self.lines
        scripts = try #require(
            try plugin.makeScripts(limits: limits) { line in lines.all.withLock { $0.append(line) } }
        )
    }

    var log: [ScriptLogLine] { lines.all.withLock { $0 } }

    func authorize(_ entry: JSONValue = [:], _ call: ScriptCall = TestCall.call()) async throws(Problem) {
        try await scripts.judge(entry, call, authorizes: true)
    }

    func validate() async throws(Problem) { try await scripts.judge([:], TestCall.call(), authorizes: false) }

    /// The problem that `authorize` ends in.
    func refusal(
        _ entry: JSONValue = [:],
        _ call: ScriptCall = TestCall.call(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Problem {
        try await #require(throws: Problem.self, sourceLocation: sourceLocation) {
            try await authorize(entry, call)
        }
    }

    /// The problem that `validate` ends in.
    func invalidity(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Problem {
        try await #require(throws: Problem.self, sourceLocation: sourceLocation) {
            try await validate()
        }
    }
}

extension PluginScripts {
    /// Asks one of the two functions to its end.
    func judge(_ entry: JSONValue, _ call: ScriptCall, authorizes: Bool) async throws(Problem) {
        let run = try judge(Entry(golden: entry), call, authorizes: authorizes, validates: !authorizes)
        if case .waits(let goOn) = run { try await goOn(call.lookUps) }
    }
}

extension LuaLimits {
    /// The limits of production in all but the time, for tests of the other limits.
    static var unhurried: LuaLimits {
        var limits = LuaLimits()
        limits.softDeadlineNanoseconds = 10_000_000_000
        return limits
    }
}
