import CurlClient
import GatewayCore
import GatewayServer
import PluginHost

/// Reads `connections:`.
struct ConnectionsReader {
    /// `nil` where the plugins were not found, which is a fault already.
    let shelf: PluginShelf?
    let secrets: SecretReader
    let zones: ZoneDatabase
    let findings: ConfigurationFindings
    let hooks: HooksReader
    /// The hooks of every connection.
    let globalHooks: HooksReader.Result

    struct Result {
        /// All names in the file, whatever else is wrong with them.
        var names: [String] = []
        var configured: [ConfiguredConnection] = []
    }

    static let keys =
        [
            "plugin", "origin", "allow_private", "settings", "secrets", "time_zone", "handling", "rounding", "limits",
            "require_key", "journal", "hooks", "proxy",
        ] + FacadeReader.keys
    static let example = "{ plugin: NAME, settings: { … }, secrets: { token: { env: ACME_TOKEN } } }"

    /// Which writes are journalled: all, or those with a key of the caller's.
    private enum JournalWord: String, CaseIterable { case all, keyed }

    private enum HandlingWord: String, CaseIterable { case strict, lenient }

    /// - Parameter own: the gateway's listeners, as the file names them.
    func read(
        _ top: MappingReader,
        _ demand: ConfigurationDemand,
        own: [(name: String, address: ListenAddress)]
    ) -> Result {
        top.require("connections", hint: "connections: { acme: \(Self.example) }")
        var result = Result()
        let proxies = ProxyReader(own: own, findings: findings)
        guard let node = top.value("connections"),
            let list = MappingReader(node, path: "connections", example: "acme: \(Self.example)", findings: findings)
        else { return result }
        if list.members.isEmpty {
            findings.fault(list.line, "connections is empty.", hint: "Write: acme: \(Self.example)")
        }
        for member in list.members {
            if let fault = ConnectionName.fault(in: member.name) {
                findings.fault(member.line, fault.message, hint: fault.hint)
            }
            result.names.append(member.name)
            let isNeeded = demand.needs(connection: member.name)
            guard let connection = connection(member, isNeeded: isNeeded, proxies) else { continue }
            result.configured.append(connection)
        }
        return result
    }

    private func connection(
        _ member: YAMLNode.Member,
        isNeeded: Bool,
        _ proxies: ProxyReader
    ) -> ConfiguredConnection? {
        let path = "connections.\(member.name)"
        guard let mapping = MappingReader(member.value, path: path, example: Self.example, findings: findings) else {
            return nil
        }
        mapping.refuseOthers(than: Self.keys)
        mapping.require("plugin", hint: "plugin: NAME, one of the folders among the plugins")
        let origin = origin(mapping)
        let allowsPrivate = mapping.boolean("allow_private") ?? false
        let requiresKey = mapping.boolean("require_key") ?? false
        let journalsKeyless = mapping.choice("journal", JournalWord.self) != .keyed
        if let origin { check(origin.origin, allowsPrivate: allowsPrivate, line: origin.line, path: path) }
        let zone = zone(mapping)
        let handling = Handling(
            isLenient: mapping.choice("handling", HandlingWord.self) == .lenient,
            rounding: mapping.choice("rounding", Rounding.self)
        )
        let windows = RateWindowsReader(findings: findings).windows(mapping)
        let proxy = proxies.rules(mapping, connection: member.name)
        if let origin, proxy != nil, proxies.isOwn(origin.origin) {
            findings.fault(
                origin.line,
                "\(path).origin is this gateway itself.",
                hint: "Name the vendor's own address, or leave the line out."
            )
        }
        let settings = inner(mapping, "settings", example: "settings: { name: value }")
        let ownHooks = hooks.read(mapping)
        let given = inner(mapping, "secrets", example: "secrets: { token: { env: ACME_TOKEN } }")

        guard let plugin = mapping.text("plugin"), let shelf, isNeeded else { return nil }
        switch shelf.plugin(plugin.text) {
        case .absent:
            findings.fault(
                plugin.line,
                "There is no plugin \"\(plugin.text)\" in \(shelf.directory)."
                    + Suggestion.sentence(for: plugin.text, among: shelf.names),
                hint: shelf.names.isEmpty
                    ? "The directory holds no plugins." : "There are: \(shelf.names.joined(separator: ", "))."
            )
            return nil
        case .faulty(let fault):
            return ConfiguredConnection(
                name: member.name,
                state: .disabled(vendor: plugin.text, reason: fault.reason),
                proxy: proxy
            )
        case .loaded(let loaded):
            let manifest = loaded.vendor.manifest
            let reader = SettingsReader(plugin: manifest, findings: findings)
            let values = reader.settings(settings, path: "\(path).settings", connection: member.line)
            let secretValues = reader.secrets(
                given,
                path: "\(path).secrets",
                connection: (member.name, member.line),
                reader: secrets
            )
            let served = FacadeReader(shelf: shelf, zones: zones, findings: findings).read(
                mapping,
                before: loaded.vendor
            )
            let connection = Connection(
                name: member.name,
                vendor: manifest.id,
                origin: origin?.origin.text ?? manifest.origin,
                allowsPrivate: allowsPrivate,
                settings: values,
                zone: zone,
                handling: handling,
                requiresKey: requiresKey,
                journalsKeyless: journalsKeyless,
                rateWindows: windows,
                facade: served?.facade,
                headers: manifest.headers.map { $0.filled(settings: values, secrets: secretValues) },
                secrets: secretValues.values.sorted()
            )
            let reasons = globalHooks.reasons + ownHooks.reasons
            return ConfiguredConnection(
                name: member.name,
                state: reasons.isEmpty
                    ? .ready(connection, loaded)
                    : .disabled(vendor: manifest.id, reason: reasons.joined(separator: " ")),
                hooks: globalHooks.hooks + ownHooks.hooks,
                dialect: served?.dialect,
                proxy: proxy
            )
        }
    }

