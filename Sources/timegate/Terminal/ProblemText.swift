import JSON

/// A problem (RFC 9457) as a person reads it: what, why, each field with its remedy, and where a plugin failed.
struct ProblemText {
    let problem: JSONValue
    let style: Style
    let width: Int

    init(problem: JSONValue, style: Style, width: Int) {
        self.problem = VisibleText.of(problem)
        self.style = style
        self.width = width
    }

    var text: String {
        var text = style.bad(style.strong(problem["title"]?.string ?? "The call was refused"))
        if let code = problem["code"]?.string {
            let status = problem["status"]?.int64.map { " \($0)" } ?? ""
            text += style.faint("  \(code)\(status)")
        }
        text += "\n"
        if let detail = problem["detail"]?.string { text += indented(detail) }
        for error in problem["errors"]?.array ?? [] { text += fault(error) }
        text += place
        text += rule
        // The fields' own remedies say more than the one of the problem as a whole.
        let hasRemedies = problem["errors"]?.array?.contains { $0["hint"] != nil } ?? false
        if !hasRemedies, let hint = problem["hint"]?.string, !hint.isEmpty { text += remedy(hint, indent: 2) }
        text += sent
        text += vendor
        if let id = problem["request_id"]?.string, !id.isEmpty { text += style.faint("  request \(id)") + "\n" }
        return text
    }

    private func indented(_ words: String) -> String { TextWrap.indented(words, by: 2, width: width) + "\n" }

    private func remedy(_ hint: String, indent: Int) -> String {
        let space = String(repeating: " ", count: indent)
        let lines = TextWrap.lines(hint, width: max(24, width - indent - 3))
        return space + style.accent("→ ") + lines.joined(separator: "\n\(space)  ") + "\n"
    }

    private func fault(_ error: JSONValue) -> String {
        var head = error["field"]?.string.map(style.strong) ?? ""
        if let vendorField = error["vendor_field"]?.string {
            head += (head.isEmpty ? "" : " ") + style.faint("(\(vendorField))")
        }
        var codes = error["code"]?.string ?? ""
        if let vendorCode = error["vendor_code"]?.string { codes += codes.isEmpty ? vendorCode : ", \(vendorCode)" }
        if !codes.isEmpty { head += (head.isEmpty ? "" : "  ") + style.faint(codes) }
        var text = "  \(style.bad("•")) \(head)\n"
        if let message = error["message"]?.string, message != problem["detail"]?.string {
            text += TextWrap.indented(message, by: 4, width: width) + "\n"
        }
        if let hint = error["hint"]?.string { text += remedy(hint, indent: 4) }
        return text
    }

    /// Where a script failed, with the lines around it.
    private var place: String {
        guard let place = problem["place"]?.string else { return "" }
        let function = problem["function"]?.string.map { " in \($0)" } ?? ""
        var text = "  " + style.strong(place) + style.faint(function) + "\n"
        if let excerpt = problem["excerpt"]?.string {
            for line in excerpt.split(separator: "\n", omittingEmptySubsequences: false) { text += "    \(line)\n" }
        }
        return text
    }

    /// The rule that a refusal rests on.
    private var rule: String {
        guard let rule = problem["rule"]?.string else { return "" }
        let source = problem["source"]?.string.map { " (\($0))" } ?? ""
        return indented("Rule: \(rule)\(source)")
    }

    /// What a person must know before trying again.
    private var sent: String {
        let retry =
            switch problem["retry"]?.string {
            case "after":
                problem["retry_after"]?.int64.map { " Try again in \($0) s." } ?? " It can be tried again."
            case "same_key":
                " Try again only as the same caller, with the same idempotency key"
                    + (problem["idempotency_key"]?.string.map { ": \($0)" } ?? ".")
            default: ""
            }
        return switch problem["sent"]?.string {
        // A read may have come before what was asked for, and have been answered.
        case "no":
            "  "
                + style.faint(
                    problem["vendor"] == nil
                        ? "Nothing was sent.\(retry)" : "Nothing was changed at the vendor.\(retry)"
                ) + "\n"
        case "maybe": "  " + style.caution("It may have been sent.\(retry)") + "\n"
        case "yes": "  " + style.faint("It was sent.\(retry)") + "\n"
        default: ""
        }
    }

    private var vendor: String {
        guard let vendor = problem["vendor"] else { return "" }
        let status = vendor["status"]?.int64.map(String.init) ?? ""
        if vendor["body"]?.string == "" {
            return "  " + style.faint("The vendor answered \(status), without a word.") + "\n"
        }
        var text = "  " + style.faint("The vendor answered \(status):") + "\n"
        switch vendor["body"] {
        case .string(let body)?: text += TextWrap.indented(body, by: 4, width: width) + "\n"
        case let body?: text += TextWrap.indented(body.serialized(.pretty), by: 4, width: .max) + "\n"
        case nil: break
        }
        return text
    }
}
