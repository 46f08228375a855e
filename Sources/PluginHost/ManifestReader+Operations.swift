internal import GatewayCore
internal import JSON
internal import LuaRuntime

extension ManifestReader {
    mutating func readOperations(_ top: Definition) -> [Operation: OperationRule] {
        guard let value = top["operations"], let table = Definition(value, path: "operations"), table.list.isEmpty,
            !table.named.isEmpty
        else {
            fault("operations", "operations is missing: { create = { \"POST /path\" } }.")
            return [:]
        }
        var rules: [Operation: OperationRule] = [:]
        for (name, value) in table.named {
            guard let operation = Operation(rawValue: name) else {
                fault(
                    "operations",
                    "There is no operation \"\(name)\"."
                        + Suggestion.sentence(for: name, among: Operation.allCases.map(\.rawValue)),
                    near: name,
                    hint: "There are: \(Operation.allCases.map(\.rawValue).joined(separator: ", "))."
                )
                continue
            }
            guard let line = Definition(value, path: "operations.\(name)") else {
                fault(
                    "operations.\(name)",
                    "operations.\(name) must be a table: { \"POST /path\", entry = \"data\" }.",
                    near: name
                )
                continue
            }
            if let rule = readOperation(line, operation) { rules[operation] = rule }
        }
        for (operation, rule) in rules where rules[.get] == nil {
            let needsReading = operation == .update || rule.onlyWhen != nil || rule.refusedWhen != nil
            guard needsReading else { continue }
            fault(
                "operations.\(operation.rawValue)",
                "operations.\(operation.rawValue) reads the entry first, and there is no operations.get."
            )
        }
        return rules
    }

    private mutating func readOperation(_ line: Definition, _ operation: Operation) -> OperationRule? {
        let name = operation.rawValue
        checkKeys(line, Contract.operation(operation).names)
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        let parts = (line.list.first?.text ?? "").split(separator: " ").map(String.init)
        guard line.list.count == 1, parts.count == 2, methods.contains(parts[0]), parts[1].hasPrefix("/"),
            !parts[1].contains("//"), !parts[1].contains("..")
        else {
            fault(
                "\(line.path)",
                "\(line.path) must begin with a method and a path: \"POST /api/v1/time-entries\".",
                near: name
            )
            return nil
        }
        var rule = OperationRule(method: parts[0], path: parts[1])
        checkTarget(rule, operation, line.path)
        if let type = string(line, "content_type") {
            rule.contentType = type
            checkHeader(type, "\(line.path).content_type")
        }
        if let accept = string(line, "accept") {
            rule.accept = accept
            checkHeader(accept, "\(line.path).accept")
        }
        if let value = line["success"] {
            let statuses = value.definitionTable?.list.compactMap(\.whole) ?? []
            if statuses.isEmpty || statuses.contains(where: { !(200..<300).contains($0) }) {
                fault(
                    "\(line.path).success",
                    "\(line.path).success must be a list of statuses from 200 to 299.",
                    near: "success"
                )
            }
            rule.success = Set(statuses.map { Int($0) })
        }
        if case .bool(false)? = line["entry"] {
            rule.answersEntry = false
            if [.create, .get].contains(operation) {
                fault(
                    "\(line.path).entry",
                    "\(line.path).entry is false, and nobody would know the entry: \(name) is answered with it.",
                    near: "entry",
                    hint: operation == .create
                        ? "Where the answer has no body and names the entry in a header, say id_header = \"Location\"."
                        : nil
                )
            }
        } else {
            rule.entryPath = string(line, "entry").map { names($0, "\(line.path).entry") } ?? []
        }
        rule.entriesPath = string(line, "entries").map { names($0, "\(line.path).entries") } ?? []
        rule.isFullReplacement = bool(line, "replaces") ?? false
        rule.query = readQuery(line)
        if let text = string(line, "reason") {
            rule.reasonPath = VendorPath(text)
            if rule.reasonPath == nil { fault("\(line.path).reason", "\(line.path).reason must be a path.") }
        }
        rule.body = readBody(line)
        rule.refusedWhen = readState(line, "refused_when")
        rule.onlyWhen = readState(line, "only_when")
        rule.ids = readIDs(line)
        checkBody(rule, line)
        rule.outcomes = readOutcomes(line)
        if [.bulkApprove, .bulkUnapprove, .bulkDelete].contains(operation), rule.ids == nil, line["ids"] == nil {
            fault(
                line.path,
                "\(line.path).ids is missing: { \"ids\", \"integer\" } or { \"ids\", \"text\" }.",
                near: name
            )
        }
        checkTemplate(rule.path, operation, line)
        if operation == .list { rule.list = readList(line, rule) }
        if let text = string(line, "completeness") {
            if let completeness = AnswerCompleteness(rawValue: text) {
                rule.completeness = completeness
            } else {
                fault(
                    "\(line.path).completeness",
                    "\(line.path).completeness must be full, partial or id_only.",
                    near: text
                )
            }
        }
        rule.idempotencyHeader = string(line, "idempotency_header")
        rule.idHeader = readHeaderName(line, "id_header")
        readRepetition(line, &rule)
        if let number = integer(line, "concurrency") {
            if (1...32).contains(number) {
                rule.concurrency = Int(number)
            } else {
                let path = "\(line.path).concurrency"
                fault(path, "\(path) must be 1 to 32: entries of a batch at once.")
            }
        }
        if operation == .delete, line["success"] == nil { rule.success = [200, 204] }
        return rule
    }

