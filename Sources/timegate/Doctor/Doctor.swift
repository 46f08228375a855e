import GatewayCore
import GatewayServer
import PluginHost

/// Looks at a configuration, its plugins and its accounts.
enum Doctor {
    /// - Parameter names: The connections to look at; none means all.
    static func examine(file: String, plugins: String?, names: [String]) async throws -> [Finding] {
        let exam = ConfigurationExam(file: file, plugins: plugins, names: names)
        guard let configuration = exam.configuration else { return exam.findings }
        return exam.findings + (await examinePlugins(configuration)) + (try await examineAccounts(configuration))
    }

    private static func examinePlugins(_ configuration: Configuration) async -> [Finding] {
        var findings: [Finding] = []
        var seen: Set<String> = []
        for connection in configuration.setup.connections {
            guard case .ready(_, let plugin) = connection.state, seen.insert(plugin.id).inserted else { continue }
            let results = await CaseRunner.run(plugin, zones: configuration.setup.zones)
            let failed = results.filter { !$0.failures.isEmpty }
            guard let first = failed.first else { continue }
            findings.append(
                .error(
                    "golden_cases",
                    "plugin \(plugin.id)",
                    "\(failed.count) of its \(results.count) golden cases fail, \(first.file) first.",
                    "See what differs: timegate plugin check -q \(plugin.folder)",
                    .plugin
                )
            )
        }
        return findings
    }

    /// All at once: one that does not answer holds up none of the others.
    private static func examineAccounts(_ configuration: Configuration) async throws -> [Finding] {
        var setup = configuration.setup
        setup.vendorTimeoutMilliseconds = AccountExam.timeoutMilliseconds
        let gateway = try DirectGateway(setup)
        defer { gateway.shutdown() }
        let caller = LocalGateway.localOperator(configuration)
        return await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, connection) in setup.connections.enumerated() {
                group.addTask {
                    switch connection.state {
                    case .disabled(let plugin, let reason): return (index, disabled(connection.name, plugin, reason))
                    case .ready(let ready, let plugin):
                        let exam = AccountExam(connection: ready, plugin: plugin, gateway: gateway, caller: caller)
                        return (index, await exam.finding())
                    }
                }
            }
            var findings: [(Int, Finding)] = []
            for await finding in group { findings.append(finding) }
            return findings.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func disabled(_ name: String, _ plugin: String, _ reason: String) -> Finding {
        .error(
            ProblemCode.connectionDisabled.rawValue,
            name,
            "Its plugin \(plugin), or a hook of it, does not load: \(reason)",
            "Correct the file at the place named; timegate check shows what is wrong.",
            .plugin
        )
    }
}
