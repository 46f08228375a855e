import GatewayCore
import JSON

/// A plugin's functions that work, refuse, or fail.
final class SimulatedScripts: PluginScripts, @unchecked Sendable {
    private unowned let run: Simulation

    init(_ run: Simulation) { self.run = run }

    private func fail(_ function: String) throws(Problem) {
        guard run.rolls(.scriptFailure) else { return }
        throw Problem(.pluginFailed, "\(function) failed.", origin: .plugin, retry: .sameKey)
    }

    func reconcile(_ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> ReconcileFinding {
        .unclear("Its vendors are looked at by data.")
    }

    func judge(
        _ entry: Entry,
        _ call: ScriptCall,
        authorizes: Bool,
        validates: Bool
    ) throws(Problem) -> ScriptRun<Void> {
        if validates {
            try fail("validate")
            if run.rolls(.scriptRefusal) { throw Problem(.refusedByPlugin, "Not today.", origin: .plugin) }
        }
        return .ended(())
    }

    func toVendor(_ request: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        request
    }

    func fromVendor(_ entry: JSONValue, _ answer: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        try fail("from_vendor")
        return entry
    }

    func readRequest(_ entry: JSONValue, _ request: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        entry
    }

    func writeAnswer(_ answer: JSONValue, _ entry: JSONValue, _ call: ScriptCall) async throws(Problem) -> JSONValue {
        answer
    }

    func problem(_ status: Int, _ body: JSONValue, _ call: ScriptCall) async throws(Problem) -> ScriptProblem? {
        try fail("problem")
        return nil
    }
}
