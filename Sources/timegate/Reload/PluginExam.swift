import GatewayCore
import PluginHost

/// Whether plugins pass their golden cases: once for each content of their folder.
struct PluginExam {
    /// By plugin: the content that passed.
    private var passed: [String: UInt64] = [:]

    /// The faults of the plugins that do not pass.
    mutating func rejected(_ plugins: [String: LoadedPlugin]) async -> [String: PluginFault] {
        var rejected: [String: PluginFault] = [:]
        for (name, plugin) in plugins.sorted(by: { $0.key < $1.key }) {
            let digest = WatchedFiles.fingerprint(of: ["\(plugin.folder)/cases"]) ^ plugin.digest
            if passed[name] == digest { continue }
            let results = await CaseRunner.run(plugin, zones: .system)
            let failed = results.filter { !$0.failures.isEmpty }
            if let first = failed.first {
                let more = failed.count > 1 ? " (and \(failed.count - 1) more cases)" : ""
                let fault = PluginFault.Fault(
                    place: "\(plugin.folder)/cases/\(first.file)",
                    message: "The golden case fails: \(first.failures.first ?? "")\(more)",
                    hint: "timegate plugin test \(name) shows all of it."
                )
                rejected[name] = PluginFault(plugin: name, faults: [fault])
            } else {
                passed[name] = digest
            }
        }
        return rejected
    }
}
