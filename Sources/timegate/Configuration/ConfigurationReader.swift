import GatewayCore
import GatewayServer

/// Reads `timegate.yaml` strictly and reports every fault at once.
struct ConfigurationReader {
    /// The values of environment variables; a parameter, so that a demo or a test brings its own.
    var environment: (String) -> String? = Environment.value
    /// `--plugins` of the command line.
    var pluginsFlag: String?
    var executable: String? = FilePaths.executable()
    var zones = ZoneDatabase.system
    /// What a gateway that runs already has of plugins and hooks.
    var stock = PluginShelf.Stock()

    static let keys = ["listen", "admin", "state", "plugins", "hooks", "records", "connections", "keys"]

    /// Reads a file.
    func read(file: String, for demand: ConfigurationDemand = .everything) throws(ConfigurationRefused) -> Configuration
    {
        let bytes: [UInt8]
        do throws(FileContent.Failure) {
            bytes = try FileContent(readingFrom: file).bytes
        } catch {
            let fault = ConfigurationFault(
                line: 0,
                message: "The file cannot be read: \(error.reason).",
                hint: "Name it with --config FILE; examples/quickstart/timegate.yaml is one to begin with."
            )
            throw ConfigurationRefused(file: file, faults: [fault], warnings: [])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationRefused(file: file, faults: [Self.notUTF8(bytes)], warnings: [])
        }
        return try read(text: text, file: file, for: demand)
    }

    private static func notUTF8(_ bytes: [UInt8]) -> ConfigurationFault {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let index = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        return ConfigurationFault(
            line: index + 1,
            message: "The line is not UTF-8.",
            hint: "Save the file as UTF-8; iconv -f LATIN1 -t UTF-8 turns one from Latin 1."
        )
    }

    /// Reads a text as if it stood in a file.
    func read(
        text: String,
        file: String,
        for demand: ConfigurationDemand = .everything
    ) throws(ConfigurationRefused) -> Configuration {
        let findings = ConfigurationFindings(file: file)
        let configuration = document(text, findings).flatMap { root in
            read(root, directory: FilePaths.directory(of: file), demand, findings)
        }
        if let refusal = findings.refusal { throw refusal }
        guard var configuration else {
            throw ConfigurationRefused(file: file, faults: [], warnings: [])
        }
        configuration.warnings = findings.warnings
        return configuration
    }

    private func document(_ text: String, _ findings: ConfigurationFindings) -> YAMLNode? {
        do throws(YAMLNode.SyntaxFault) {
            return try YAMLNode(parsing: text)
        } catch {
            findings.fault(error.line, error.message, hint: error.hint)
            return nil
        }
    }

    private func read(
        _ root: YAMLNode,
        directory: String,
        _ demand: ConfigurationDemand,
        _ findings: ConfigurationFindings
    ) -> Configuration? {
        let example = "connections: { acme: { plugin: NAME, … } }"
        guard let top = MappingReader(root, path: "", example: example, findings: findings) else { return nil }
        top.refuseOthers(than: Self.keys)

        let listen = address(top, "listen") ?? ListenAddress(host: "127.0.0.1", port: 8080)
        let admin = address(top, "admin")
        if let admin, admin == listen, admin.port != 0 {
            findings.fault(
                top.member("admin")?.line ?? 0,
                "admin and listen are the same address.",
                hint: "Give admin another port."
            )
        }
        warnAboutExposure(top, listen, admin, findings)

        let shelf = shelf(top, directory, findings)
        let secrets = SecretReader(directory: directory, environment: environment, findings: findings)
        let hooks = HooksReader(
            directory: directory,
            shelf: HookShelf(good: stock.goodHooks),
            findings: findings
        )
        let connections = ConnectionsReader(
            shelf: shelf,
            secrets: secrets,
            zones: zones,
            findings: findings,
            hooks: hooks,
            globalHooks: hooks.read(top)
        ).read(top, demand, own: [("listen", listen)] + (admin.map { [("admin", $0)] } ?? []))
        let keys = KeysReader(connections: connections.names, secrets: secrets, findings: findings)
            .read(top, demand)
        guard let shelf else { return nil }
        var setup = GatewaySetup(
            host: listen.host,
            port: listen.port,
            adminHost: admin?.host,
            adminPort: admin?.port ?? 0,
            connections: connections.configured,
            keys: keys.keys,
            zones: zones,
            eventLoops: 1
        )
        setup.records = RecordsReader(findings: findings).limits(top)
        setup.readsProxiedEntries = true
        return Configuration(
            file: findings.file,
            setup: setup,
            connectionNames: connections.names,
            callers: keys.callers,
            shelf: shelf,
            hooks: hooks.shelf,
            statePath: statePath(top, directory),
            stateLine: top.member("state")?.line ?? 0,
            secretFiles: findings.secretFiles,
            hookFiles: findings.hookFiles,
            warnings: []
        )
    }

    /// The journal stands beside the configuration unless it says where, or `none`.
    private func statePath(_ top: MappingReader, _ directory: String) -> String? {
        let text = top.text("state")?.text ?? "timegate.db"
        return text == "none" ? nil : FilePaths.resolve(text, in: directory)
    }

    private func address(_ top: MappingReader, _ name: String) -> ListenAddress? {
        guard let (text, line) = top.text(name) else { return nil }
        if let address = ListenAddress(text) { return address }
        top.findings.fault(line, "\(name) is \"\(text)\", which is no address.", hint: ListenAddress.hint)
        return nil
    }

    private func warnAboutExposure(
        _ top: MappingReader,
        _ listen: ListenAddress,
        _ admin: ListenAddress?,
        _ findings: ConfigurationFindings
    ) {
        if !listen.isLoopback {
            findings.warn(
                top.member("listen")?.line ?? 0,
                "Others than this machine reach \(listen.host), and keys travel there unencrypted.",
                hint: "Put a proxy that speaks TLS in front, or listen on 127.0.0.1."
            )
        }
        if let admin, !admin.isLoopback {
            findings.warn(
                top.member("admin")?.line ?? 0,
                "Others than this machine reach the admin listener, which asks for no key.",
                hint: "Listen on 127.0.0.1, or keep the port behind a firewall."
            )
        }
    }

    private func shelf(_ top: MappingReader, _ directory: String, _ findings: ConfigurationFindings) -> PluginShelf? {
        let configured = top.text("plugins")
        let search = PluginSearch(
            configured: configured.map { FilePaths.resolve($0.text, in: directory) },
            flag: pluginsFlag,
            environment: environment,
            executable: executable
        )
        do throws(PluginSearch.NotFound) {
            return PluginShelf(directory: try search.directory(), stock: stock)
        } catch {
            findings.fault(configured?.line ?? 0, error.message, hint: "Name the directory with plugins: or --plugins.")
            return nil
        }
    }
}
