internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Runs the functions of one plugin on one event loop.
///
/// `@unchecked Sendable`: what runs them belongs to one event loop.
final class ScriptHost: PluginScripts, @unchecked Sendable {
    private let functions: [PluginFunction: LuaFunction]
    private let runner: ScriptRunner

    init(
        plugin: String,
        file: String,
        source: [UInt8],
        functions: [PluginFunction: LuaFunction],
        limits: LuaLimits,
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(LuaError) {
        self.functions = functions
        runner = try ScriptRunner(
            ScriptRunner.Script(
                owner: plugin,
                file: file,
                source: source,
                failure: .pluginFailed,
                origin: .plugin,
                functions: functions.keys.map(\.rawValue).sorted()
            ),
            limits: limits,
            watch: watch
        ) { line in
            log(ScriptLogLine(plugin: plugin, level: "\(line.level)", text: line.text))
        }
    }

    // MARK: - The functions

    func authorize(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) {
        guard let results = try await run(.authorize, [.json(entry), .call(call)], call.lookUps) else { return }
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

    func validate(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) {
        guard let results = try await run(.validate, [.json(entry), .call(call)], call.lookUps) else { return }
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
        try await object(.toVendor, [.json(request), .json(entry), .call(call)])
    }

    func fromVendor(_ entry: JSONValue, _ answer: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.fromVendor, [.json(entry), .json(answer), .call(call)])
    }

    func readRequest(_ entry: JSONValue, _ request: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.readRequest, [.json(entry), .json(request), .call(call)])
    }

    func writeAnswer(_ answer: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try await object(.writeAnswer, [.json(answer), .json(entry), .call(call)])
    }

    func problem(_ status: Int, _ body: JSONValue, _ call: ScriptCall) async throws(Problem) -> ScriptProblem? {
        var answer = JSONObject()
        answer["status"] = .integer(Int64(status))
        answer["body"] = body
        let results = try await run(.problem, [.json(.object(answer)), .call(call)]) ?? []
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
        let results = try await run(.reconcile, [.json(entry), .call(call)], call.lookUps) ?? []
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

    private enum Argument {
        case json(JSONValue)
        case call(ScriptCall)
    }

    /// - Returns: `nil` where the function depends on a read that a plan does not make.
    private func run(
        _ function: PluginFunction,
        _ arguments: [Argument],
        _ lookUps: LookUps? = nil
    ) async throws(Problem) -> [LuaValue]? {
        guard let reference = functions[function] else { return [] }
        var writer = LuaMessageWriter()
        for argument in arguments {
            switch argument {
            case .json(let value): writer.json(value)
            case .call(let call): writer.call(call)
            }
        }
        return try await runner.run(
            reference,
            named: function.rawValue,
            writer.finish(),
            lookUps,
            trace: trace(arguments)
        )
    }

    private func trace(_ arguments: [Argument]) -> CallTrace? {
        if case .call(let call)? = arguments.last { call.trace } else { nil }
    }

    private func object(_ function: PluginFunction, _ arguments: [Argument]) async throws(Problem) -> JSONValue {
        let results = try await run(function, arguments) ?? []
        let first = results.first ?? .nil
        if first.isNil, let problem = runner.refusal(function.rawValue, results, default: .refusedByPlugin) {
            throw problem
        }
        guard let json = first.json, json.object != nil else {
            throw runner.wrongResult(function.rawValue, "a table", first)
        }
        if case .json(let before)? = arguments.first {
            trace(arguments)?.changed(from: before, to: json)
        }
        return json
    }
}

extension LuaMessageWriter {
    mutating func json(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .number(let digits): number(text: digits)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { json(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object {
                name(member.key)
                json(member.value)
            }
            endObject()
        }
    }

    /// What a function is told about the call. Sets are tables with `true`, so that asking is an index.
    ///
    /// - Parameter isHooks: for an operator's hook, which is told of calls to any vendor, dry ones too.
    mutating func call(_ call: ScriptCall, isHooks: Bool = false) {
        beginObject()
        name("id")
        string(call.id)
        name("operation")
        string(call.operation.rawValue)
        name("connection")
        string(call.connection)
        name("settings")
        json(.object(call.settings.values))
        name("now")
        string(call.now.description)
        name("log")
        builtin("log")
        name("get")
        hostFunction("call.get")
        name("handling")
        beginObject()
        name("lenient")
        bool(call.handling.isLenient)
        if let rounding = call.handling.rounding {
            name("rounding")
            string(rounding.rawValue)
        }
        endObject()
        name("caller")
        beginObject()
        name("name")
        string(call.caller)
        name("scopes")
        set(call.scopes.map(\.rawValue).sorted())
        if let identity = call.identity { self.identity(identity) }
        endObject()
        if isHooks { hooks(call) }
        if let sentAt = call.sentAt {
            name("sent_at")
            string(sentAt.description)
        }
        if let before = call.before {
            name("before")
            json(before)
        }
        endObject()
    }

    private mutating func hooks(_ call: ScriptCall) {
        name("vendor")
        string(call.vendor)
        name("dry_run")
        bool(call.isPlan)
        if let id = call.entryID {
            name("entry_id")
            string(id)
        }
        guard let result = call.result else { return }
        name("result")
        beginObject()
        name("outcome")
        string(result.outcome)
        if let code = result.code {
            name("code")
            string(code)
        }
        if let id = result.entryID {
            name("entry_id")
            string(id)
        }
        name("milliseconds")
        integer(result.milliseconds)
        endObject()
    }

    private mutating func identity(_ identity: Identity) {
        name("identity")
        beginObject()
        if let userID = identity.userID {
            name("user_id")
            string(userID)
        }
        name("roles")
        set(identity.roles)
        name("permissions")
        beginObject()
        for permission in identity.permissions {
            name(permission.feature)
            string(permission.level)
        }
        endObject()
        name("tasks")
        set(identity.tasks)
        endObject()
    }

    private mutating func set(_ names: [String]) {
        beginObject()
        for text in names {
            name(text)
            bool(true)
        }
        endObject()
    }
}
