internal import JSON

/// Turns a vendor's refusal into a problem in unified terms.
struct ErrorReader {
    let vendor: Vendor
    let operation: Operation
    /// The members that the caller sent, so that a derived field's error names the member it came from.
    let asked: [Member]

    /// - Parameters:
    ///   - body: the answer as JSON, or `nil` if it was none.
    ///   - given: what the plugin's own function makes of it; it decides before the rules.
    func problem(
        status: Int,
        body: JSONView?,
        shown: JSONValue,
        retryAfter: Int?,
        as given: ErrorKind? = nil
    ) -> Problem {
        let rules = vendor.manifest.errors
        let errors = readErrors(body, rules)
        let code = firstCode(body, rules)
        let isMarked = (200..<300).contains(status) && body.map { rules.refusalMark?.isSet(in: $0) ?? false } ?? false
        let kind = given ?? kind(status: isMarked ? ErrorKind.invalid.status : status, code: code, rules)
        var detail = firstMessage(body, rules) ?? errors.first?.message ?? ""
        if detail.isEmpty { detail = "It answered with the status \(status)." }

        // Whether a write that ended in a server's fault was recorded is not known, whatever code stands in the body: the fault
        // may have come after the vendor had recorded it. Only the plugin's own word on the status or the answer counts more.
        let isVouchedFor = given != nil || rules.statuses[status] != nil
        let isUnknown =
            (kind == .broken || !isVouchedFor && ErrorReader.isUncertain(status)) && operation != .get
            && operation != .list
        var problem = Problem(
            isUnknown ? .outcomeUnknown : kind.code,
            "\(vendor.title): \(detail)",
            origin: .vendor,
            sent: isUnknown ? .maybe : .yes
        )
        problem.errors = errors
        if kind == .invalid || kind == .referenceNotFound {
            for index in problem.errors.indices { problem.errors[index].code = kind.code.rawValue }
        }
        if kind == .limit, !isUnknown {
            problem.retry = .after
            problem.retryAfter = retryAfter
        }
        problem.vendor = Problem.VendorAnswer(status: status, body: shown)
        if let code { problem.extra["vendor_code"] = .string(code) }
        if let body {
            for kept in rules.keep {
                if let value = body.value(at: kept.path), !value.isNull { problem.extra[kept.name] = value.value }
            }
        }
        return problem
    }

    // MARK: - What it means

    /// Whether a status leaves open what became of a write: the request went elsewhere, timed out, or met a fault.
    private static func isUncertain(_ status: Int) -> Bool {
        (300..<400).contains(status) || status == 408 || status >= 500
    }

    /// What the code of a body means; `nil` where it has none that the rules know.
    func codedKind(_ body: JSONView) -> ErrorKind? {
        firstCode(body, vendor.manifest.errors).flatMap { vendor.manifest.errors.kinds[$0] }
    }

    private func kind(status: Int, code: String?, _ rules: ErrorRules) -> ErrorKind {
        if let code, let kind = rules.kinds[code] {
            // A create refers to nothing that could be "not found" but what it names.
            return kind == .notFound && operation == .create ? .referenceNotFound : kind
        }
        if let kind = rules.statuses[status] { return kind }
        switch status {
        case 401: return .vendorAuth
        case 402: return .plan
        case 403: return .permission
        case 404: return operation == .create ? .referenceNotFound : .notFound
        case 408: return .broken
        case 409: return .conflict
        case 423: return .locked
        case 429: return .limit
        case 400..<500: return .invalid
        default: return .broken
        }
    }

    // MARK: - Reading

    private func elements(_ body: JSONView?, _ rules: ErrorRules) -> [JSONView] {
        guard let body else { return [] }
        guard let list = rules.list else { return [body] }
        guard let view = body.value(at: list), view.kind == .array else { return [] }
        return Array(view.elements)
    }

    private func firstCode(_ body: JSONView?, _ rules: ErrorRules) -> String? {
        guard let path = rules.code else { return nil }
        for element in elements(body, rules) {
            if let view = element.value(at: path), let code = view.string ?? view.numberText { return code }
        }
        return nil
    }

    /// So many texts of a list of texts are told; the body has all of them.
    private static let mostTexts = 10

    private func firstMessage(_ body: JSONView?, _ rules: ErrorRules) -> String? {
        var texts: [String] = []
        for element in elements(body, rules) {
            let text = rules.listsTexts ? element.string : message(element, rules)
            guard let text, !text.isEmpty, !texts.contains(text) else { continue }
            texts.append(text)
            // What is about a field stands beside it.
            if rules.fields != nil { break }
            if texts.count > ErrorReader.mostTexts { break }
        }
        guard !texts.isEmpty else { return nil }
        let more = texts.count > ErrorReader.mostTexts ? "; …" : ""
        return texts.prefix(ErrorReader.mostTexts).joined(separator: "; ") + more
    }

