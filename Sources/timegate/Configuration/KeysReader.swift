import GatewayCore
import GatewayServer

/// Reads `keys:`.
struct KeysReader {
    /// The names of all connections in the file.
    let connections: [String]
    let secrets: SecretReader
    let findings: ConfigurationFindings

    struct Result {
        var keys: [GatewayKey] = []
        var callers: [String: Caller] = [:]
    }

    static let keys = ["name", "token", "hash", "connections", "scopes", "identity", "limit"]
    static let identityKeys = ["user_id", "roles", "permissions", "tasks"]
    static let example = "{ name: jane, token: { env: TIMEGATE_KEY_JANE }, connections: [acme], scopes: [read, write] }"
    /// Shorter tokens can be guessed.
    private static let shortestToken = 16

    func read(_ top: MappingReader, _ demand: ConfigurationDemand) -> Result {
        var result = Result()
        guard let node = top.value("keys") else { return result }
        guard case .list(let elements) = node.content else {
            findings.fault(node.line, "keys must be a list; it is \(node.kindName).", hint: "Write: - \(Self.example)")
            return result
        }
        var lines: [[UInt8]: String] = [:]
        for (index, element) in elements.enumerated() {
            let path = "keys[\(index)]"
            guard let mapping = MappingReader(element, path: path, example: Self.example, findings: findings) else {
                continue
            }
            mapping.refuseOthers(than: Self.keys)
            guard let caller = caller(mapping, known: result.callers) else { continue }
            result.callers[caller.name] = caller
            let limit = limit(mapping)
            guard let digest = digest(mapping, isNeeded: demand.needsKeys) else { continue }
            if let other = lines[digest] {
                findings.fault(
                    mapping.line,
                    "The keys \(other) and \(caller.name) have the same token: a request could not be told apart.",
                    hint: "Give each key a token of its own: timegate keys new."
                )
            }
            lines[digest] = caller.name
            result.keys.append(GatewayKey(sha256: digest, caller: caller, limit: limit))
        }
        return result
    }

    private func caller(_ mapping: MappingReader, known: [String: Caller]) -> Caller? {
        mapping.require("name", hint: Self.example)
        mapping.require("connections", hint: Self.example)
        mapping.require("scopes", hint: Self.example)
        let name = mapping.text("name")
        if let name, known[name.text] != nil {
            findings.fault(
                name.line,
                "There are two keys named \"\(name.text)\".",
                hint: "Give each a name of its own: logs name the key."
            )
        }
        let allowed = allowedConnections(mapping)
        let scopes = scopes(mapping)
        let identities = identities(mapping, allowed: allowed)
        guard let name else { return nil }
        return Caller(name: name.text, connections: Set(allowed), scopes: scopes, identities: identities)
    }

    private func allowedConnections(_ mapping: MappingReader) -> [String] {
        (mapping.texts("connections") ?? []).compactMap { name, line in
            if connections.contains(name) { return name }
            findings.fault(
                line,
                "There is no connection \"\(name)\" (\(mapping.path).connections)."
                    + Suggestion.sentence(for: name, among: connections),
                hint: connections.isEmpty ? nil : "There are: \(connections.joined(separator: ", "))."
            )
            return nil
        }
    }

    private func scopes(_ mapping: MappingReader) -> Set<Scope> {
        let known = Scope.allCases.map(\.rawValue)
        return Set(
            (mapping.texts("scopes") ?? []).compactMap { name, line in
                if let scope = Scope(rawValue: name) { return scope }
                findings.fault(
                    line,
                    "There is no scope \"\(name)\" (\(mapping.path).scopes)."
                        + Suggestion.sentence(for: name, among: known),
                    hint: "There are: \(known.joined(separator: ", "))."
                )
                return nil
            }
        )
    }

    private func limit(_ mapping: MappingReader) -> RateLimit? {
        guard let (text, line) = mapping.text("limit") else { return nil }
        if let limit = RateLimitText.parse(text) { return limit }
        findings.fault(line, "\(mapping.path).limit is \"\(text)\", which is no limit.", hint: RateLimitText.hint)
        return nil
    }

    // MARK: - Token

    private func digest(_ mapping: MappingReader, isNeeded: Bool) -> [UInt8]? {
        switch (mapping.member("token"), mapping.member("hash")) {
        case (let token?, nil):
            let name = "\(mapping.path).token"
            let owner = mapping.text("name")?.text ?? "NAME"
            guard
                let text = secrets.read(
                    token.value,
                    called: name,
                    variable: SettingsReader.variable("timegate_key_\(owner)"),
                    isNeeded: isNeeded
                )
            else { return nil }
            if text.utf8.count < Self.shortestToken {
                findings.fault(
                    token.line,
                    "\(name) has \(text.utf8.count) characters; one so short can be guessed.",
                    hint: "Make one with timegate keys new."
                )
                return nil
            }
            return GatewayKey.digest(of: text)
        case (nil, _?):
            guard let (text, line) = mapping.text("hash") else { return nil }
            if let digest = KeyHash.parse(text) { return digest }
            findings.fault(
                line,
                "\(mapping.path).hash is not sha256: and 64 hexadecimal digits.",
                hint: "timegate keys hash makes it from a token on standard input."
            )
        case (let token?, _?):
            findings.fault(token.line, "\(mapping.path) has both token and hash.", hint: "Keep one of them.")
        case (nil, nil):
            findings.fault(
                mapping.line,
                "\(mapping.path) has neither token nor hash.",
                hint: "Write token: { env: NAME } or hash: \"sha256:…\"; timegate keys new makes both."
            )
        }
        return nil
    }

    // MARK: - Identity

    private func identities(_ mapping: MappingReader, allowed: [String]) -> [String: Identity] {
        let example = "identity: { acme: { user_id: \"8160\" } }"
        guard let node = mapping.value("identity"),
            let list = MappingReader(node, path: mapping.path(of: "identity"), example: example, findings: findings)
        else { return [:] }
        var identities: [String: Identity] = [:]
        for member in list.members {
            if !allowed.contains(member.name) {
                findings.fault(
                    member.line,
                    "\(list.path) names \"\(member.name)\", which is not among the key's connections."
                        + Suggestion.sentence(for: member.name, among: allowed),
                    hint: allowed.isEmpty ? nil : "They are: \(allowed.joined(separator: ", "))."
                )
            }
            let path = list.path(of: member.name)
            let example = "{ user_id: \"8160\", roles: [manager] }"
            guard let inner = MappingReader(member.value, path: path, example: example, findings: findings) else {
                continue
            }
            identities[member.name] = identity(inner)
        }
        return identities
    }

    private func identity(_ mapping: MappingReader) -> Identity {
        mapping.refuseOthers(than: Self.identityKeys)
        return Identity(
            userID: mapping.text("user_id")?.text,
            roles: (mapping.texts("roles") ?? []).map(\.text),
            permissions: permissions(mapping),
            tasks: (mapping.texts("tasks") ?? []).map(\.text)
        )
    }

    private func permissions(_ mapping: MappingReader) -> [Identity.Permission] {
        let example = "permissions: { project-timetracking: write }"
        guard let node = mapping.value("permissions"),
            let list = MappingReader(node, path: mapping.path(of: "permissions"), example: example, findings: findings)
        else { return [] }
        return list.members.compactMap { member in
            list.text(member.name).map { Identity.Permission(feature: member.name, level: $0.text) }
        }
    }
}
