import GatewayCore
import JSON

extension EntryAnswer {
    /// What a gateway says to a caller over HTTP, turned into what a person can do at the terminal.
    mutating func adviseInFlags() {
        guard isProblem else { return }
        changeErrors { error in
            guard let hint = error["hint"]?.string else { return }
            error["hint"] = .string(Self.inFlags(hint))
        }
    }

    private static func inFlags(_ hint: String) -> String {
        hint.replacing("Prefer: handling=lenient; rounding=", with: "--handling lenient --rounding ")
            .replacing("the header Prefer: handling=lenient", with: "--handling lenient")
            .replacing("Prefer: handling=lenient", with: "--handling lenient")
    }

    /// An operator has no identity of their own: where one is needed, a key of the configuration lends it.
    ///
    /// - Parameter names: The names of the configuration's keys.
    mutating func adviseToNameKey(_ names: [String]) {
        guard isProblem, var problem = body.object else { return }
        let keys = names.isEmpty ? "; it has none yet" : ": \(names.joined(separator: ", "))"
        let advice = "Say who is calling with --as and a key of the configuration\(keys)."
        if problem["code"]?.string == ProblemCode.noIdentity.rawValue {
            problem["hint"] = .string(advice)
            body = .object(problem)
        }
        changeErrors { error in
            let code = error["code"]?.string
            let isMissing = code == ProblemCode.required.rawValue && error["field"]?.string == "user.id"
            guard isMissing || code == ProblemCode.noIdentity.rawValue else { return }
            error["hint"] = .string(isMissing ? "Give --user. \(advice)" : advice)
        }
    }

    private mutating func changeErrors(_ change: (inout JSONObject) -> Void) {
        guard var problem = body.object, let errors = problem["errors"]?.array else { return }
        problem["errors"] = .array(
            errors.map { error in
                guard var object = error.object else { return error }
                change(&object)
                return .object(object)
            }
        )
        body = .object(problem)
    }
}
