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
    func onEntry(_ entry: Entry, _ call: ScriptCall) throws(Problem) -> ScriptRun<JSONValue?>
    // These only look on, and read nothing.
    func onAnswer(_ entry: Entry, _ call: ScriptCall) throws(Problem)
    func onProblem(_ problem: JSONValue, _ call: ScriptCall) throws(Problem)
    func onDone(_ call: ScriptCall) throws(Problem)
}

/// The hooks of a connection in their order: the global ones, then its own.
public final class Hooks: Sendable {
    // By what they are called for.
    let onEntry: [any OperatorHook]
    let onAnswer: [any OperatorHook]
    let onProblem: [any OperatorHook]
    let onDone: [any OperatorHook]
    /// Whether a hook looks at what a call comes to.
    public let looksOn: Bool
    /// Where failures are told that no answer can tell.
    private let report: @Sendable (Problem) -> Void

    /// - Parameter report: gets the failures of hooks that only look on; they change no answer.
    public init(_ list: [any OperatorHook], report: @escaping @Sendable (Problem) -> Void) {
        func called(_ event: HookEvent) -> [any OperatorHook] { list.filter { $0.events.contains(event) } }
        onEntry = called(.onEntry)
        onAnswer = called(.onAnswer)
        onProblem = called(.onProblem)
        onDone = called(.onDone)
        looksOn = !(onAnswer.isEmpty && onProblem.isEmpty && onDone.isEmpty)
        self.report = report
    }

    /// Tells hooks what happened.
    ///
    /// - Returns: what failed; it is reported by then.
    func tell(_ hooks: [any OperatorHook], _ tell: (any OperatorHook) throws(Problem) -> Void) -> [Problem] {
        var failures: [Problem] = []
        for hook in hooks {
            do throws(Problem) {
                try tell(hook)
            } catch {
                report(error)
                failures.append(error)
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
