internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Runs the functions of one plugin on one event loop.
///
/// `@unchecked Sendable`: what runs them belongs to one event loop.
final class ScriptHost: PluginScripts, @unchecked Sendable {
    private let functions: [PluginFunction: ScriptRunner.Function]
    // Those that most calls go through.
    private let authorize: ScriptRunner.Function?
    private let validate: ScriptRunner.Function?
    private let runner: ScriptRunner
    private let names = EntryNames.all
    private let calls = ScriptCallForm(isForHooks: false)

    init(
        plugin: String,
        file: String,
        source: [UInt8],
        functions: [PluginFunction: LuaFunction],
        limits: LuaLimits,
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(LuaError) {
        let script = ScriptRunner.Script(
            owner: plugin,
            file: file,
            source: source,
            failure: .pluginFailed,
            origin: .plugin,
            functions: functions.keys.map(\.rawValue).sorted()
        )
        var named: [PluginFunction: ScriptRunner.Function] = [:]
        for (function, reference) in functions { named[function] = script.function(function.rawValue, reference) }
        self.functions = named
        authorize = named[.authorize]
        validate = named[.validate]
        runner = try ScriptRunner(
            script,
            limits: limits,
            watch: watch
        ) { line in
            log(ScriptLogLine(plugin: plugin, level: "\(line.level)", text: line.text))
        }
    }

    // MARK: - The functions

    /// Both are handed the same arguments, written once.
    func judge(
        _ entry: Entry,
        _ call: ScriptCall,
        authorizes: Bool,
        validates: Bool
    ) throws(Problem) -> ScriptRun<Void> {
        let message = runner.message { writer in
            writer.entry(entry, names)
            calls.write(call, call.connection.settings, to: &writer)
        }
        if authorizes, let authorize {
            switch try runner.begin(authorize, message, trace: call.trace) {
            case .returned(let results): try allow(results)
            case .suspended(let suspended):
                return .waits { lookUps throws(Problem) in
                    let results = try await self.runner.goOn(suspended, lookUps, trace: call.trace)
                    if let results { try self.allow(results) }
                    guard validates, let validate = self.validate else { return }
                    try self.accept(try await self.results(of: validate, message, call, lookUps))
                }
            }
        }
        if validates, let validate {
            switch try runner.begin(validate, message, trace: call.trace) {
            case .returned(let results): try accept(results)
            case .suspended(let suspended):
                return .waits { lookUps throws(Problem) in
                    try self.accept(try await self.runner.goOn(suspended, lookUps, trace: call.trace))
                }
            }
        }
        runner.giveBack(message)
        return .ended(())
    }

    /// Holds what `authorize` returned to its contract.
    private func allow(_ results: [LuaValue]) throws(Problem) {
        switch results.first ?? .nil {
        case .bool(true): return
        case .nil, .bool(false):
            throw runner.refusal("authorize", results, default: .permissionDenied)
                ?? Problem(
                    .permissionDenied,
                    "The plugin's authorize did not allow it; it gave no reason.",
                    origin: .plugin
                )
        case let other: throw runner.wrongResult("authorize", "true, or nil and a refusal", other)
        }
    }

    /// Holds what `validate` returned to its contract.
    ///
    /// - Parameter results: `nil` where it depends on a read that a plan does not make.
    private func accept(_ results: [LuaValue]?) throws(Problem) {
        guard let results else { return }
        switch results.first ?? .nil {
        case .bool(true): return
        case .nil:
            if let problem = runner.refusal("validate", results, default: .refusedByPlugin) { throw problem }
        case .bool(false):
            // A no without a reason is no yes.
            throw runner.refusal("validate", results, default: .refusedByPlugin)
                ?? runner.wrongResult("validate", "nothing, or nil and a refusal", .bool(false))
        case let other: throw runner.wrongResult("validate", "nothing, or nil and a refusal", other)
        }
    }

    func toVendor(_ request: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.toVendor, request, entry, call)
    }

    func fromVendor(_ entry: JSONValue, _ answer: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.fromVendor, entry, answer, call)
    }

    func readRequest(_ entry: JSONValue, _ request: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.readRequest, entry, request, call)
    }

    func writeAnswer(_ answer: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.writeAnswer, answer, entry, call)
    }

    func problem(_ status: Int, _ body: JSONValue, _ call: ScriptCall) async throws(Problem) -> ScriptProblem? {
        var answer = JSONObject()
        answer["status"] = .integer(Int64(status))
        answer["body"] = body
        let results = try await run(.problem, .object(answer), call) ?? []
        guard let first = results.first, !first.isNil else { return nil }
        guard let table = first.object, let text = table["kind"]?.string, let kind = ErrorKind(rawValue: text) else {
            throw runner.wrongResult(
                "problem",
                "nil, or a table with kind = one of \(ErrorKind.allCases.map(\.rawValue).joined(separator: ", "))",
                first
            )
        }
        return ScriptProblem(kind: kind, message: table["message"]?.string, field: table["field"]?.string)
    }

    func reconcile(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> ReconcileFinding {
        let expected = "{ id = … }, false, or nil and a reason { message = … }"
        let results = try await run(.reconcile, entry, call, call.lookUps) ?? []
        switch results.first ?? .nil {
        case .bool(false): return .absent
        case .nil:
            let reason = results.dropFirst().first?.object?["message"]?.string
            return .unclear(reason ?? "The plugin's reconcile cannot tell, and gave no reason.")
        case let found:
            guard let id = found.object?["id"]?.string, !id.isEmpty else {
                throw runner.wrongResult("reconcile", expected, found)
            }
            return .found(id: id)
        }
    }

    // MARK: - Running

    /// - Returns: `nil` where the function depends on a read that a plan does not make.
    private func run(
        _ function: PluginFunction,
        _ first: JSONValue,
        and second: JSONValue? = nil,
        _ call: ScriptCall,
        _ lookUps: LookUps? = nil
    ) async throws(Problem) -> [LuaValue]? {
        guard let function = functions[function] else { return [] }
        let message = runner.message { writer in
            writer.json(first)
            if let second { writer.json(second) }
            calls.write(call, call.connection.settings, to: &writer)
        }
        return try await results(of: function, message, call, lookUps)
    }

    private func results(
        of function: ScriptRunner.Function,
        _ message: LuaMessage,
        _ call: ScriptCall,
        _ lookUps: LookUps?
    ) async throws(Problem) -> [LuaValue]? {
        switch try runner.begin(function, message, trace: call.trace) {
        case .returned(let results):
            runner.giveBack(message)
            return results
        case .suspended(let suspended): return try await runner.goOn(suspended, lookUps, trace: call.trace)
        }
    }

    private func object(
        _ function: PluginFunction,
        _ first: JSONValue,
        _ second: JSONValue,
        _ call: ScriptCall
    ) async throws(Problem) -> JSONValue {
        let before = first
        let results = try await run(function, first, and: second, call) ?? []
        let first = results.first ?? .nil
        if first.isNil, let problem = runner.refusal(function.rawValue, results, default: .refusedByPlugin) {
            throw problem
        }
        guard let json = first.json, json.object != nil else {
            throw runner.wrongResult(function.rawValue, "a table with named fields, { name = value }", first)
        }
        call.trace?.changed(from: before, to: json)
        return json
    }
}
