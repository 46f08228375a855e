import GatewayCore
import GatewayServer
import PluginHost

/// Reads a configuration so that a fault of one connection does not hide the others.
struct ConfigurationExam {
    private(set) var findings: [Finding] = []
    /// What could be read, with the connections that are asked about and can be used.
    private(set) var configuration: Configuration?

    private let file: String
    private let reader: ConfigurationReader

    /// - Parameter names: The connections that are asked about; none means all, and the keys.
    init(file: String, plugins: String?, names: [String]) {
        self.file = file
        reader = ConfigurationReader(pluginsFlag: plugins)
        configuration = names.isEmpty ? read(.everything) ?? readOneByOne(names) : readOneByOne(names)
        guard let configuration else { return }
        if let fault = StatePlace.fault(configuration) { add([fault], .error) }
        if names.isEmpty { examineKeys(configuration) }
        for connection in configuration.setup.connections {
            examineOrigin(connection)
            examineZone(connection)
        }
    }

    /// A configuration as good as it gets: connections with faults are left out of it.
    private mutating func readOneByOne(_ names: [String]) -> Configuration? {
        // No connection has an empty name: only the form is read, and no secret.
        guard var shape = read(.connection("")) else { return nil }
        for name in names { if let problem = shape.problem(ofConnection: name) { refuse(problem) } }
        let all = shape.connectionNames
        shape.setup.connections = all.filter { names.isEmpty || names.contains($0) }.flatMap { name in
            read(.connection(name))?.setup.connections ?? []
        }
        return shape
    }

    private mutating func refuse(_ problem: Problem) {
        let remedy = "Name one that there is, or none to look at all."
        findings.append(.error(problem.code.rawValue, file, problem.detail, remedy, .refused))
    }

    private mutating func read(_ demand: ConfigurationDemand) -> Configuration? {
        do throws(ConfigurationRefused) {
            let configuration = try reader.read(file: file, for: demand)
            add(configuration.warnings, .warning)
            return configuration
        } catch {
            add(error.warnings, .warning)
            add(error.faults, .error)
            return nil
        }
    }

    /// The same fault is met by each reading, and said once.
    private mutating func add(_ faults: [ConfigurationFault], _ severity: Finding.Severity) {
        for fault in faults {
            let finding = Finding(
                severity: severity,
                code: "configuration",
                subject: fault.line > 0 ? "\(file):\(fault.line)" : file,
                message: fault.message,
                remedy: fault.hint ?? "Correct it there.",
                exit: severity == .error ? .refused : .done
            )
            let isKnown = findings.contains { $0.subject == finding.subject && $0.message == finding.message }
            if !isKnown { findings.append(finding) }
        }
    }

    private mutating func examineOrigin(_ configured: ConfiguredConnection) {
        guard case .ready(let connection, _) = configured.state, let origin = try? Origin(connection.origin),
            origin.scheme == "http",
            !ListenAddress(host: origin.host, port: 0).isLoopback
        else { return }
        findings.append(
            .warning(
                "plaintext",
                configured.name,
                "Secrets and hours travel unencrypted to \(origin.text).",
                "Write connections.\(configured.name).origin with https://."
            )
        )
    }

    /// The same hour is another one in another zone, so none is guessed.
    private mutating func examineZone(_ configured: ConfiguredConnection) {
        guard case .ready(let connection, let plugin) = configured.state, connection.zone == nil,
            plugin.vendor.holdsLocalTimes
        else { return }
        findings.append(
            .warning(
                "no_time_zone",
                configured.name,
                "\(plugin.vendor.title) holds local times, and nothing says of which zone: its times cannot be read, and an "
                    + "entry with a start is refused.",
                "Set connections.\(configured.name).time_zone to the account's, as Europe/Zagreb."
            )
        )
    }

    // MARK: - Keys

    private mutating func examineKeys(_ configuration: Configuration) {
        if configuration.callers.isEmpty {
            findings.append(
                .warning(
                    "no_keys",
                    file,
                    "There are no keys: a gateway with this configuration refuses every call.",
                    "Make one with timegate keys new, and put its hash under keys."
                )
            )
        }
        for name in configuration.callers.keys.sorted() {
            guard let caller = configuration.callers[name] else { continue }
            if caller.connections.isEmpty {
                findings.append(
                    .warning(
                        "key_without_connections",
                        "key \(name)",
                        "It may use no connection, so it can do nothing.",
                        "Name connections under the key, or take it away."
                    )
                )
            }
            for connection in configuration.setup.connections where caller.connections.contains(connection.name) {
                examineIdentity(caller, connection)
            }
        }
    }

    /// Without an identity nothing is the caller's own: every entry is somebody else's.
    private mutating func examineIdentity(_ caller: Caller, _ configured: ConfiguredConnection) {
        guard case .ready(let connection, let plugin) = configured.state,
            caller.identities[configured.name]?.userID == nil, !caller.scopes.contains(.writeOthers)
        else { return }
        let setting = plugin.vendor.manifest.impliedUserSetting
        if let setting, connection.settings.string(setting) != nil { return }
        // Where the token says whose time it is, recording needs no identity.
        let records = setting == nil && caller.scopes.contains(.write)
        let changes = caller.scopes.contains(.approve) || caller.scopes.contains(.write)
        let reads = caller.scopes.contains(.read) && !caller.scopes.contains(.readOthers)
        guard records || changes || reads else { return }
        let lacking = [(reads, "read"), (records, "record"), (changes, "change")].filter(\.0).map(\.1)
        findings.append(
            .warning(
                "no_identity",
                "key \(caller.name)",
                "It names nobody at \(configured.name), so it has no entries of its own there to "
                    + "\(lacking.asAlternatives).",
                setting.map {
                    "Set connections.\(configured.name).settings.\($0), whose token it is, or give the key write:others."
                } ?? "Set identity: { \(configured.name): { user_id: … } } on the key, or give it write:others."
            )
        )
    }
}
