public import GatewayCore
internal import JSON
internal import LuaRuntime

/// Runs one hook's functions on one event loop, for every connection that names the hook.
///
/// `@unchecked Sendable`: what runs them belongs to one event loop.
public final class HookRunner: @unchecked Sendable {
    let hook: LoadedHook
    private let runner: ScriptRunner
    private let onEntry: ScriptRunner.Function?
    private let onAnswer: ScriptRunner.Function?
    private let onProblem: ScriptRunner.Function?
    private let onDone: ScriptRunner.Function?

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
        func function(_ event: HookEvent) -> ScriptRunner.Function? {
            hook.functions[event].map { script.function(event.rawValue, $0) }
        }
        onEntry = function(.onEntry)
        onAnswer = function(.onAnswer)
        onProblem = function(.onProblem)
        onDone = function(.onDone)
        runner = try ScriptRunner(script, limits: limits, watch: watch) { line in
            log(ScriptLogLine(plugin: name, level: "\(line.level)", text: line.text))
        }
    }

    /// The hook with the settings of one place in the configuration.
    public func bound(to settings: Settings) -> any OperatorHook { BoundHook(self, settings) }

    // MARK: - Running

    fileprivate func onEntry(
        _ entry: Entry,
        _ call: ScriptCall,
        _ write: (inout LuaMessageWriter) -> Void
    ) throws(Problem) -> ScriptRun<JSONValue?> {
        guard let onEntry else { return .ended(Optional.none) }
        let message = runner.message(write)
        switch try runner.begin(onEntry, message, keepsArgument: true, trace: call.trace) {
        case .returned(let results):
            runner.giveBack(message)
            return .ended(try left(results, of: entry, call))
        case .suspended(let suspended):
            return .waits { lookUps throws(Problem) in
                let results = try await self.runner.goOn(suspended, lookUps, trace: call.trace)
                // Without results it depends on a read that a plan does not make.
                return try results.flatMap { results throws(Problem) in try self.left(results, of: entry, call) }
            }
        }
    }

    /// The entry as `on_entry` leaves it; `nil` where that is as it was.
    ///
    /// - Parameter results: first the argument as the function left it, then what it returned.
    private func left(_ results: [LuaValue], of entry: Entry, _ call: ScriptCall) throws(Problem) -> JSONValue? {
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
    fileprivate func tell(
        _ event: HookEvent,
        _ call: ScriptCall,
        _ write: (inout LuaMessageWriter) -> Void
    ) throws(Problem) {
        let known =
            switch event {
            case .onEntry: onEntry
            case .onAnswer: onAnswer
            case .onProblem: onProblem
            case .onDone: onDone
            }
        guard let function = known else { return }
        let message = runner.message(write)
        let results: [LuaValue]
        switch try runner.begin(function, message, trace: call.trace) {
        case .returned(let returned):
            runner.giveBack(message)
            results = returned
        case .suspended(let suspended): results = try runner.goOnWithoutReads(suspended, trace: call.trace)
        }
        guard let found = results.first(where: { !$0.isNil }) else { return }
        throw runner.wrongResult(event.rawValue, "nothing, because it only looks on", found)
    }

    private func object(
        _ value: LuaValue,
        insteadOf entry: Entry,
        _ call: ScriptCall
    ) throws(Problem) -> JSONValue {
        guard let json = value.json, json.object != nil else {
            throw runner.wrongResult(
                HookEvent.onEntry.rawValue,
                "nothing, the entry, or nil and a refusal",
                value
            )
        }
        call.trace?.changed(from: entry.json, to: json)
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
    private let names = EntryNames.all
    private let calls = ScriptCallForm(isForHooks: true)

    init(_ runner: HookRunner, _ settings: Settings) {
        self.runner = runner
        self.settings = settings
    }

    var name: String { runner.hook.name }
    var events: Set<HookEvent> { runner.hook.events }

    func onEntry(_ entry: Entry, _ call: ScriptCall) throws(Problem) -> ScriptRun<JSONValue?> {
        try runner.onEntry(entry, call) { writer in
            writer.entry(entry, names)
            calls.write(call, settings, to: &writer)
        }
    }

    func onAnswer(_ entry: Entry, _ call: ScriptCall) throws(Problem) {
        try runner.tell(.onAnswer, call) { writer in
            writer.entry(entry, names)
            calls.write(call, settings, to: &writer)
        }
    }

    func onProblem(_ problem: JSONValue, _ call: ScriptCall) throws(Problem) {
        try runner.tell(.onProblem, call) { writer in
            writer.json(problem)
            calls.write(call, settings, to: &writer)
        }
    }

    func onDone(_ call: ScriptCall) throws(Problem) {
        try runner.tell(.onDone, call) { writer in calls.write(call, settings, to: &writer) }
    }
}
