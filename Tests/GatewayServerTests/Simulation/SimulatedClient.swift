import GatewayCore

@testable import GatewayServer

/// Somebody who wants one thing done: they ask, ask again where they may, and sometimes where they should not.
final class SimulatedClient: @unchecked Sendable {
    /// What is asked for.
    struct Wish {
        var number: Int
        var setup: Int
        var caller: Caller
        var operation: GatewayCore.Operation
        /// The entry that is changed.
        var entryID: String?
        var key: String?
        var content: LedgerVendor.Content
        /// In the vendor's own dialect, with these credentials.
        var proxied: ProxyRules.Credentials?
    }

    /// Those who ask for theirs in the same request.
    weak var group: SimulatedGroup?

    let wish: Wish
    private unowned let run: Simulation
    private var tries = 0

    init(_ wish: Wish, _ run: Simulation) {
        self.wish = wish
        self.run = run
    }

    /// What makes the key unique, or the wish where there is none.
    var scope: String {
        "\(wish.caller.name) \(wish.setup) \(wish.operation) \(wish.key ?? "wish \(wish.number)")"
    }

    /// - Parameter isOther: another request than the one that the key stands for.
    func send(isOther: Bool = false) {
        if let group, group.isIndivisible { return group.send(for: self) }
        tries += 1
        // Without a body there is no other one.
        let isOther = isOther && [.create, .update, .replace].contains(wish.operation)
        guard let gateway = run.gateway else {
            // Nobody listens.
            return run.time.after(run.dice.milliseconds(500...5_000)) { self.again(isOther) }
        }
        let attempt = run.book.newAttempt(self, isOther: isOther)
        let call = SimulatedCall(
            attempt: attempt,
            proxied: wish.proxied,
            setup: wish.setup,
            caller: wish.caller,
            route: route,
            key: wish.key,
            body: body(isOther)
        )
        run.counts.add(.calls)
        run.note("attempt \(attempt) of wish \(wish.number)\(isOther ? " with another body" : "") (\(scope))")
        gateway.call(call) { self.answered($0, attempt, isOther) }
    }

    /// The connection broke off before an answer.
    func dropped(isOther: Bool) {
        run.counts.add(.dropped)
        guard wish.key != nil else { return }
        if let group, group.isIndivisible { return group.again(for: self) }
        run.time.after(run.dice.milliseconds(200...20_000)) { self.again(isOther) }
    }

    private func again(_ isOther: Bool) {
        if tries < 8 { send(isOther: isOther) }
    }

    func answered(_ answer: SimulatedAnswer, _ attempt: Int, _ isOther: Bool) {
        run.note("attempt \(attempt) is answered \(answer.text)")
        run.book.answered(attempt, answer, run)
        if let group, group.isIndivisible { return }
        if answer.is2xx {
            if wish.key != nil, run.dice.rolls(0.3) {
                let other = run.dice.rolls(0.3)
                run.time.after(run.dice.milliseconds(10...120_000)) { self.again(other ? !isOther : isOther) }
            }
            return
        }
        guard answer.retry == "after" || answer.retry == "same_key" else {
            if wish.key != nil, run.dice.rolls(0.2) { run.time.after(.seconds(1)) { self.again(!isOther) } }
            return
        }
        // Without a key only what was surely not sent may be sent again.
        guard wish.key != nil || answer.sent == "no" else { return }
        let wait = Int64(min(answer.retryAfter ?? 1, 30)) * 1_000_000_000
        let isPatient = run.dice.rolls(0.8)
        run.time.after((isPatient ? wait : 0) + run.dice.milliseconds(1...3_000)) { self.again(isOther) }
    }

    // MARK: - The request

    private var route: EntryRoute {
        switch wish.operation {
        case .create: .create
        case .approve: .action(.approve, id: wish.entryID ?? "")
        default: .one(wish.operation, id: wish.entryID ?? "")
        }
    }

    /// What the entry should say.
    func content(isOther: Bool) -> LedgerVendor.Content {
        var content = wish.content
        if isOther { content.text += ", or else" }
        return content
    }

    func body(_ isOther: Bool) -> String {
        let content = content(isOther: isOther)
        if wish.proxied != nil { return nativeBody(content) }
        switch wish.operation {
        case .create, .replace:
            return """
                {"work_date":"\(content.day)","duration_seconds":\(content.minutes * 60),"note":"\(content.text)",\
                "subjects":{"project":{"id":"\(content.project)"}}}
                """
        case .update: return #"{"note":"\#(content.text)"}"#
        default: return ""
        }
    }

    private func nativeBody(_ content: LedgerVendor.Content) -> String {
        switch wish.operation {
        case .create, .replace:
            return """
                {"project_id":"\(content.project)","person_id":"\(content.person)","day":"\(content.day)",\
                "minutes":\(content.minutes),"text":"\(content.text)"}
                """
        case .update: return #"{"text":"\#(content.text)"}"#
        default: return ""
        }
    }
}
