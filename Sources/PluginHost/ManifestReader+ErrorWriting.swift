internal import GatewayCore
internal import LuaRuntime

extension ManifestReader {
    /// `write = { codes = { invalid = "validation_error" }, statuses = { invalid = 400 }, members = { title = "${title}" } }`
    mutating func readErrorWriting(_ errors: Definition) -> ErrorWriteRules {
        var rules = ErrorWriteRules()
        guard let table = inner(errors, "write") else { return rules }
        checkKeys(table, Contract.errorWrite.names)
        if let type = string(table, "content_type") { rules.contentType = type }
        if let form = string(table, "reasons") {
            rules.listsReasons = form == "list"
            if form != "list", form != "text" {
                fault(
                    "\(table.path).reasons",
                    "\(table.path).reasons is \"\(form)\"; it must be list or text.",
                    near: form
                )
            }
        }
        if let codes = inner(table, "codes") {
            for (name, value) in codes.named {
                guard let kind = errorKind(name, codes.path), let code = value.text else {
                    if value.text == nil {
                        fault(codes.path, "\(codes.path).\(name) must be the vendor's code.", near: name)
                    }
                    continue
                }
                rules.codes[kind] = code
            }
        }
        if let statuses = inner(table, "statuses") {
            for (name, value) in statuses.named {
                guard let kind = errorKind(name, statuses.path) else { continue }
                guard let status = value.whole, (400..<600).contains(status) else {
                    fault(statuses.path, "\(statuses.path).\(name) must be an HTTP status from 400 to 599.", near: name)
                    continue
                }
                rules.statuses[kind] = Int(status)
            }
        }
        if let members = inner(table, "members") {
            for (name, value) in members.named {
                guard let template = value.text else {
                    fault(members.path, "\(members.path).\(name) must be a text such as \"${title}\".", near: name)
                    continue
                }
                checkErrorTemplate(template, name, members)
                rules.members.append(
                    ErrorWriteRules.Member(path: names(name, "errors.write.members"), template: template)
                )
            }
        }
        return rules
    }

    private mutating func errorKind(_ name: String, _ path: String) -> ErrorKind? {
        if let kind = ErrorKind(rawValue: name) { return kind }
        let kinds = ErrorKind.allCases.map(\.rawValue)
        fault(
            path,
            "\(path): \"\(name)\" is no kind of error; there are \(kinds.joined(separator: ", "))."
                + Suggestion.sentence(for: name, among: kinds),
            near: name
        )
        return nil
    }

    private mutating func checkErrorTemplate(_ template: String, _ name: String, _ members: Definition) {
        for part in template.split(separator: "${", omittingEmptySubsequences: false).dropFirst() {
            let variable = String(part.prefix { $0 != "}" })
            if part.contains("}"), ErrorWriteRules.names.contains(variable) { continue }
            fault(
                members.path,
                "\(members.path).\(name): there is no \"${\(variable)}\"; there are "
                    + ErrorWriteRules.names.map { "${\($0)}" }.joined(separator: ", ") + ".",
                near: name
            )
        }
    }
}
