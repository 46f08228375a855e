import GatewayCore
import PluginHost

/// Reads `serve_as`, `translate` and `defaults` of a connection: the other vendor's dialect that it is served in too.
struct FacadeReader {
    let shelf: PluginShelf
    let zones: ZoneDatabase
    let findings: ConfigurationFindings

    static let keys = ["serve_as", "translate", "defaults"]
    private static let hint = "Write: serve_as: NAME, and translate: { user: { \"12\": \"34\" }, types: { … } }."

    struct Served {
        var facade: Facade
        var dialect: LoadedPlugin
    }

    /// - Returns: `nil` where the connection is served in its own vendor's words only, or where there is a fault.
    func read(_ connection: MappingReader, before vendor: Vendor) -> Served? {
        guard let (name, line) = connection.text("serve_as") else {
            for key in ["translate", "defaults"] {
                guard let member = connection.member(key) else { continue }
                findings.fault(
                    member.line,
                    "\(connection.path(of: key)) says how another dialect is translated, and there is no serve_as.",
                    hint: Self.hint
                )
            }
            return nil
        }
        var rules = FacadeRules()
        readTranslation(connection, &rules)
        readDefaults(connection, &rules)
        let path = connection.path(of: "serve_as")
        switch shelf.plugin(name) {
        case .absent:
            findings.fault(
                line,
                "\(path): there is no plugin \"\(name)\" in \(shelf.directory)."
                    + Suggestion.sentence(for: name, among: shelf.names),
                hint: "There are: \(shelf.names.joined(separator: ", "))."
            )
        case .faulty(let fault): findings.fault(line, "\(path): \(fault.reason)")
        case .loaded(let plugin) where plugin.id == vendor.manifest.id:
            findings.fault(
                line,
                "\(path) is the connection's own vendor, whose clients need no translation.",
                hint: "Take the line away."
            )
        case .loaded(let plugin):
            do throws(FacadeFault) {
                return Served(facade: try Facade(serving: plugin.vendor, before: vendor, rules), dialect: plugin)
            } catch {
                findings.fault(line, "\(path): \(error.message)")
            }
        }
        return nil
    }

    // MARK: - translate

    private func readTranslation(_ connection: MappingReader, _ rules: inout FacadeRules) {
        guard let node = connection.value("translate"),
            let table = MappingReader(
                node,
                path: connection.path(of: "translate"),
                example: "translate: { user: { \"12\": \"34\" } }",
                findings: findings
            )
        else { return }
        for member in table.members {
            let path = table.path(of: member.name)
            if member.name == "types" {
                rules.types = texts(member.value, path)
            } else if case .scalar("same", _) = member.value.content {
                rules.ids[member.name] = .same
            } else {
                rules.ids[member.name] = .table(texts(member.value, path))
            }
        }
    }

    private func texts(_ node: YAMLNode, _ path: String) -> [String: String] {
        guard let table = MappingReader(node, path: path, example: "{ \"12\": \"34\" }, or same", findings: findings)
        else { return [:] }
        var texts: [String: String] = [:]
        for member in table.members {
            if let text = table.text(of: member.value, called: table.path(of: member.name)) {
                texts[member.name] = text
            }
        }
        return texts
    }

    // MARK: - defaults

    private func readDefaults(_ connection: MappingReader, _ rules: inout FacadeRules) {
        guard let node = connection.value("defaults"),
            let table = MappingReader(
                node,
                path: connection.path(of: "defaults"),
                example: "defaults: { activity: \"…\" }",
                findings: findings
            )
        else { return }
        table.refuseOthers(than: ["user", "activity", "title", "time_zone", "assume_start"])
        rules.user = table.text("user")?.text
        rules.activity = table.text("activity")?.text
        rules.title = table.text("title")?.text
        if let (text, line) = table.text("time_zone") {
            do throws(ZoneDatabaseError) {
                rules.zone = try zones.zone(named: text)
            } catch {
                findings.fault(
                    line,
                    "\(table.path(of: "time_zone")): \(error.message)"
                        + Suggestion.sentence(for: text, among: zones.names())
                )
            }
        }
        if let (text, line) = table.text("assume_start") {
            if LocalDateTime("2000-01-01T\(text)") != nil, text.utf8.count == 5 {
                rules.assumedStart = text
            } else {
                findings.fault(
                    line,
                    "\(table.path(of: "assume_start")) is \"\(text)\"; it must be a local time such as 09:00."
                )
            }
        }
    }
}
