import GatewayCore
import JSON

/// What a gateway answered to an entry, the same whether it ran in this process or elsewhere.
struct EntryAnswer {
    /// As in HTTP.
    var status: Int
    /// `{"data": …, "mapping": …}`, a plan, or a problem.
    var body: JSONValue
    /// Whether it was given before, under the same key.
    var isReplay = false

    init(status: Int, body: JSONValue, isReplay: Bool = false) {
        self.status = status
        self.body = body
        self.isReplay = isReplay
    }

    init(_ problem: Problem) {
        status = problem.status
        body = (try? JSONValue(parsing: problem.body(requestID: ""))) ?? .null
    }

    var isProblem: Bool { status >= 400 }

    var exit: ExitStatus {
        guard isProblem else {
            return body["plan"] != nil && ReportText.isLossy(body["mapping"]) ? .differences : .done
        }
        // Whatever went wrong: where it may have been recorded, a script must not send it again by itself.
        if body["sent"]?.string == "maybe" { return .partly }
        guard let code = body["code"]?.string.flatMap(ProblemCode.init(rawValue:)) else {
            return ExitStatus(status: status)
        }
        return ExitStatus(code)
    }
}

/// What a caller wants done with an entry.
struct EntryOrder {
    var body: [UInt8]
    var connection: String
    var isPlan = false
    /// Whether a plan shows its steps.
    var isTraced = false
    /// What the connection says applies where these are `nil`.
    var isLenient: Bool?
    var rounding: Rounding?
    var idempotencyKey: String?
    var include: Call.Include = []
}
