internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// How functions of plugins and hooks say no: `nil, { code, field, message, rule, source, hint }`, or a list of such.
extension ScriptRunner {
    /// The refusal in a function's results; `nil` if there is none.
    ///
    /// - Parameter code: what it counts as where the script names no code of the catalogue.
    func refusal(
        _ function: String,
        _ results: some Collection<LuaValue>,
        default code: ProblemCode
    ) -> Problem? {
        guard let second = results.dropFirst().first else { return nil }
        let tables: [LuaObject]
        if let table = second.object {
            tables = [table]
        } else if let list = second.array, !list.isEmpty {
            tables = list.compactMap(\.object)
        } else {
            return second.isNil ? nil : wrongResult(function, "nil and a table with code and message", second)
        }
        var errors: [FieldError] = []
        var first: ProblemCode?
        for table in tables {
            let known = table["code"]?.string.flatMap { ProblemCode(rawValue: $0) } ?? code
            first = first ?? known
            errors.append(
                FieldError(
                    known,
                    table["field"]?.string,
                    table["message"]?.string ?? "\(script.owner) refused it and gave no message.",
                    hint: table["hint"]?.string
                )
            )
        }
        guard let head = errors.first else { return wrongResult(function, "nil and a refusal", second) }
        var problem = Problem(
            first ?? code,
            errors.count == 1 ? head.message : "\(errors.count) faults: \(head.message) …",
            origin: script.origin
        )
        problem.errors = errors.filter { $0.field != nil }
        problem.rule = tables[0]["rule"]?.string
        problem.source = tables[0]["source"]?.string
        // It is refused all the same; the author is told what nothing has read.
        if let mistake = tables.lazy.compactMap({ self.mistake(function, $0) }).first {
            problem.extra["plugin_mistake"] = .string(mistake)
        }
        return problem
    }

    private static let members = ["code", "field", "message", "rule", "source", "hint"]

    /// What of a refusal nothing reads, with the line of the function; `nil` where all of it is read.
    private func mistake(_ function: String, _ table: LuaObject) -> String? {
        let text: String
        if let member = table.members.first(where: { !ScriptRunner.members.contains($0.name) }) {
            text =
                "\"\(member.name)\", which is none of \(ScriptRunner.members.joined(separator: ", "))."
                + Suggestion.sentence(for: member.name, among: ScriptRunner.members)
        } else if let code = table["code"]?.string, ProblemCode(rawValue: code) == nil {
            text =
                "the code \"\(code)\", which the catalogue (docs/problems.md) does not have."
                + Suggestion.sentence(for: code, among: ProblemCode.allCases.map(\.rawValue))
        } else if let field = table["field"]?.string, !ScriptRunner.isField(field) {
            text =
                "the field \"\(field)\", which is no member of the entry."
                + Suggestion.sentence(for: field, among: Member.allCases.map(\.path) + ["subjects.project.id"])
        } else {
            return nil
        }
        return "\(place(of: function).place): \(function) refuses with \(text)"
    }

    /// Whether an error can point at it: a member, or a place in one that holds names of its own.
    private static func isField(_ text: String) -> Bool {
        if Member(path: text) != nil { return true }
        let open = [
            "subjects", "more_subjects", "external_refs", "custom_fields", "vendor_fields", "tags", "money", "breaks",
        ]
        let first = text.prefix { $0 != "." && $0 != "[" && $0 != "/" }
        return open.contains(String(first)) || Member.allCases.contains { $0.path.hasPrefix(text + ".") }
    }
}
