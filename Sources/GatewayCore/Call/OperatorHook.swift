public import JSON

/// When a hook of the operator is called.
public enum HookEvent: String, Sendable, CaseIterable {
    /// An entry is to be created, changed or replaced: the hook sees it as it will be, and may change or refuse it.
    case onEntry = "on_entry"
    /// The vendor has answered with an entry.
    case onAnswer = "on_answer"
    /// The call ends with a problem.
    case onProblem = "on_problem"
    /// The call has ended, whichever way.
    case onDone = "on_done"
}

/// One hook of the operator on one event loop: a script that sees every call, whatever the vendor.
public protocol OperatorHook: AnyObject, Sendable {
    /// The file, as reports and problems name it: `hooks/no_weekend.lua`.
    var name: String { get }
    var events: Set<HookEvent> { get }

    /// - Returns: the entry as the hook leaves it; `nil` where that is as it was.
    /// - Throws: the hook's refusal, or `hook_failed`.
    func onEntry(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue?
    func onAnswer(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem)
    func onProblem(_ problem: JSONValue, _ call: ScriptCall) async throws(Problem)
    func onDone(_ call: ScriptCall) async throws(Problem)
}

/// The hooks of a connection in their order: the global ones, then its own.
public final class Hooks: Sendable {
    let list: [any OperatorHook]
    let events: Set<HookEvent>
    /// Where failures are told that no answer can tell.
    private let report: @Sendable (Problem) -> Void

    /// - Parameter report: gets the failures of hooks that only look on; they change no answer.
    public init(_ list: [any OperatorHook], report: @escaping @Sendable (Problem) -> Void) {
        self.list = list
        self.report = report
        events = list.reduce(into: []) { $0.formUnion($1.events) }
    }

    /// Whether a hook looks at what a call comes to.
    public var looksOn: Bool { !events.isDisjoint(with: [.onAnswer, .onProblem, .onDone]) }

    /// Tells the hooks of an event what happened.
    ///
    /// - Returns: what failed; it is reported by then.
    func tell(
        _ event: HookEvent,
        _ tell: (any OperatorHook) async throws(Problem) -> Void
    ) async -> [(hook: String, problem: Problem)] {
        var failures: [(hook: String, problem: Problem)] = []
        for hook in list where hook.events.contains(event) {
            do throws(Problem) {
                try await tell(hook)
            } catch {
                report(error)
                failures.append((hook.name, error))
            }
        }
        return failures
    }
}

/// What a call came to, as hooks are told when it is done.
public struct ScriptResult: Sendable, Equatable {
    /// `recorded`, `read`, `listed`, `deleted`, `acted`, `planned` or `refused`.
    public var outcome: String
    /// The problem's code, where there is one.
    public var code: String?
    public var entryID: String?
    public var milliseconds: Int64
}
