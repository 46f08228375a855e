import GatewayCore
import JSON

/// What goes wrong between this program and a gateway. A gateway has no problem of these names: its own are about vendors.
extension EntryAnswer {
    /// Nothing has left this machine: what failed stands in `detail`.
    static func gatewayUnreachable(_ detail: String, hint: String) -> EntryAnswer {
        var problem = Problem(.vendorUnreachable, detail, origin: .gateway, retry: .after)
        problem.sent = .no
        return EntryAnswer(problem).renamed(
            "gateway_unreachable",
            title: "The gateway cannot be reached",
            status: 503,
            hint: hint
        )
    }

    /// Something answered, and it is no gateway.
    static func noGateway(_ detail: String) -> EntryAnswer {
        EntryAnswer(Problem(.vendorAnswerInvalid, detail, origin: .gateway, sent: .maybe)).renamed(
            "gateway_answer_invalid",
            title: "The answer is not one of a gateway",
            status: 502,
            hint: "See that the address is that of a Timegate gateway, and what stands in between."
        )
    }

    /// A journal that this process cannot open: the reason is known here, and stands in no `/readyz`.
    static func journalUnavailable(_ detail: String, hint: String) -> EntryAnswer {
        let answer = EntryAnswer(Problem(.journalUnavailable, detail, origin: .gateway))
        guard let problem = answer.body.object else { return answer }
        var members = JSONObject(problem.filter { !["sent", "retry"].contains($0.key) })
        members["hint"] = .string(hint)
        return EntryAnswer(status: answer.status, body: .object(members))
    }

    static var journalIsOff: EntryAnswer {
        .journalUnavailable(
            "The configuration switches the journal off (state: none).",
            hint: "Name a file with state: to have one."
        )
    }

    /// The answer of this process: it has said in its message why it has no journal, and where it has one, no gateway that
    /// runs settles what is in it.
    mutating func adviseOnOwnJournal() {
        guard isProblem, var problem = body.object else { return }
        switch problem["code"]?.string.flatMap(ProblemCode.init(rawValue:)) {
        case .journalUnavailable: problem["hint"] = "Do what the message says, and try again."
        case .outcomeUnknown where problem["outcome"] != nil:
            problem["hint"] = .string(
                "It may have been recorded: a minute from now timegate journal settle finds out, or look at the vendor before "
                    + "you send it again."
            )
        // What only a person can tell does not come with the time.
        case .idempotencyOutcomeUnknown where problem["retry_after"] == nil:
            problem["hint"] = "Look at the vendor, then say what is there with timegate journal resolve NUMBER …"
        case .idempotencyOutcomeUnknown: problem["hint"] = "Find out with timegate journal settle, and try again."
        case .idempotencyKeyReused:
            problem["hint"] = "Use a new key. timegate journal show KEY tells of the request that has this one."
        default: return
        }
        body = .object(problem)
    }

    private func renamed(_ code: String, title: String, status: Int, hint: String) -> EntryAnswer {
        guard var problem = body.object else { return self }
        problem["type"] = .string("urn:timegate:problem:\(code)")
        problem["code"] = .string(code)
        problem["title"] = .string(title)
        problem["status"] = .integer(Int64(status))
        problem["hint"] = .string(hint)
        return EntryAnswer(status: status, body: .object(problem))
    }

    /// A journal's refusal in the words of an operator, who names writes by number.
    func about(write number: String) -> EntryAnswer {
        guard isProblem, var problem = body.object else { return self }
        switch problem["code"]?.string.flatMap(ProblemCode.init(rawValue:)) {
        case .outcomeNotFound:
            problem["title"] = "The journal has no such write"
            problem["detail"] = .string("There is no write \(number).")
            problem["hint"] = .string(
                "timegate journal list --state all shows their numbers; a settled write is kept for 30 days."
            )
        case .stateConflict where problem["retry_after"] != nil:
            problem["title"] = "The request may still arrive"
            problem["hint"] = "Say it again then, when you have looked at the vendor once more."
        case .stateConflict:
            problem["title"] = "The write is not open"
            problem["hint"] = .string("timegate journal show \(number) tells what became of it.")
        default: return self
        }
        // Nothing was to be sent.
        let members = problem.filter { !["sent", "retry"].contains($0.key) }
        return EntryAnswer(status: status, body: .object(JSONObject(members)))
    }
}