    /// What stands in braces must be something that the operation knows.
    private mutating func checkTemplate(_ path: String, _ operation: Operation, _ line: Definition) {
        var known: Set<String> = []
        var needed: Set<String> = []
        switch operation {
        case .create, .bulkApprove, .bulkUnapprove, .bulkDelete: break
        case .list: known = ["subject.type", "subject.id"]
        case .get, .update, .replace, .delete:
            known = ["id"]
            needed = ["id"]
        default: known = ["id", "user.id"]
        }
        var found: Set<String> = []
        for part in path.split(separator: "{").dropFirst() {
            found.insert(String(part.prefix { $0 != "}" }))
        }
        // Whether a setting is declared is looked at when all are known; filters are the list's.
        found = found.filter { !$0.hasPrefix("settings.") && !(operation == .list && $0.hasPrefix("filter.")) }
        let names = known.sorted() + ["settings.NAME"] + (operation == .list ? ["filter.NAME"] : [])
        for name in found.subtracting(known).sorted() {
            fault(
                line.path,
                "\(line.path) has {\(name)}; here it can be: \(names.joined(separator: ", "))."
                    + Suggestion.sentence(
                        for: name,
                        among: known.sorted()
                            + ["settings", "filter"].map { "\($0).\(name.split(separator: ".").last ?? "")" }
                    )
            )
        }
        for name in needed.subtracting(found).sorted() { fault(line.path, "\(line.path) must have {\(name)}.") }
    }

    private mutating func readQuery(_ line: Definition) -> [QueryItem] {
        guard let value = line["query"] else { return [] }
        guard let table = Definition(value, path: "\(line.path).query"), table.list.isEmpty else {
            fault("\(line.path).query", "\(line.path).query must be a table of names and texts.")
            return []
        }
        return table.named.compactMap { name, value in
            guard let text = value.text else {
                fault("\(line.path).query", "\(line.path).query.\(name) must be a string.", near: name)
                return nil
            }
            return QueryItem(name, text)
        }
    }

    /// `{ "approval.state", "approved" }`
    private mutating func readState(_ line: Definition, _ key: String) -> FieldLine.Condition? {
        guard let value = line[key] else { return nil }
        guard let texts = value.texts, texts.count == 2, let member = Member(path: texts[0]) else {
            fault(
                "\(line.path).\(key)",
                "\(line.path).\(key) must be a member and its value: { \"approval.state\", \"approved\" }.",
                near: key
            )
            return nil
        }
        return FieldLine.Condition(member: member, value: texts[1])
    }

    /// `{ status = "approved" }`
    private mutating func readBody(_ line: Definition) -> ActionBody? {
        guard let value = line["body"] else { return nil }
        guard let object = value.constantJSON?.object, object.count > 0 else {
            fault(
                "\(line.path).body",
                "\(line.path).body must be a table of the vendor's members: { status = \"approved\" }.",
                near: "body"
            )
            return nil
        }
        if let other = ManifestReader.template(in: .object(object)) {
            fault(
                "\(line.path).body",
                "\(line.path).body has \"\(other)\"; only \"\(ActionBody.now)\" is filled in here, with the time of the call.",
                near: other,
                hint: "Write what the vendor takes, as it is."
            )
        }
        return ActionBody(object)
    }

