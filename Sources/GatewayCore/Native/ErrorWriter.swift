internal import JSON

/// A refusal of the gateway for a client that speaks a vendor's dialect.
public struct NativeRefusal: Sendable, Equatable {
    public var status: Int
    /// `Content-Type`, `Retry-After` where it is known, and `Timegate-Error` with the problem's code: the one sign that
    /// it was not the vendor who refused.
    public var headers: [Header]
    public var body: [UInt8]
}

extension Vendor {
    /// A problem in the vendor's own error shape.
    ///
    /// - Parameter namesVendorFields: whether the problem's `vendor_field` is one of this vendor; it is another's where
    ///   the dialect stands before another vendor's account.
    public func nativeRefusal(
        _ problem: Problem,
        requestID: String,
        namesVendorFields: Bool = true
    ) -> NativeRefusal {
        ErrorWriter(vendor: self, namesVendorFields: namesVendorFields).refusal(problem, requestID: requestID)
    }
}

/// Writes problems in the places that a plugin's error rules read from.
struct ErrorWriter {
    let vendor: Vendor
    let namesVendorFields: Bool

    private struct Line {
        var message: String
        var field: String?
    }

    func refusal(_ problem: Problem, requestID: String) -> NativeRefusal {
        let rules = vendor.manifest.errors
        let kind = ErrorKind(problem)
        // 405, 407, 413 and 415 speak of the request itself, and 5xx of the gateway: they are the same for everybody.
        // Nor has a vendor statuses of its own for what the gateway says of keys.
        let isVendors =
            [400, 401, 402, 403, 404, 409, 412, 422, 423, 429].contains(problem.status) && !problem.code.isAboutKeys
        let status = isVendors ? rules.write.statuses[kind] ?? problem.status : problem.status
        var texts = [
            "status": String(status), "title": problem.code.title, "message": problem.detail, "request_id": requestID,
        ]
        texts["code"] = rules.write.codes[kind] ?? code(of: kind, rules)
        var headers = [
            Header("Content-Type", rules.write.contentType), Header("Timegate-Error", problem.code.rawValue),
        ]
        if let seconds = problem.retryAfter { headers.append(Header("Retry-After", String(seconds))) }
        let lines = problem.errors.map { Line(message: $0.message, field: field(of: $0)) }
        let body = rules.list.map { list($0, lines, texts, rules) } ?? single(lines, texts, rules)
        return NativeRefusal(status: status, headers: headers, body: Array(body.serialized(.compact).utf8))
    }

    /// The vendor's only code of a kind; of several none is the right one.
    private func code(of kind: ErrorKind, _ rules: ErrorRules) -> String? {
        let codes = rules.kinds.filter { $0.value == kind }.keys
        return codes.count == 1 ? codes.first : nil
    }

    private func list(
        _ path: [String],
        _ lines: [Line],
        _ texts: [String: String],
        _ rules: ErrorRules
    ) -> JSONValue {
        let all = lines.isEmpty ? [Line(message: texts["message"] ?? "", field: nil)] : lines
        var body = JSONValue.object(JSONObject())
        body.set(
            .array(
                all.map { line in
                    if rules.listsTexts { return .string((line.field.map { $0 + ": " } ?? "") + line.message) }
                    var texts = texts
                    texts["message"] = line.message
                    var error = common(texts, rules)
                    if let field = line.field, case .pointer(let pointer, _)? = rules.fields {
                        error.set(.string(self.pointer(field)), at: pointer)
                    }
                    return error
                }
            ),
            at: path
        )
        return body
    }

    private func single(_ lines: [Line], _ texts: [String: String], _ rules: ErrorRules) -> JSONValue {
        var body = common(texts, rules)
        switch rules.fields {
        case .map(let path, let message)?:
            var map = JSONObject()
            for line in lines {
                guard let field = line.field else { continue }
                let known = map[field]
                if rules.write.listsReasons {
                    map[field] = .array((known?.array ?? []) + [.string(line.message)])
                } else {
                    map[field] = .string((known?.string.map { $0 + " " } ?? "") + line.message)
                }
            }
            if let message {
                for (field, reasons) in map {
                    var inner = JSONValue.object(JSONObject())
                    inner.set(reasons, at: message)
                    map[field] = inner
                }
            }
            if !map.isEmpty { body.set(.object(map), at: path) }
        case .list(let path, let name, let message, let isPascalCase)?:
            let elements = lines.compactMap { line -> JSONValue? in
                guard let field = line.field else { return Optional.none }
                var element = JSONValue.object(JSONObject())
                element.set(.string(isPascalCase ? field.firstCapitalised : field), at: name)
                element.set(.string(line.message), at: message)
                return element
            }
            body.set(.array(elements), at: path)
        case .pointer?, nil: break
        }
        return body
    }

    /// What every error has: its code, its message, and the members that the plugin adds.
    private func common(_ texts: [String: String], _ rules: ErrorRules) -> JSONValue {
        var error = JSONValue.object(JSONObject())
        for member in rules.write.members {
            var text = member.template
            for name in ErrorWriteRules.names { text = text.replacing("${\(name)}", with: texts[name] ?? "") }
            error.set(.string(text), at: member.path)
        }
        if let path = rules.code, let code = texts["code"] { error.set(.string(code), at: path) }
        if let path = rules.messages.first { error.set(.string(texts["message"] ?? ""), at: path) }
        return error
    }

    // MARK: - Fields

    /// The vendor's path of what an error is about.
    private func field(of error: FieldError) -> String? {
        if namesVendorFields, let text = error.vendorField {
            if text.hasPrefix("/") {
                var names = text.split(separator: "/").map(String.init)
                if let document = vendor.manifest.document, names.first == document.at { names.removeFirst() }
                return names.isEmpty ? nil : names.joined(separator: ".")
            }
            // A value in two places is named by the first.
            return String(text.prefix { $0 != " " })
        }
        guard let field = error.field else { return nil }
        if field.hasPrefix("vendor_fields.") { return String(field.dropFirst("vendor_fields.".count)) }
        let line =
            vendor.requests.lines.first { $0.path == field }
            ?? vendor.requests.lines.first { $0.path.hasPrefix(field + ".") }
            ?? vendor.requests.lines.first { $0.target.path == "subjects" && field.hasPrefix("subjects") }
        return line.map { vendor.requests.places[$0.places[0]].path.text }
            ?? vendor.requests.lists.first { $0.mapped?.line.target.path == field }?.path.text
    }

    /// As JSON:API documents point: `data/attributes/date`, and `data/relationships/person` for the person's id.
    private func pointer(_ field: String) -> String {
        var names = field.split(separator: ".").map(String.init)
        if names.first == "relationships", names.suffix(2) == ["data", "id"] { names.removeLast(2) }
        return ((vendor.manifest.document.map { [$0.at] } ?? []) + names).joined(separator: "/")
    }
}
