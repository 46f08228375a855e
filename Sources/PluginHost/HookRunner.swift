public import GatewayCore
internal import JSON
internal import LuaRuntime

/// Runs one hook's functions on one event loop, for every connection that names the hook.
///
/// `@unchecked Sendable`: what runs them belongs to one event loop.
public final class HookRunner: @unchecked Sendable {
    let hook: LoadedHook
    private let runner: ScriptRunner
    private let functions: [HookEvent: ScriptRunner.Function]

    init(
        _ hook: LoadedHook,
        limits: LuaLimits,
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(LuaError) {
        self.hook = hook
        let name = hook.name
        let script = ScriptRunner.Script(
            owner: name,
            file: name,
            source: hook.source,
            failure: .hookFailed,
            origin: .gateway,
            functions: HookEvent.allCases.map(\.rawValue)
        )
        var functions: [HookEvent: ScriptRunner.Function] = [:]
        for (event, reference) in hook.functions { functions[event] = script.function(event.rawValue, reference) }
        self.functions = functions
        runner = try ScriptRunner(script, limits: limits, watch: watch) { line in
            log(ScriptLogLine(plugin: name, level: "\(line.level)", text: line.text))
        }
    }

    /// The hook with the settings of one place in the configuration.
    public func bound(to settings: Settings) -> any OperatorHook { BoundHook(self, settings) }

    // MARK: - Running

    fileprivate func onEntry(
        _ entry: JSONValue,
        _ call: ScriptCall,
        _ message: LuaMessage
    ) async throws(Problem) -> JSONValue? {
        guard let function = functions[.onEntry] else { return Optional.none }
        let ended: [LuaValue]?
        switch try runner.begin(function, message, keepsArgument: true, trace: call.trace) {
        case .returned(let results): ended = results
        case .suspended(let suspended):
            ended = try await runner.goOn(suspended, call.lookUps, trace: call.trace)
        }
        // It depends on a read that a plan does not make.
        guard let results = ended else { return Optional.none }
        // First the argument as the function left it, then what it returned.
        if results.allSatisfy(\.isNil) { return Optional.none }
        let name = HookEvent.onEntry.rawValue
        let returned = results.dropFirst()
        switch returned.first ?? .nil {
        case .nil:
            if var refusal = runner.refusal(name, returned, default: .refusedByHook) {
                if refusal.source == nil, refusal.code != .hookFailed { refusal.source = hook.name }
                throw refusal
            }
            // As it was.
            if results.first?.isNil ?? true { return Optional.none }
            return try object(results.first ?? .nil, insteadOf: entry, call)
        case let found: return try object(found, insteadOf: entry, call)
        }
    }

    /// For the functions that look on: what they return is not used, and so must be nothing.
    fileprivate func tell(_ event: HookEvent, _ call: ScriptCall, _ message: LuaMessage) async throws(Problem) {
        guard let function = functions[event] else { return }
        let results: [LuaValue]
        switch try runner.begin(function, message, trace: call.trace) {
        case .returned(let returned): results = returned
        case .suspended(let suspended): results = try await runner.goOn(suspended, nil, trace: call.trace) ?? []
        }
        guard let found = results.first(where: { !$0.isNil }) else { return }
        throw runner.wrongResult(event.rawValue, "nothing, because it only looks on", found)
    }

    private func object(
        _ value: LuaValue,
        insteadOf entry: JSONValue,
        _ call: ScriptCall
    ) throws(Problem) -> JSONValue {
        guard let json = value.json, json.object != nil else {
            throw runner.wrongResult(
                HookEvent.onEntry.rawValue,
                "nothing, the entry, or nil and a refusal",
                value
            )
        }
        call.trace?.changed(from: entry, to: json)
        return json
    }
}

/// A hook as one place in the configuration names it.
///
/// `@unchecked Sendable`: it belongs to one event loop, as its runner does.
private final class BoundHook: OperatorHook, @unchecked Sendable {
    private let runner: HookRunner
    /// A hook has settings of its own; the connection's are the plugin's.
    private let settings: Settings
    private let calls = ScriptCallForm(isForHooks: true)

    init(_ runner: HookRunner, _ settings: Settings) {
        self.runner = runner
        self.settings = settings
    }

    var name: String { runner.hook.name }
    var events: Set<HookEvent> { runner.hook.events }

    func onEntry(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue? {
        try await runner.onEntry(entry, call, message(entry, call))
    }

    func onAnswer(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) {
        try await runner.tell(.onAnswer, call, message(entry, call))
    }

    func onProblem(_ problem: JSONValue, _ call: ScriptCall) async throws(Problem) {
        try await runner.tell(.onProblem, call, message(problem, call))
    }

    func onDone(_ call: ScriptCall) async throws(Problem) {
        try await runner.tell(.onDone, call, message(Optional.none, call))
    }

    private func message(_ value: JSONValue?, _ call: ScriptCall) -> LuaMessage {
        var writer = LuaMessageWriter()
        if let value { writer.json(value) }
        calls.write(call, settings, to: &writer)
        return writer.finish()
    }
}