    private func inner(_ mapping: MappingReader, _ name: String, example: String) -> MappingReader? {
        mapping.value(name).flatMap {
            MappingReader($0, path: mapping.path(of: name), example: example, findings: findings)
        }
    }

    // MARK: - Origin

    private func origin(_ mapping: MappingReader) -> (origin: Origin, line: Int)? {
        guard let (text, line) = mapping.text("origin") else { return nil }
        do throws(Origin.Fault) {
            return (try Origin(text), line)
        } catch {
            findings.fault(line, "\(mapping.path(of: "origin")) \(error.message).", hint: error.hint)
            return nil
        }
    }

    /// What the HTTP client would refuse on every call is said here, once.
    private func check(_ origin: Origin, allowsPrivate: Bool, line: Int, path: String) {
        guard !allowsPrivate else { return }
        let hint = "Set allow_private: true on the connection if that is meant: a test, a sandbox, your own network."
        if origin.scheme == "http" {
            findings.fault(
                line,
                "\(path).origin is plain http: secrets and hours would travel unencrypted.",
                hint: "Write https://. \(hint)"
            )
        } else if origin.isPrivateAddress {
            findings.fault(line, "\(path).origin is a private or loopback address.", hint: hint)
        }
    }

    // MARK: - Single members

    private func zone(_ mapping: MappingReader) -> Zone? {
        guard let (text, line) = mapping.text("time_zone") else { return nil }
        do throws(ZoneDatabaseError) {
            return try zones.zone(named: text)
        } catch {
            findings.fault(
                line,
                "\(mapping.path(of: "time_zone")): \(error.message)"
                    + Suggestion.sentence(for: text, among: zones.names()),
                hint: "Name a zone of the IANA database, such as Europe/Zagreb."
            )
            return nil
        }
    }
}

extension Origin {
    /// Only what can be seen without asking a name server: a number, or `localhost`.
    var isPrivateAddress: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        let isNumber = host.contains(":") || host.allSatisfy { $0.isASCIIDigit || $0 == "." }
        return isNumber && !AddressGuard.isPublic(numeric: host)
    }
}

extension PluginFault {
    /// The first fault on one line: why connections of the plugin are disabled.
    var reason: String {
        guard let first = faults.first else { return "The plugin \(plugin) did not load." }
        let more = faults.count > 1 ? " (and \(faults.count - 1) more: timegate plugin check)" : ""
        return "\(first.place): \(first.message)\(more)"
    }
}
