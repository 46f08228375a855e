internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Runs the functions of one plugin on one event loop.
///
/// `@unchecked Sendable`: the Lua state belongs to one event loop. The gateway makes one host for each loop and calls
/// it on that loop only; nothing of it is reached from elsewhere.
final class ScriptHost: PluginScripts, @unchecked Sendable {
    private let plugin: String
    private let file: String
    private let source: [UInt8]
    private let functions: [PluginFunction: LuaFunction]
    private let limits: LuaLimits
    private let log: @Sendable (ScriptLogLine) -> Void
    private var state: LuaState

    init(
        plugin: String,
        file: String,
        source: [UInt8],
        functions: [PluginFunction: LuaFunction],
        limits: LuaLimits,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(LuaError) {
        self.plugin = plugin
        self.file = file
        self.source = source
        self.functions = functions
        self.limits = limits
        self.log = log
        state = try ScriptHost.makeState(plugin: plugin, file: file, source: source, limits: limits, log: log)
    }

    private static func makeState(
        plugin: String,
        file: String,
        source: [UInt8],
        limits: LuaLimits,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(LuaError) -> LuaState {
        let state = try LuaState(limits: limits) { line in
            log(ScriptLogLine(plugin: plugin, level: "\(line.level)", text: line.text))
        }
        _ = try state.load(source: source, chunkName: file)
        return state
    }

    // MARK: - The functions

    func authorize(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) {
        let results = try run(.authorize, [.json(entry), .call(call)])
        switch results.first ?? .nil {
        case .bool(true): return
        case .nil, .bool(false):
            throw refusal(.authorize, results, default: .permissionDenied)
                ?? Problem(
                    .permissionDenied,
                    "The plugin's authorize did not allow it; it gave no reason.",
                    origin: .plugin
                )
        case let other: throw wrongResult(.authorize, "true, or nil and a refusal", other)
        }
    }

    func validate(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) {
        let results = try run(.validate, [.json(entry), .call(call)])
        switch results.first ?? .nil {
        case .bool(true): return
        case .nil:
            if let problem = refusal(.validate, results, default: .refusedByPlugin) { throw problem }
        case .bool(false):
            // A no without a reason is no yes.
            throw refusal(.validate, results, default: .refusedByPlugin)
                ?? wrongResult(.validate, "nothing, or nil and a refusal", .bool(false))
        case let other: throw wrongResult(.validate, "nothing, or nil and a refusal", other)
        }
    }

    func toVendor(_ request: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try object(.toVendor, [.json(request), .json(entry), .call(call)])
    }

    func fromVendor(_ entry: JSONValue, _ answer: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try object(.fromVendor, [.json(entry), .json(answer), .call(call)])
    }

    func readRequest(_ entry: JSONValue, _ request: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try object(.readRequest, [.json(entry), .json(request), .call(call)])
    }

    func writeAnswer(_ answer: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try object(.writeAnswer, [.json(answer), .json(entry), .call(call)])
    }

    func problem(_ status: Int, _ body: JSONValue, _ call: ScriptCall) async throws(Problem) -> ScriptProblem? {
        var answer = JSONObject()
        answer["status"] = .integer(Int64(status))
        answer["body"] = body
        let results = try run(.problem, [.json(.object(answer)), .call(call)])
        guard let first = results.first, !first.isNil else { return nil }
        guard let table = first.object, let text = table["kind"]?.string, let kind = ErrorKind(rawValue: text) else {
            throw wrongResult(
                .problem,
                "nil, or a table with kind = one of \(ErrorKind.allCases.map(\.rawValue).joined(separator: ", "))",
                first
            )
        }
        return ScriptProblem(kind: kind, message: table["message"]?.string, field: table["field"]?.string)
    }

    // MARK: - Running

    private enum Argument {
        case json(JSONValue)
        case call(ScriptCall)
    }

    private func run(_ function: PluginFunction, _ arguments: [Argument]) throws(Problem) -> [LuaValue] {
        guard let reference = functions[function] else { return [] }
        // A state that was stopped at a limit is never used again.
        if state.isDead {
            do throws(LuaError) {
                state = try ScriptHost.makeState(plugin: plugin, file: file, source: source, limits: limits, log: log)
            } catch {
                throw Problem(error, file: file)
            }
        }
        var writer = LuaMessageWriter()
        for argument in arguments {
            switch argument {
            case .json(let value): writer.json(value)
            case .call(let call): writer.call(call)
            }
        }
        switch state.call(reference, named: function.rawValue, message: writer.finish()) {
        case .returned(let results, let usage):
            note(usage, function, arguments)
            return results
        case .failed(let error, let usage):
            note(usage, function, arguments)
            throw Problem(error, file: file)
        case .suspended(let suspension):
            throw Problem(
                .pluginFailed,
                "\(file): \(function.rawValue) asked for \(suspension.name), which this gateway does not offer.",
                origin: .plugin
            )
        }
    }

    /// Writes a run into the record of its call.
    private func note(_ usage: LuaUsage, _ function: PluginFunction, _ arguments: [Argument]) {
        guard case .call(let call)? = arguments.last, let trace = call.trace else { return }
        let script = CallTrace.Script(
            function: function.rawValue,
            instructions: usage.instructions,
            nanoseconds: usage.nanoseconds,
            memory: usage.memoryInUse
        )
        trace.lap(.script, .script(script))
    }

    private func object(_ function: PluginFunction, _ arguments: [Argument]) throws(Problem) -> JSONValue {
        let results = try run(function, arguments)
        let first = results.first ?? .nil
        if first.isNil, let problem = refusal(function, results, default: .refusedByPlugin) { throw problem }
        guard let json = first.json, json.object != nil else { throw wrongResult(function, "a table", first) }
        if case .json(let before)? = arguments.first, case .call(let call)? = arguments.last {
            call.trace?.changed(from: before, to: json)
        }
        return json
    }

    // MARK: - Refusals

    /// `nil, { code, field, message, rule, source }`, or a list of such.
    private func refusal(_ function: PluginFunction, _ results: [LuaValue], default code: ProblemCode) -> Problem? {
        guard results.count > 1 else { return nil }
        let second = results[1]
        let tables: [LuaObject]
        if let table = second.object {
            tables = [table]
        } else if let list = second.array, !list.isEmpty {
            tables = list.compactMap(\.object)
        } else {
            return second.isNil ? nil : wrongResult(function, "nil and a table with code and message", second)
        }
        var errors: [FieldError] = []
        var first: ProblemCode?
        for table in tables {
            let known = table["code"]?.string.flatMap { ProblemCode(rawValue: $0) } ?? code
            first = first ?? known
            errors.append(
                FieldError(
                    known,
                    table["field"]?.string,
                    table["message"]?.string ?? "The plugin refused it and gave no message.",
                    hint: table["hint"]?.string
                )
            )
        }
        guard let head = errors.first else { return wrongResult(function, "nil and a refusal", second) }
        var problem = Problem(
            first ?? code,
            errors.count == 1 ? head.message : "\(errors.count) faults: \(head.message) …",
            origin: .plugin
        )
        problem.errors = errors.filter { $0.field != nil }
        problem.rule = tables[0]["rule"]?.string
        problem.source = tables[0]["source"]?.string
        return problem
    }

    private func wrongResult(_ function: PluginFunction, _ expected: String, _ found: LuaValue) -> Problem {
        var problem = Problem(
            .pluginFailed,
            "\(file): \(function.rawValue) must return \(expected); it returned \(found.kindName).",
            origin: .plugin
        )
        problem.place = Problem.ScriptPlace(place: file, function: function.rawValue)
        return problem
    }
}

extension Problem {
    init(_ error: LuaError, file: String) {
        self.init(.pluginFailed, error.description, origin: .plugin)
        place = ScriptPlace(
            place: error.line.map { "\(file):\($0)" } ?? file,
            function: error.function,
            excerpt: error.excerpt.isEmpty ? nil : error.excerpt
        )
        extra["reason"] = .string(error.kind.rawValue)
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
    mutating func call(_ call: ScriptCall) {
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
        if let before = call.before {
            name("before")
            json(before)
        }
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