    /// A text that should be filled in and is not.
    private static func template(in value: JSONValue) -> String? {
        switch value {
        case .string(let text) where text.contains("${") && text != ActionBody.now: text
        case .object(let object): object.lazy.compactMap { template(in: $0.value) }.first
        case .array(let elements): elements.lazy.compactMap { template(in: $0) }.first
        default: nil
        }
    }

    /// A constant where the reason or the ids go would be written over.
    private mutating func checkBody(_ rule: OperationRule, _ line: Definition) {
        guard let body = rule.body else { return }
        for (key, path) in [("reason", rule.reasonPath), ("ids", rule.ids?.path)] {
            guard let names = path?.segments.map(\.name) else { continue }
            var place: JSONValue? = .object(body.template)
            for name in names {
                place = place.flatMap { $0.object == nil ? $0 : $0.object?[name] }
            }
            if place == nil { continue }
            fault(
                "\(line.path).body",
                "\(line.path).body has something at \(names.joined(separator: ".")), where \(line.path).\(key) goes.",
                near: "body"
            )
        }
    }

    /// `{ "ids", "integer" }`
    private mutating func readIDs(_ line: Definition) -> OperationRule.IDList? {
        guard let value = line["ids"] else { return nil }
        guard let texts = value.texts, texts.count == 2, let path = VendorPath(texts[0]),
            ["integer", "text"].contains(texts[1])
        else {
            fault(
                "\(line.path).ids",
                "\(line.path).ids must be a path and a kind: { \"ids\", \"integer\" } or { \"ids\", \"text\" }.",
                near: "ids"
            )
            return nil
        }
        return OperationRule.IDList(path: path, areIntegers: texts[1] == "integer")
    }

    /// `{ done = "ok.ids", not_found = "notFound.ids" }`
    private mutating func readOutcomes(_ line: Definition) -> [OperationRule.OutcomeList] {
        guard let value = line["outcomes"] else { return [] }
        let path = "\(line.path).outcomes"
        guard let table = Definition(value, path: path), table.list.isEmpty else {
            fault(path, "\(path) must be a table: { done = \"ok.ids\", not_found = \"notFound.ids\" }.")
            return []
        }
        let kinds = ["done"] + ErrorKind.allCases.map(\.rawValue)
        return table.named.compactMap { name, value in
            guard kinds.contains(name), let text = value.text else {
                fault(path, "\(path).\(name) must be one of \(kinds.joined(separator: ", ")), with a path.", near: name)
                return nil
            }
            return OperationRule.OutcomeList(kind: ErrorKind(rawValue: name), path: names(text, "\(path).\(name)"))
        }
    }

    mutating func readErrors(_ top: Definition) -> ErrorRules {
        var rules = ErrorRules()
        guard let value = top["errors"] else { return rules }
        guard let table = Definition(value, path: "errors") else {
            fault("errors", "errors must be a table.")
            return rules
        }
        checkKeys(table, Contract.errors.names)
        rules.list = string(table, "list").map { names($0, "errors.list") }
        rules.code = string(table, "code").map { names($0, "errors.code") }
        if let value = table["message"] {
            guard let texts = value.text.map({ [$0] }) ?? value.texts else {
                fault("errors.message", "errors.message must be a path or a list of paths.")
                return rules
            }
            rules.messages = texts.map { names($0, "errors.message") }
        }
        rules.fields = readFieldRule(table)
        rules.write = readErrorWriting(table)
        if let kinds = inner(table, "kinds") {
            for (code, value) in kinds.named {
                if let kind = kind(value, "errors.kinds.\(code)") { rules.kinds[code] = kind }
            }
            // A vendor that counts its errors: `[501]` is the code 501, and so is `["501"]`.
            for (key, value) in kinds.keyed {
                guard let code = key.whole else {
                    fault(
                        "errors.kinds",
                        "errors.kinds has a key that is \(key.kindName); the keys are the vendor's codes."
                    )
                    continue
                }
                if let kind = kind(value, "errors.kinds[\(code)]") { rules.kinds[String(code)] = kind }
            }
        }
        if let statuses = inner(table, "statuses") {
            for (key, value) in statuses.keyed {
                guard let status = key.whole, (300..<600).contains(status) else {
                    fault(
                        "errors.statuses",
                        "errors.statuses: the keys are HTTP statuses from 300 to 599: { [422] = \"invalid\" }."
                    )
                    continue
                }
                if let kind = kind(value, "errors.statuses[\(status)]") { rules.statuses[Int(status)] = kind }
            }
            if let name = statuses.named.first?.name {
                fault(
                    "errors.statuses",
                    "errors.statuses: \"\(name)\" must be a number in brackets: [422].",
                    near: name
                )
            }
        }
        readRefusalsInSuccess(table, &rules)
        if let kept = inner(table, "keep") {
            for (name, value) in kept.named {
                if Problem.members.contains(name) {
                    fault(
                        "errors.keep",
                        "errors.keep: every problem has a \"\(name)\" already; name it otherwise.",
                        near: name
                    )
                    continue
                }
                guard let path = value.text else {
                    fault("errors.keep", "errors.keep.\(name) must be the vendor's path.", near: name)
                    continue
                }
                rules.keep.append(ErrorRules.Kept(path: names(path, "errors.keep.\(name)"), name: name))
            }
        }
        return rules
    }

