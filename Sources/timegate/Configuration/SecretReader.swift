/// Reads a secret from where the configuration says it is: `{ env: NAME }` or `{ file: PATH }`, never from the
/// configuration itself.
struct SecretReader {
    /// The directory of the configuration, which relative paths start from.
    let directory: String
    let environment: (String) -> String?
    let findings: ConfigurationFindings

    /// The secret, or `nil` with a fault.
    ///
    /// - Parameters:
    ///   - name: How messages name the member: `connections.acme.secrets.token`.
    ///   - variable: The name that a message proposes for an environment variable.
    ///   - isNeeded: `false` checks only that the place is well written, and returns `nil`.
    func read(_ node: YAMLNode, called name: String, variable: String, isNeeded: Bool = true) -> String? {
        let example = "{ env: \(variable) }"
        if case .scalar(_, _) = node.content {
            findings.fault(
                node.line,
                "\(name) is written out in the configuration.",
                hint: "Write \(example) and set that variable, or { file: PATH }. If this was a real secret, renew it."
            )
            return nil
        }
        guard let mapping = MappingReader(node, path: name, example: example, findings: findings) else { return nil }
        mapping.refuseOthers(than: ["env", "file"])
        let variable = mapping.text("env")
        let file = mapping.text("file")
        switch (variable, file) {
        case (let variable?, nil): return isNeeded ? fromEnvironment(variable, name) : nil
        case (nil, let file?): return isNeeded ? fromFile(file, name) : nil
        case (_?, _?):
            findings.fault(node.line, "\(name) has both env and file.", hint: "Keep one of them.")
        case (nil, nil):
            if mapping.member("env") == nil, mapping.member("file") == nil {
                findings.fault(
                    node.line,
                    "\(name) does not say where the secret is.",
                    hint: "Write \(example) or { file: PATH }."
                )
            }
        }
        return nil
    }

    private func fromEnvironment(_ variable: (text: String, line: Int), _ name: String) -> String? {
        guard let value = environment(variable.text) else {
            findings.fault(
                variable.line,
                "\(name): the environment variable \(variable.text) is not set.",
                hint: "Set it for this process: export \(variable.text)=…"
            )
            return nil
        }
        guard !value.isEmpty else {
            findings.fault(variable.line, "\(name): the environment variable \(variable.text) is empty.")
            return nil
        }
        return checked(value, variable.line, name, place: "the environment variable \(variable.text)")
    }

    private func fromFile(_ file: (text: String, line: Int), _ name: String) -> String? {
        let path = FilePaths.resolve(file.text, in: directory)
        findings.secretFiles.append(path)
        let content: FileContent
        do throws(FileContent.Failure) {
            content = try FileContent(readingFrom: path, limit: 64 << 10)
        } catch {
            findings.fault(
                file.line,
                "\(name): the file \(path) cannot be read: \(error.reason).",
                hint: "A relative path starts from the directory of the configuration."
            )
            return nil
        }
        if content.mode & 0o077 != 0 {
            findings.warn(
                file.line,
                "\(name): not only the owner has access to \(path) (mode \(String(content.mode & 0o777, radix: 8))).",
                hint: "chmod 600 \(path)"
            )
        }
        var bytes = content.bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            findings.fault(file.line, "\(name): the file \(path) is empty.")
            return nil
        }
        return checked(String(decoding: bytes, as: UTF8.self), file.line, name, place: "the file \(path)")
    }

    /// A secret goes into a header as it is, so that a stray line break would be a header of its own.
    private func checked(_ value: String, _ line: Int, _ name: String, place: String) -> String? {
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), value.first != " ", value.last != " " { return value }
        findings.fault(
            line,
            "\(name): \(place) holds spaces at an end, a control character, or characters outside ASCII.",
            hint: "Set it to the secret alone, on one line."
        )
        return nil
    }
}
