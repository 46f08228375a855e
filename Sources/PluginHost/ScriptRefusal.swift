internal import GatewayCore
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
        return problem
    }
}
