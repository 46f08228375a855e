import GatewayCore

/// The way to the vendors as one process of the gateway has it. It tells the truth about what may have left, as the client
/// on libcurl does, and no more than that.
final class SimulatedNetwork: Upstream, @unchecked Sendable {
    private unowned let run: Simulation
    private let life: SimulatedLife

    init(_ run: Simulation, _ life: SimulatedLife) {
        self.run = run
        self.life = life
    }

    func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
        let isWrite = request.method != "GET"
        if isWrite { run.step("request leaves") }
        guard life.isAlive else {
            return .failure(UpstreamFailure(kind: .cancelled, maySent: true, message: "the process has ended"))
        }
        let key = request.headers.first { $0.name == "Idempotency-Key" }?.value
        let path = request.url.split(separator: "?")[0].split(separator: "/").map(String.init)
        let entryID = path.count > 3 ? path[3] : nil
        let attempt =
            SimulatedOrigin.attempt(body: request.body, entryID: entryID) ?? run.book.attempt(ofVendorKey: key, run)
        if let key, let attempt { run.book.note(vendorKey: key, of: attempt) }
        let result = await withUnsafeContinuation { continuation in
            var isAnswered = false
            transfer(request, attempt) { result in
                guard !isAnswered else { return }
                isAnswered = true
                continuation.resume(returning: result)
            }
        }
        if isWrite { run.step("answer arrives") }
        return result
    }

    private typealias Answer = (Result<UpstreamAnswer, UpstreamFailure>) -> Void

    private func transfer(_ request: UpstreamRequest, _ attempt: Int?, _ answer: @escaping Answer) {
        let isWrite = request.method != "GET"
        func fail(_ kind: UpstreamFailure.Kind, _ maySent: Bool, _ message: String, after length: Int64) {
            run.time.after(length) {
                answer(.failure(UpstreamFailure(kind: kind, maySent: maySent, message: message)))
            }
        }
        if run.rolls(.refusedConnection) {
            let kind = run.dice.pick([UpstreamFailure.Kind.unreachable, .timeout, .tls])
            return fail(kind, false, "it cannot be reached", after: run.dice.milliseconds(1...500))
        }
        guard let vendor = run.vendor(of: request) else {
            return fail(.addressRefused, false, "there is no such host", after: 0)
        }
        let limit = Int64(request.timeoutMilliseconds) * 1_000_000
        fail(.timeout, true, "no answer within the time", after: limit)
        if run.rolls(.lostRequest) {
            if run.dice.rolls(0.5) { fail(.brokenAnswer, true, "the connection was reset", after: limit / 50) }
            return
        }
        let hasKey = request.headers.contains { $0.name == "Idempotency-Key" }
        var isCut = run.rolls(.lostAnswer)
        let isLate = run.rolls(.lateRequest)
        let length = isLate ? run.dice.milliseconds(5_000...45_000) : run.dice.milliseconds(1...30)
        if isLate, run.dice.rolls(0.3) { fail(.brokenAnswer, true, "the connection was reset", after: limit / 50) }
        let epoch = run.book.epoch(of: attempt)
        func deliver(after length: Int64, isCopy: Bool = false) {
            run.time.after(length) {
                vendor.receive(request, attempt: attempt, epoch: epoch) { reply in
                    // The answer to a copy goes to whoever made it.
                    if isCopy { return }
                    // Something in between writes it once more, after it was done. Where a vendor ignores keys nobody could
                    // tell that from two entries.
                    if hasKey, vendor.kind != .faithless, reply.status == 201, self.run.rolls(.duplicate) {
                        deliver(after: self.run.dice.milliseconds(0...5_000), isCopy: true)
                    }
                    let back = self.run.dice.milliseconds(1...30)
                    if isCut { return fail(.brokenAnswer, true, "the answer was cut", after: back) }
                    self.run.time.after(back) { answer(.success(SimulatedNetwork.answer(reply))) }
                }
            }
        }
        if isCut, isWrite, run.plan.sabotage == .silentResend {
            // The connection dies, and the request is written to another one.
            deliver(after: length)
            isCut = false
            return deliver(after: length + 5_000_000)
        }
        deliver(after: length)
    }

    private static func answer(_ reply: LedgerVendor.Reply) -> UpstreamAnswer {
        UpstreamAnswer(status: reply.status, body: Array(reply.body.utf8), retryAfter: reply.retryAfter)
    }
}
