internal import GatewayCore
internal import JSON

/// What a case expects beside what came of it.
extension OneCase {
    /// Functions that failed where a call goes on without them: what they would have done is missing in what was found.
    func scriptFailures(_ found: JSONObject) -> [String] {
        let mistake =
            golden.expect["problem"]?["plugin_mistake"] == nil ? found["problem"]?["plugin_mistake"]?.string : nil
        return (mistake.map { [$0] } ?? [])
            + golden.trace.failures.map { "a function of the plugin failed: " + CaseRunner.text(of: $0.json) }
    }

    /// A problem is compared by the members that the case names, everything else wholly.
    func compare(_ found: JSONObject) -> [String] {
        var lines: [String] = []
        if let problem = found["problem"], golden.expect["problem"] == nil {
            return ["a problem was not expected: " + CaseRunner.text(of: problem)]
        }
        if let left = found["unused_answers"]?.int64 {
            let sent = found["requests"]?.array?.count ?? 0
            lines.append(
                "/answers: \(left) of \(golden.answers.count) were never asked for (\(sent) request\(sent == 1 ? " was" : "s were") sent): "
                    + "take away what is not needed."
            )
        }
        for member in golden.expect {
            guard let value = found[member.key] else {
                lines.append(
                    "/\(member.key): nothing was found, expected \(member.value.serialized(.compact).prefix(160))"
                        + OneCase.meant(member.key, among: found.map(\.key))
                )
                continue
            }
            switch member.key {
            case "problem": lines += JSONDifference.missing(member.value, in: value, at: "/problem")
            case "request": lines += request(member.value, value)
            case "requests": lines += requests(member.value, value)
            case "entry" where golden.direction == .exchange || golden.direction == .proxy:
                lines += JSONDifference.missing(member.value, in: value, at: "/entry")
            case "entries": lines += JSONDifference.missing(member.value, in: value, at: "/entries")
            default: lines += JSONDifference.lines(expected: member.value, found: value, at: "/\(member.key)")
            }
        }
        if golden.direction == .reconcile {
            for name in ["found", "unclear"] where golden.expect[name] == nil {
                guard let value = found[name] else { continue }
                lines.append("/\(name): not expected, found \(value.serialized(.compact).prefix(160))")
            }
        }
        return lines
    }

    /// `. Did you mean "…"?` where one of the names is near, else nothing.
    private static func meant(_ name: String, among known: [String]) -> String {
        let sentence = Suggestion.sentence(for: name, among: known)
        return sentence.isEmpty ? "" : "." + sentence
    }

    /// Headers under the names as the case spells them: they have no case.
    private static func headers(_ found: JSONValue, as expected: JSONValue) -> JSONValue {
        guard let object = found.object, let names = expected.object?.map(\.key) else { return found }
        return .object(
            object.reduce(into: JSONObject()) { result, header in
                let name = names.first { $0.lowercased() == header.key.lowercased() }
                result[name ?? header.key] = header.value
            }
        )
    }

    /// The members of the request that the case names: `headers` too only those named, the body wholly.
    private func request(_ expected: JSONValue, _ found: JSONValue) -> [String] {
        var lines: [String] = []
        for member in expected.object ?? JSONObject() {
            guard let value = found[member.key] else {
                let known = found.object?.map(\.key) ?? []
                lines.append("/request/\(member.key): nothing was found" + OneCase.meant(member.key, among: known))
                continue
            }
            lines +=
                member.key == "headers"
                ? JSONDifference.missing(
                    member.value,
                    in: OneCase.headers(value, as: member.value),
                    at: "/request/headers"
                )
                : JSONDifference.lines(expected: member.value, found: value, at: "/request/\(member.key)")
        }
        return lines
    }

    /// Each request of an exchange as one request is compared, and their number.
    private func requests(_ expected: JSONValue, _ found: JSONValue) -> [String] {
        let wanted = expected.array ?? []
        let got = found.array ?? []
        guard wanted.count == got.count else {
            let sent = got.map { "\($0["method"]?.string ?? "") \($0["path"]?.string ?? "")" }
            return ["/requests: \(got.count) were sent (\(sent.joined(separator: ", "))), expected \(wanted.count)"]
        }
        return zip(wanted, got).enumerated().flatMap { index, pair in
            request(pair.0, pair.1).map { $0.replacing("/request/", with: "/requests/\(index)/") }
        }
    }
}

extension CaseRunner {
    /// A problem as an author reads it: what it is, what is wrong with which member, and where a function failed.
    static func text(of problem: JSONValue) -> String {
        let code = problem["code"]?.string ?? ""
        var text = "\(code) (\(problem["status"]?.int64 ?? 0)): \(problem["detail"]?.string ?? "")"
        for error in problem["errors"]?.array ?? [] where error["message"]?.string != problem["detail"]?.string {
            text += "\n\(error["field"]?.string ?? ""): \(error["message"]?.string ?? "")"
        }
        if let place = problem["place"]?.string, !text.contains(place) { text += "\n\(place)" }
        if let excerpt = problem["excerpt"]?.string { text += "\n" + excerpt }
        if let hint = problem["hint"]?.string { text += "\n→ " + hint }
        return text
    }
}
