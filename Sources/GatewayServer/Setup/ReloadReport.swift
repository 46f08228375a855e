internal import GatewayCore
internal import JSON
internal import Synchronization

/// What a reload did, and what it left as it was.
public struct ReloadReport: Sendable, Equatable {
    public enum Outcome: String, Sendable {
        /// All that was asked for runs now.
        case reloaded
        /// There was nothing to change.
        case unchanged
        /// What could be taken on runs now; the rest runs as before.
        case partial
        /// Everything runs as before.
        case failed
    }

    public var outcome: Outcome
    /// What asked for it: `signal`, `request`, `files`.
    public var trigger: String
    /// When it began, RFC 3339.
    public let time: String
    /// The number of the configuration that runs now.
    public var generation: Int
    /// `connection acme: changed`, `key jane: removed`, `plugin acme: changed`.
    public var changes: [String]
    /// What is wrong, each with its place, what to do, and what runs instead.
    public var failures: [String]
    /// Changes that only a restart takes on.
    public var restart: [String]

    public init(
        outcome: Outcome,
        trigger: String,
        generation: Int,
        changes: [String] = [],
        failures: [String] = [],
        restart: [String] = []
    ) {
        self.outcome = outcome
        self.trigger = trigger
        time = SystemClock.now().description
        self.generation = generation
        self.changes = changes
        self.failures = failures
        self.restart = restart
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("status")
        writer.string(outcome.rawValue)
        writer.name("trigger")
        writer.string(trigger)
        writer.name("time")
        writer.string(time)
        writer.name("generation")
        writer.integer(Int64(generation))
        for (name, texts) in [("changes", changes), ("failures", failures), ("needs_restart", restart)]
        where !texts.isEmpty {
            writer.name(name)
            writer.beginArray()
            for text in texts { writer.string(text) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The answer to who asked for the reload. A reload that failed is a problem; one that did in part is not.
    var response: OutboundResponse {
        var writer = JSONWriter()
        if outcome != .failed {
            write(to: &writer)
            return .json(writer.finish())
        }
        write(to: &writer)
        var problem = Problem(
            .reloadFailed,
            failures.first ?? "The configuration cannot be used.",
            origin: .gateway
        )
        problem.extra["reload"] = (try? JSONValue(parsing: writer.finish())) ?? .null
        return UnifiedAPI.response(problem, "reload")
    }
}

/// What runs, as the admin listener shows it: shared by the event loops.
final class RunningConfiguration: Sendable {
    struct State: Sendable {
        var generation = 1
        var connections: [ConfiguredConnection]
        /// What stands between calls and these connections.
        var gates: ConnectionGates
        var since: String
        var lastReload: ReloadReport?
        var reloads: [ReloadReport.Outcome: Int] = [:]
    }

    private let inside: Mutex<State>

    init(_ connections: [ConfiguredConnection], _ gates: ConnectionGates) {
        inside = Mutex(State(connections: connections, gates: gates, since: SystemClock.now().description))
    }

    var state: State { inside.withLock { $0 } }

    func change(_ body: (inout State) -> Void) { inside.withLock { body(&$0) } }
}
