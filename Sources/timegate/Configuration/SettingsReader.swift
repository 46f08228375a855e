import GatewayCore
import JSON
import PluginHost

/// Checks what a connection sets against what its plugin declares, or a hook's settings against what the hook does.
struct SettingsReader {
    /// Whose they are, for messages.
    private let title: String
    private let declaredSettings: [SettingDeclaration]
    private let declaredSecrets: [SettingDeclaration]
    private let headers: [HeaderTemplate]
    /// The settings that stand in the vendor's paths.
    private let inPaths: Set<String>
    private let findings: ConfigurationFindings

    init(plugin: PluginManifest, findings: ConfigurationFindings) {
        title = plugin.title
        declaredSettings = plugin.settings
        declaredSecrets = plugin.secrets
        headers = plugin.headers
        inPaths = Set(plugin.operations.values.flatMap { RequestTarget.settings(in: $0.path) })
        self.findings = findings
    }

    init(hook: LoadedHook, findings: ConfigurationFindings) {
        title = hook.name
        declaredSettings = hook.settings
        declaredSecrets = []
        headers = []
        inPaths = []
        self.findings = findings
    }

    /// Reads `settings`. `connection` is the line of the connection, for what is missing.
    func settings(_ mapping: MappingReader?, path: String, connection line: Int) -> Settings {
        var values = JSONObject()
        for member in mapping?.members ?? [] {
            guard let declared = declaration(member, declaredSettings, path: path, kind: "setting") else { continue }
            guard let value = value(member, declared, path: "\(path).\(member.name)") else { continue }
            if let text = value.string, inPaths.contains(member.name), !RequestTarget.isSafe(text) {
                findings.fault(
                    member.value.line,
                    "\(path).\(member.name) is \"\(text)\", which cannot stand in the path of a request: it must have no spaces, and "
                        + "be neither . nor .. nor longer than 255 bytes.",
                    hint: declared.help
                )
                continue
            }
            values[member.name] = value
        }
        reportMissing(declaredSettings.filter { $0.isRequired || isInHeader(.setting($0.name)) }, mapping, path, line)
        return Settings(values)
    }

    /// Characters; what is shorter stands in other words too.
    private static let shortestSecret = 6

    /// Reads `secrets`.
    func secrets(
        _ mapping: MappingReader?,
        path: String,
        connection: (name: String, line: Int),
        reader: SecretReader
    ) -> [String: String] {
        var values: [String: String] = [:]
        for member in mapping?.members ?? [] {
            guard let declared = declaration(member, declaredSecrets, path: path, kind: "secret") else { continue }
            let name = "\(path).\(member.name)"
            let variable = SettingsReader.variable("\(connection.name)_\(member.name)")
            guard let value = reader.read(member.value, called: name, variable: variable) else { continue }
            if let prefix = declared.prefix, !value.hasPrefix(prefix) {
                findings.fault(member.line, "\(name) does not begin with \(prefix).", hint: declared.help)
            }
            if value.count < SettingsReader.shortestSecret {
                findings.fault(
                    member.line,
                    "\(name) is too short to be hidden in answers: it would be found in the middle of names and ids.",
                    hint: "Look whether all of it was pasted; it needs \(SettingsReader.shortestSecret) characters."
                )
            }
            values[member.name] = value
        }
        let needed = declaredSecrets.filter { $0.isRequired || isInHeader(.secret($0.name)) }
        reportMissing(needed, mapping, path, connection.line)
        return values
    }

    /// `ACME_TOKEN` for `acme_token`.
    static func variable(_ name: String) -> String {
        String(name.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    private func isInHeader(_ part: HeaderTemplate.Part) -> Bool {
        headers.contains { $0.parts.contains(part) }
    }

    private func declaration(
        _ member: YAMLNode.Member,
        _ declarations: [SettingDeclaration],
        path: String,
        kind: String
    ) -> SettingDeclaration? {
        if let found = declarations.first(where: { $0.name == member.name }) { return found }
        let names = declarations.map(\.name)
        findings.fault(
            member.line,
            "\(title) has no \(kind) \"\(member.name)\" (\(path))."
                + Suggestion.sentence(for: member.name, among: names),
            hint: names.isEmpty ? "It has none: take the line away." : "It has: \(names.joined(separator: ", "))."
        )
        return nil
    }

    private func reportMissing(
        _ declarations: [SettingDeclaration],
        _ mapping: MappingReader?,
        _ path: String,
        _ line: Int
    ) {
        for declared in declarations where mapping?.member(declared.name) == nil {
            findings.fault(
                mapping?.line ?? line,
                "\(path) has no \(declared.name), which \(title) needs.",
                hint: declared.help
            )
        }
    }

    private func value(_ member: YAMLNode.Member, _ declared: SettingDeclaration, path: String) -> JSONValue? {
        let line = member.value.line
        if declared.kind == .map { return map(member, declared, path: path) }
        guard case .scalar(let text, let isPlain) = member.value.content, !text.isEmpty else {
            findings.fault(
                member.line,
                "\(path) must be a \(declared.kind.rawValue); it is \(member.value.kindName).",
                hint: declared.help
            )
            return nil
        }
        switch declared.kind {
        case .map: return nil
        case .boolean:
            if isPlain, text == "true" || text == "false" { return .bool(text == "true") }
            findings.fault(
                line,
                "\(path) must be true or false, without quotes; it is \"\(text)\".",
                hint: declared.help
            )
            return nil
        case .integer:
            if let number = Int64(text) { return .integer(number) }
            findings.fault(line, "\(path) must be a whole number; it is \"\(text)\".", hint: declared.help)
            return nil
        case .string:
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                findings.fault(line, "\(path) holds a control character.", hint: "Write it on one line.")
                return nil
            }
            if let fault = formatFault(text, declared) {
                findings.fault(line, "\(path) is \"\(text)\"; \(fault).", hint: declared.help)
                return nil
            }
            return .string(text)
        }
    }

    /// Texts by name.
    private func map(_ member: YAMLNode.Member, _ declared: SettingDeclaration, path: String) -> JSONValue? {
        guard let mapping = MappingReader(member.value, path: path, example: declared.help, findings: findings) else {
            return nil
        }
        var texts = JSONObject()
        for member in mapping.members {
            guard let text = mapping.text(of: member.value, called: "\(path).\(member.name)") else { return nil }
            texts[member.name] = .string(text)
        }
        return .object(texts)
    }

    private func formatFault(_ text: String, _ declared: SettingDeclaration) -> String? {
        if let prefix = declared.prefix, !text.hasPrefix(prefix) { return "it must begin with \(prefix)" }
        switch declared.format {
        case "uuid":
            return isUUID(text) ? nil : "it must be a UUID, such as 2c4a230c-5085-4924-a3e1-25fb4fc5965b"
        case "time_of_day":
            return isTimeOfDay(text) ? nil : "it must be a time from 00:00 to 23:59, such as 09:00"
        default: return nil
        }
    }

    private func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isASCIIHexDigit) }
    }

    private func isTimeOfDay(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCIIDigit) }),
            let hour = Int(parts[0]), let minute = Int(parts[1])
        else { return false }
        return hour < 24 && minute < 60
    }
}

extension Character {
    var isASCIIHexDigit: Bool { isASCII && isHexDigit }
}
