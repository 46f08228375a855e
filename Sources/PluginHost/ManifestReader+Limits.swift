internal import GatewayCore
internal import LuaRuntime

/// How often the vendor may be called, and what may be sent to it twice.
extension ManifestReader {
    private static let limitExample = "limits = { { 100, per = \"10s\" } }"

    mutating func readLimits(_ top: Definition) -> LimitRules {
        var rules = LimitRules()
        guard let value = top["limits"] else { return rules }
        guard let table = Definition(value, path: "limits") else {
            fault("limits", "limits must be a table: \(Self.limitExample).")
            return rules
        }
        checkKeys(table, Contract.limits.names)
        for (index, value) in table.list.enumerated() {
            guard let window = readWindow(value, "limits[\(index + 1)]") else { continue }
            if rules.windows.contains(where: { $0.seconds == window.seconds }) {
                fault("limits", "limits[\(index + 1)] is a second limit per \(window.lengthText).")
            } else {
                rules.windows.append(window)
            }
        }
        readReset(table, &rules)
        if let value = table["unprocessed"] { rules.unprocessed = readUnprocessed(value) }
        if let number = integer(table, "concurrency") {
            if (1...256).contains(number) {
                rules.concurrency = Int(number)
            } else {
                fault("limits.concurrency", "limits.concurrency must be 1 to 256: calls under way at once.")
            }
        }
        return rules
    }

    /// `{ 100, per = "10s" }`
    private mutating func readWindow(_ value: LuaValue, _ path: String) -> RateWindow? {
        guard let line = Definition(value, path: path), line.list.count == 1, let requests = line.list[0].whole else {
            fault("limits", "\(path) must be a number of requests and a length: { 100, per = \"10s\" }.")
            return nil
        }
        for (name, _) in line.named where name != "per" {
            fault(
                "limits",
                "There is no \"\(path).\(name)\" in the contract." + Suggestion.sentence(for: name, among: ["per"]),
                near: name
            )
        }
        guard let text = line["per"]?.text, let seconds = RateWindow.seconds(text) else {
            fault("limits", "\(path).per must be a length: a whole number and s, m or h, as in \"10s\".", near: "per")
            return nil
        }
        guard let window = RateWindow(requests: Int(clamping: requests), seconds: seconds) else {
            fault(
                "limits",
                "\(path) must be 1 to \(RateWindow.maximumRequests) requests, per at most 24h.",
                near: text
            )
            return nil
        }
        return window
    }

    private mutating func readReset(_ table: Definition, _ rules: inout LimitRules) {
        rules.resetHeader = readHeaderName(table, "reset")
        rules.remainingHeader = readHeaderName(table, "remaining")
        let forms = LimitRules.ResetForm.allCases.map(\.rawValue)
        if let text = string(table, "reset_is") {
            if let form = LimitRules.ResetForm(rawValue: text) {
                rules.resetForm = form
            } else {
                fault(
                    "limits.reset_is",
                    "limits.reset_is is \"\(text)\"; it must be \(forms.dropLast().joined(separator: ", ")) or \(forms.last ?? "")."
                        + Suggestion.sentence(for: text, among: forms)
                )
            }
            if table["reset"] == nil {
                fault("limits.reset_is", "limits.reset_is says how limits.reset is written, and there is none.")
            }
        } else if table["reset_is"] == nil, table["reset"] != nil {
            fault("limits.reset", "limits.reset needs reset_is: \(forms.joined(separator: " or ")).")
        }
        if table["remaining"] != nil, table["reset"] == nil {
            fault("limits.remaining", "limits.remaining counts until limits.reset, and there is none.")
        }
    }

    /// A header's name in lower case.
    /// The name of a header, in lower case.
    mutating func readHeaderName(_ table: Definition, _ key: String) -> String? {
        guard let text = string(table, key) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "-") }) else {
            let path = "\(table.path).\(key)"
            fault(path, "\(path) must be the name of a header: \"X-RateLimit-Reset\", \"Location\".", near: text)
            return nil
        }
        return text.lowercased()
    }

    private mutating func readUnprocessed(_ value: LuaValue) -> Set<Int> {
        let allowed: Set<Int64> = [425, 429, 503]
        let table = value.definitionTable
        let statuses = table?.list.compactMap(\.whole) ?? []
        guard let table, table.fields.isEmpty, statuses.count == table.list.count, allowed.isSuperset(of: statuses)
        else {
            fault(
                "limits.unprocessed",
                "limits.unprocessed must be a list of the statuses among 425, 429 and 503 that say that the vendor has not "
                    + "touched the request.",
                near: "unprocessed"
            )
            return LimitRules.usuallyUnprocessed
        }
        return Set(statuses.map { Int($0) })
    }

    // MARK: - Operations

    /// `idempotent = true`, and `window = "24h"` beside `idempotency_header`.
    mutating func readRepetition(_ line: Definition, _ rule: inout OperationRule) {
        rule.isIdempotent = bool(line, "idempotent") ?? false
        if rule.isIdempotent, !["PUT", "DELETE"].contains(rule.method) {
            fault(
                "\(line.path).idempotent",
                "\(line.path).idempotent is for PUT and DELETE; \(rule.method) "
                    + (rule.method == "GET"
                        ? "is so by itself." : "is never sent twice without a key that the vendor knows."),
                near: "idempotent"
            )
        }
        guard let text = string(line, "window") else { return }
        rule.idempotencyWindow = RateWindow.seconds(text)
        if rule.idempotencyWindow == nil {
            fault(
                "\(line.path).window",
                "\(line.path).window must be a length: a whole number and s, m or h, as in \"24h\".",
                near: "window"
            )
        }
        if rule.idempotencyHeader == nil {
            fault(
                "\(line.path).window",
                "\(line.path).window says how long the vendor knows a key, and there is no idempotency_header.",
                near: "window"
            )
        }
    }
}
