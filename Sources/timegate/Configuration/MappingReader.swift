import GatewayCore

/// Reads the members of one mapping strictly: each once, each of the right kind, none that is not known.
///
/// A member that is absent, or present with the wrong kind, reads as `nil`; the latter has become a fault by then.
struct MappingReader {
    let members: [YAMLNode.Member]
    let line: Int
    /// How messages name the mapping: `connections.acme`. Empty for the whole file.
    let path: String
    let findings: ConfigurationFindings

    /// `nil` and a fault where the node is no mapping.
    init?(_ node: YAMLNode, path: String, example: String, findings: ConfigurationFindings) {
        guard case .mapping(let members) = node.content else {
            findings.fault(
                node.line,
                "\(path.isEmpty ? "The configuration" : path) must be a mapping; it is \(node.kindName).",
                hint: "Write: \(example)"
            )
            return nil
        }
        self.members = members
        self.line = node.line
        self.path = path
        self.findings = findings
    }

    /// `connections.acme.origin`.
    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// A fault for each member that is not listed. One that is `handled` elsewhere is passed over.
    func refuseOthers(than known: [String], handled: [String] = []) {
        for member in members where !known.contains(member.name) && !handled.contains(member.name) {
            let place = path.isEmpty ? "" : " in \(path)"
            let suggestion = Suggestion.sentence(for: member.name, among: known)
            findings.fault(
                member.line,
                "Unknown key \"\(member.name)\"\(place).\(suggestion)",
                hint: "Known here: \(known.joined(separator: ", "))."
            )
        }
    }

    func member(_ name: String) -> YAMLNode.Member? { members.first { $0.name == name } }

    /// A member that has a value.
    func value(_ name: String) -> YAMLNode? {
        guard let member = member(name) else { return nil }
        if case .null = member.value.content {
            findings.fault(member.line, "\(path(of: name)) has no value.", hint: "Give it one, or take the line away.")
            return nil
        }
        return member.value
    }

    func text(_ name: String) -> (text: String, line: Int)? {
        guard let node = value(name) else { return nil }
        return text(of: node, called: path(of: name)).map { ($0, node.line) }
    }

    func text(of node: YAMLNode, called name: String) -> String? {
        guard case .scalar(let text, _) = node.content, !text.isEmpty else {
            findings.fault(node.line, "\(name) must be a text; it is \(node.isEmptyText ? "empty" : node.kindName).")
            return nil
        }
        return text
    }

    /// `true` or `false`, unquoted.
    func boolean(_ name: String) -> Bool? {
        guard let node = value(name) else { return nil }
        return boolean(of: node, called: path(of: name))
    }

    func boolean(of node: YAMLNode, called name: String) -> Bool? {
        switch node.content {
        case .scalar("true", isPlain: true): return true
        case .scalar("false", isPlain: true): return false
        default:
            findings.fault(node.line, "\(name) must be true or false, without quotes; it is \(node.shown).")
            return nil
        }
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let (text, line) = text(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        findings.fault(
            line,
            "\(path(of: name)) is \"\(text)\"; it must be \(words.asAlternatives)."
                + Suggestion.sentence(for: text, among: words)
        )
        return nil
    }

    /// A list of texts, each with its line.
    func texts(_ name: String) -> [(text: String, line: Int)]? {
        guard let node = value(name) else { return nil }
        guard case .list(let elements) = node.content else {
            findings.fault(
                node.line,
                "\(path(of: name)) must be a list; it is \(node.kindName).",
                hint: "Write: \(name): [first, second]"
            )
            return nil
        }
        return elements.compactMap { element in
            text(of: element, called: "Each element of \(path(of: name))").map { ($0, element.line) }
        }
    }

    /// A fault if the member is absent.
    func require(_ name: String, hint: String) {
        guard member(name) == nil else { return }
        findings.fault(line, "\(path.isEmpty ? "The configuration" : path) has no \(name).", hint: hint)
    }
}

extension YAMLNode {
    var isEmptyText: Bool {
        if case .scalar("", _) = content { return true }
        return false
    }

    /// The node as a message shows it.
    var shown: String {
        guard case .scalar(let text, _) = content else { return kindName }
        return "\"\(text)\""
    }
}

extension [String] {
    /// `strict or lenient`, `up, down or nearest`.
    var asAlternatives: String {
        guard count > 1, let last else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}
