import JSON
import Synchronization

@testable import GatewayCore

/// What happened, in order.
final class Events: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ event: String) { list.withLock { $0.append(event) } }

    var all: [String] { list.withLock { $0 } }
}

/// Stands for the vendor: keeps what was sent, and answers with what it was told.
final class RecordingUpstream: Upstream {
    let events: Events
    private let result: Result<UpstreamAnswer, UpstreamFailure>
    private let list = Mutex<[UpstreamRequest]>([])

    init(_ result: Result<UpstreamAnswer, UpstreamFailure>, events: Events = Events()) {
        self.result = result
        self.events = events
    }

    convenience init(status: Int, body: String, retryAfter: String? = nil, events: Events = Events()) {
        self.init(
            .success(UpstreamAnswer(status: status, body: Array(body.utf8), retryAfter: retryAfter)),
            events: events
        )
    }

    convenience init(failure kind: UpstreamFailure.Kind, maySent: Bool) {
        self.init(.failure(UpstreamFailure(kind: kind, maySent: maySent, message: "it went wrong")))
    }

    var requests: [UpstreamRequest] { list.withLock { $0 } }

    func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
        events.add("send")
        list.withLock { $0.append(request) }
        return result
    }
}

/// Stands for a plugin's functions: keeps what they were given, and does what it was told.
final class RecordingScripts: PluginScripts {
    let events: Events
    /// The functions that refuse or fail, and how.
    private let problems: [PluginFunction: Problem]
    private let reading: ScriptProblem?
    private let seen = Mutex<[PluginFunction: [JSONValue]]>([:])

    init(events: Events = Events(), problems: [PluginFunction: Problem] = [:], reading: ScriptProblem? = nil) {
        self.events = events
        self.problems = problems
        self.reading = reading
    }

    /// The values that a function was last called with.
    func arguments(of function: PluginFunction) -> [JSONValue] { seen.withLock { $0[function] ?? [] } }

    private func note(_ function: PluginFunction, _ values: JSONValue...) throws(Problem) {
        events.add(function.rawValue)
        seen.withLock { $0[function] = values }
        if let problem = problems[function] { throw problem }
    }

    func judge(
        _ entry: Entry,
        _ call: ScriptCall,
        authorizes: Bool,
        validates: Bool
    ) throws(Problem) -> ScriptRun<Void> {
        if authorizes { try note(.authorize, entry.json) }
        if validates { try note(.validate, entry.json) }
        return .ended(())
    }

    func toVendor(_ request: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try note(.toVendor, request, entry)
        var object = request.object ?? JSONObject()
        object["scripted"] = true
        return .object(object)
    }

    func fromVendor(_ entry: JSONValue, _ answer: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try note(.fromVendor, entry, answer)
        var object = entry.object ?? JSONObject()
        object["title"] = "from the script"
        return .object(object)
    }

    func readRequest(_ entry: JSONValue, _ request: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try note(.readRequest, entry, request)
        return entry
    }

    func writeAnswer(_ answer: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try note(.writeAnswer, answer, entry)
        return answer
    }

    func problem(_ status: Int, _ body: JSONValue, _ call: ScriptCall) async throws(Problem) -> ScriptProblem? {
        try note(.problem, .integer(Int64(status)), body)
        return reading
    }

    func reconcile(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> ReconcileFinding {
        try note(.reconcile, entry)
        return .unclear("The test has not said.")
    }
}