    /// `in_success`: `true`, or the mark that tells a refusal.
    private mutating func readRefusalsInSuccess(_ table: Definition, _ rules: inout ErrorRules) {
        guard let value = table["in_success"] else { return }
        if case .bool(let flag) = value {
            rules.isInSuccess = flag
            if flag, rules.code == nil || rules.kinds.isEmpty {
                fault(
                    "errors.in_success",
                    "errors.in_success needs errors.code and errors.kinds: only a code that kinds knows makes a refusal "
                        + "of a 2xx. Where the vendor marks its refusals, name the mark: { at = \"ok\", equals = false }."
                )
            }
            return
        }
        guard let mark = Definition(value, path: "errors.in_success") else {
            fault(
                "errors.in_success",
                "errors.in_success must be true or { at = path, equals = value }: it is \(value.kindName)."
            )
            return
        }
        checkKeys(mark, Contract.refusalMark.names)
        guard let path = string(mark, "at"), let expected = mark["equals"]?.json, expected.array == nil,
            expected.object == nil
        else {
            fault(
                "errors.in_success",
                "errors.in_success needs a path (at) and what stands there in a refusal (equals: a text, a number, true or "
                    + "false): { at = \"ok\", equals = false }."
            )
            return
        }
        rules.isInSuccess = true
        rules.refusalMark = ErrorRules.RefusalMark(path: names(path, "errors.in_success.at"), value: expected)
    }

    /// A table by names or statuses inside `errors`.
    mutating func inner(_ table: Definition, _ key: String) -> Definition? {
        guard let value = table[key] else { return nil }
        let path = "\(table.path).\(key)"
        guard let inner = Definition(value, path: path), inner.list.isEmpty else {
            fault(path, "\(path) must be a table with names: it is \(value.kindName).")
            return nil
        }
        return inner
    }

    private mutating func kind(_ value: LuaValue, _ path: String) -> ErrorKind? {
        let kinds = ErrorKind.allCases.map(\.rawValue)
        guard let text = value.text, let kind = ErrorKind(rawValue: text) else {
            let text = value.text ?? value.kindName
            fault(
                path,
                "\(path) is \"\(text)\"; it must be one of \(kinds.joined(separator: ", "))."
                    + Suggestion.sentence(for: text, among: kinds),
                near: value.text
            )
            return nil
        }
        return kind
    }

    private mutating func readFieldRule(_ table: Definition) -> ErrorRules.FieldRule? {
        guard let value = table["fields"] else { return nil }
        guard let fields = Definition(value, path: "errors.fields") else {
            fault("errors.fields", "errors.fields must be a table: { map = … }, { list = … } or { pointer = … }.")
            return nil
        }
        checkKeys(fields, Contract.errorFields.names)
        if let map = string(fields, "map") {
            let message = string(fields, "message").map { names($0, "errors.fields.message") }
            return .map(names(map, "errors.fields.map"), message: message)
        }
        if let list = string(fields, "list") {
            guard let name = string(fields, "name", required: true),
                let message = string(fields, "message", required: true)
            else {
                return nil
            }
            let letters = string(fields, "case")
            if let letters, letters != "pascal" {
                fault("errors.fields", "errors.fields.case is \"\(letters)\"; there is only pascal.", near: letters)
            }
            return .list(
                names(list, "errors.fields.list"),
                name: names(name, "errors.fields.name"),
                message: names(message, "errors.fields.message"),
                isPascalCase: letters == "pascal"
            )
        }
        if let pointer = string(fields, "pointer") {
            return .pointer(
                names(pointer, "errors.fields.pointer"),
                parameter: string(fields, "parameter").map { names($0, "errors.fields.parameter") }
            )
        }
        fault("errors.fields", "errors.fields needs map, list or pointer.")
        return nil
    }
}