    private func message(_ element: JSONView, _ rules: ErrorRules) -> String? {
        for path in rules.messages {
            if let text = element.value(at: path)?.string, !text.isEmpty { return text }
        }
        return nil
    }

    private func readErrors(_ body: JSONView?, _ rules: ErrorRules) -> [FieldError] {
        guard let body, let rule = rules.fields else { return [] }
        switch rule {
        case .map(let path, let message):
            guard let map = body.value(at: path), map.kind == .object else { return [] }
            var errors: [FieldError] = []
            for (key, value) in map.members {
                for reason in ErrorReader.reasons(value, message) {
                    errors.append(error(vendorField: key.string, reason, code: nil))
                }
            }
            return errors
        case .list(let path, let name, let message, let isPascalCase):
            guard let list = body.value(at: path), list.kind == .array else { return [] }
            return list.elements.map { element in
                var field = element.value(at: name)?.string ?? ""
                if isPascalCase { field = field.prefix(1).lowercased() + field.dropFirst() }
                return error(vendorField: field, element.value(at: message)?.string ?? "", code: nil)
            }
        case .pointer(let pointer, let parameter):
            return elements(body, rules).compactMap { element in
                let code = rules.code.flatMap { element.value(at: $0)?.string }
                let text = message(element, rules) ?? ""
                if let pointer = element.value(at: pointer)?.string {
                    return error(vendorField: path(ofPointer: pointer), text, code: code)
                }
                if let parameter, let name = element.value(at: parameter)?.string {
                    var error = FieldError(.vendorInvalid, nil, text, vendorField: name, vendorCode: code)
                    error.hint = nil
                    return error
                }
                return nil
            }
        }
    }

    /// What a vendor says of one field: a text, a list of texts, or an object with either at `message`. Some list every field,
    /// and nothing about those that are right.
    private static func reasons(_ value: JSONView, _ message: [String]?) -> [String] {
        switch value.kind {
        case .array: return value.elements.compactMap(\.string)
        case .null: return []
        case .object:
            if let message { return value.value(at: message).map { reasons($0, nil) } ?? [] }
            return value.count == 0 ? [] : [""]
        default: return [value.string ?? ""]
        }
    }

    /// `/data/attributes/date`, with or without the leading slash, as a path of the field table.
    private func path(ofPointer pointer: String) -> String {
        var parts = pointer.split(separator: "/").map(String.init)
        if let document = vendor.manifest.document, parts.first == document.at { parts.removeFirst() }
        return parts.joined(separator: ".")
    }

    private func error(vendorField: String, _ message: String, code: String?) -> FieldError {
        let line =
            vendor.requests.line(at: vendorField)
            ?? vendor.requests.line(named: vendorField, caseInsensitive: true)
            ?? vendor.answers.line(at: vendorField)
        var error = FieldError(
            .vendorInvalid,
            line.map { member(for: $0, vendorField) },
            message.isEmpty ? "\(vendor.title) refuses it." : message,
            vendorField: vendorField,
            vendorCode: code
        )
        error.hint = nil
        return error
    }

    /// What a time can have been worked out from, the likeliest first.
    private static func origins(of member: Member) -> [Member] {
        switch member {
        case .startedAt: [.endedAt, .workDate, .durationSeconds, .duration]
        case .endedAt: [.durationSeconds, .duration, .startedAt, .workDate]
        case .durationSeconds: [.duration, .endedAt, .startedAt]
        case .workDate: [.startedAt, .endedAt]
        default: []
        }
    }

    /// The member that the caller sent: a derived field goes back to what it was derived from.
    private func member(for line: FieldLine, _ vendorField: String) -> String {
        guard case .member(let member) = line.target, !asked.contains(member) else {
            return line.target == .keep ? "vendor_fields.\(vendorField)" : line.target.path
        }
        if let sent = ErrorReader.origins(of: member).first(where: asked.contains) { return sent.path }
        for source in line.fallbacks {
            switch source {
            case .member(let source) where asked.contains(source): return source.path
            case .noteFirstLine where asked.contains(.note): return Member.note.path
            default: break
            }
        }
        for joined in line.joins where asked.contains(joined) { return joined.path }
        return line.target.path
    }
}

extension JSONView {
    /// The value at a path of object members.
    func value(at path: [String]) -> JSONView? {
        var view = self
        for name in path {
            guard let next = view[name] else { return nil }
            view = next
        }
        return view
    }
}
