import Yams

/// A part of a YAML document with the line that it begins on.
///
/// Scalars stay text as written: nothing is guessed to be a number, a date or YAML 1.1's yes and no. What a text means
/// is decided where it is read.
struct YAMLNode {
    enum Content {
        /// Nothing behind the colon, `~` or `null`.
        case null
        /// `isPlain` is false for quoted and block text.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([Member])
    }

    struct Member {
        let name: String
        let line: Int
        let value: YAMLNode
    }

    let content: Content
    /// 1-based.
    let line: Int

    /// Why a text is not a YAML document that can be read.
    struct SyntaxFault: Error {
        let line: Int
        let message: String
        let hint: String?
    }

    /// Reads a text that holds one document. An empty one is a null.
    init(parsing text: String) throws(SyntaxFault) {
        let root: Node?
        do {
            // The basic resolver: it gives no type to plain text, and needs no regular expressions.
            root = try Parser(yaml: text, resolver: .basic).singleRoot()
        } catch {
            throw SyntaxFault(error)
        }
        guard let root else {
            self.init(content: .null, line: 1)
            return
        }
        try self.init(root, above: 1)
    }

    init(content: Content, line: Int) {
        self.content = content
        self.line = line
    }

    private init(_ node: Node, above: Int) throws(SyntaxFault) {
        let line = node.mark?.line ?? above
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            self.init(content: isNull ? .null : .scalar(scalar.string, isPlain: isPlain), line: line)
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for element in sequence { elements.append(try YAMLNode(element, above: line)) }
            self.init(content: .list(elements), line: line)
        case .mapping(let mapping):
            var members: [Member] = []
            for (key, value) in mapping {
                let keyLine = key.mark?.line ?? line
                guard let name = key.scalar?.string else {
                    throw SyntaxFault(line: keyLine, message: "A key must be plain text.", hint: nil)
                }
                members.append(Member(name: name, line: keyLine, value: try YAMLNode(value, above: keyLine)))
            }
            self.init(content: .mapping(members), line: line)
        case .alias:
            throw SyntaxFault(line: line, message: "This alias cannot be read here.", hint: "Write the value out.")
        }
    }

    /// What a message calls this kind of node.
    var kindName: String {
        switch content {
        case .null: "nothing"
        case .scalar: "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension YAMLNode.SyntaxFault {
    init(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let before = context.map { "\($0.text) " } ?? ""
            self.init(
                line: mark.line,
                message: "This is not YAML: \(before)\(problem).",
                hint:
                    "Check the indentation (spaces, no tabs), the colons, and quotes around text that holds a colon."
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            self.init(
                line: context.mark.line,
                message: "Given more than once in the same mapping: \(names).",
                hint: "Keep one of them; the others would be lost without a word. Other faults show after that."
            )
        case .reader(let problem, let offset, _, _):
            self.init(
                line: 1,
                message: "The text cannot be read: \(problem)\(offset.map { " at byte \($0)" } ?? "").",
                hint: "Save the file as UTF-8."
            )
        default:
            self.init(line: 1, message: "The text cannot be read as YAML: \(error).", hint: nil)
        }
    }
}
