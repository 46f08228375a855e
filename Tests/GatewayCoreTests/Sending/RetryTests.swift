import Testing

@testable import GatewayCore

@Suite("Retries")
struct RetryTests {
    private static let second: Int64 = 1_000_000_000

    // MARK: - The table

    /// The columns of the table.
    enum Column: CaseIterable {
        case get, replaceDeclared, replaceUndeclared, writeRecognised, write

        func request(unprocessed: Set<Int> = LimitRules.usuallyUnprocessed) -> RetryRule.Request {
            switch self {
            case .get: .init(method: .get, unprocessed: unprocessed)
            case .replaceDeclared: .init(method: .putOrDelete, isIdempotent: true, unprocessed: unprocessed)
            case .replaceUndeclared: .init(method: .putOrDelete, unprocessed: unprocessed)
            case .writeRecognised: .init(method: .postOrPatch, isRecognised: true, unprocessed: unprocessed)
            case .write: .init(method: .postOrPatch, unprocessed: unprocessed)
            }
        }
    }

    private static func failed(
        _ kind: UpstreamFailure.Kind,
        maySent: Bool,
        isLasting: Bool = false
    ) -> SendResult {
        .failed(UpstreamFailure(kind: kind, maySent: maySent, message: "m", isLasting: isLasting))
    }

    private static func answered(_ status: Int, after: Int64? = nil) -> SendResult {
        .answered(status: status, LimitSignal(retryAfter: after))
    }

    private static func verdicts(
        _ result: SendResult,
        unprocessed: Set<Int> = LimitRules.usuallyUnprocessed
    ) -> [RetryRule.Verdict] {
        Column.allCases.map { RetryRule.verdict(result, $0.request(unprocessed: unprocessed)) }
    }

    @Test("what never left goes again, whatever it is", arguments: [UpstreamFailure.Kind.unreachable, .timeout, .tls])
    func notSent(kind: UpstreamFailure.Kind) {
        let all = Array(repeating: RetryRule.Verdict.retry(after: nil, else: .notSent), count: 5)
        #expect(Self.verdicts(Self.failed(kind, maySent: false)) == all)
    }

    @Test(
        "what would fail again, or nobody waits for, ends with nothing sent",
        arguments: [
            failed(.tls, maySent: false, isLasting: true), failed(.addressRefused, maySent: false),
            failed(.invalidRequest, maySent: false), failed(.cancelled, maySent: false), .unused,
        ]
    )
    func lasting(result: SendResult) {
        #expect(Self.verdicts(result) == Array(repeating: .end(.notSent), count: 5))
    }

    @Test("429 and 425 go again after what the vendor asks", arguments: [429, 425], [nil, 7 * second])
    func tooMany(status: Int, after: Int64?) {
        let all = Array(repeating: RetryRule.Verdict.retry(after: after, else: .final), count: 5)
        #expect(Self.verdicts(Self.answered(status, after: after)) == all)
    }

    @Test("a 429 that the plugin does not declare untouched leaves a write unknown", arguments: [429, 425])
    func tooManyUndeclared(status: Int) {
        #expect(
            Self.verdicts(Self.answered(status, after: 3), unprocessed: []) == [
                .retry(after: 3, else: .final), .retry(after: 3, else: .unknown), .retry(after: 3, else: .unknown),
                .retry(after: 3, else: .unknown), .end(.unknown),
            ]
        )
    }

    @Test("503 with Retry-After goes again but for a write that the vendor would not recognise")
    func unavailable() {
        #expect(
            Self.verdicts(Self.answered(503, after: 3)) == [
                .retry(after: 3, else: .final), .retry(after: 3, else: .unknown), .retry(after: 3, else: .unknown),
                .retry(after: 3, else: .unknown), .end(.unknown),
            ]
        )
    }

    @Test("503 goes again in every case if it is declared untouched", arguments: [nil, 3 * second])
    func unavailableDeclared(after: Int64?) {
        let all = Array(repeating: RetryRule.Verdict.retry(after: after, else: .final), count: 5)
        #expect(Self.verdicts(Self.answered(503, after: after), unprocessed: [429, 503]) == all)
    }

    @Test(
        "once bytes may have left, only what may be done twice goes again",
        arguments: [
            failed(.unreachable, maySent: true), failed(.timeout, maySent: true), failed(.tls, maySent: true),
            failed(.brokenAnswer, maySent: true), answered(408), answered(500), answered(502), answered(503),
            answered(504),
        ]
    )
    func maybeSent(result: SendResult) {
        #expect(
            Self.verdicts(result) == [
                .retry(after: nil, else: .final), .retry(after: nil, else: .unknown), .end(.unknown),
                .retry(after: nil, else: .unknown), .end(.unknown),
            ]
        )
    }

    @Test("a certificate that is refused after bytes left is no exception")
    func lastingMaybeSent() {
        let verdicts = Self.verdicts(Self.failed(.tls, maySent: true, isLasting: true))
        #expect(verdicts[4] == .end(.unknown))
    }

    @Test("a caller that gives up while the request is under way leaves a write unknown")
    func cancelled() {
        #expect(
            Self.verdicts(Self.failed(.cancelled, maySent: true)) == [
                .end(.final), .end(.unknown), .end(.unknown), .end(.unknown), .end(.unknown),
            ]
        )
    }

    @Test(
        "a redirection or a fault of another kind is not repeated, and leaves a write unknown",
        arguments: [301, 302, 307, 308, 501, 505, 507, 511, 599]
    )
    func otherFaults(status: Int) {
        #expect(Self.verdicts(Self.answered(status)) == [.end(.final)] + Array(repeating: .end(.unknown), count: 4))
    }

    @Test(
        "another answer is the outcome",
        arguments: [200, 201, 204, 400, 401, 402, 403, 404, 405, 409, 410, 412, 415, 422, 423, 426, 431, 451]
    )
    func finals(status: Int) {
        #expect(Self.verdicts(Self.answered(status, after: 3)) == Array(repeating: .end(.final), count: 5))
    }

    @Test("no write that may have been acted on goes again unless the vendor recognises it")
    func neverTwice() {
        for status in 200..<600 {
            for after in [nil, Self.second] {
                let verdict = RetryRule.verdict(
                    Self.answered(status, after: after),
                    Column.write.request()
                )
                if case .retry = verdict { #expect(LimitRules.usuallyUnprocessed.contains(status)) }
            }
        }
    }

    @Test("the operation and the plugin's limits make the column")
    func columns() {
        var limits = LimitRules()
        limits.unprocessed = [503]
        var rule = OperationRule(method: "DELETE", path: "/x/{id}")
        rule.isIdempotent = true
        #expect(
            RetryRule.Request(rule, limits)
                == RetryRule.Request(method: .putOrDelete, isIdempotent: true, unprocessed: [503])
        )
        rule = OperationRule(method: "POST", path: "/x", idempotencyHeader: "Idempotency-Key")
        #expect(RetryRule.Request(rule, LimitRules()) == RetryRule.Request(method: .postOrPatch, isRecognised: true))
        #expect(RetryRule.Request(OperationRule(method: "GET", path: "/x"), limits).method == .get)
        #expect(RetryRule.Request(OperationRule(method: "PATCH", path: "/x"), limits).method == .postOrPatch)
    }

    // MARK: - How often and when

    private static func decide(
        _ result: SendResult,
        _ column: Column,
        attempt: Int = 1,
        timeLeft: Int64 = 3600 * second,
        budget: Bool = true,
        seed: UInt64 = 1
    ) -> (decision: RetryPolicy.Decision, asked: Int) {
        var random = SeededRandom(seed: seed)
        var asked = 0
        let decision = RetryPolicy().decide(
            result,
            column.request(),
            attempt: attempt,
            timeLeft: timeLeft,
            using: &random
        ) {
            asked += 1
            return budget
        }
        return (decision, asked)
    }

    private static func isRetry(_ decision: RetryPolicy.Decision) -> Bool {
        if case .retry = decision { true } else { false }
    }

    @Test("three attempts are made, two of a write that the vendor may have acted on")
    func attempts() {
        let unreachable = Self.failed(.unreachable, maySent: false)
        let lost = Self.failed(.timeout, maySent: true)
        for column in Column.allCases {
            #expect(Self.isRetry(Self.decide(unreachable, column, attempt: 2).decision))
            #expect(Self.decide(unreachable, column, attempt: 3) == (.end(.notSent), 0))
        }
        #expect(Self.isRetry(Self.decide(lost, .get, attempt: 2).decision))
        #expect(Self.decide(lost, .get, attempt: 3).decision == .end(.final))
        #expect(Self.isRetry(Self.decide(lost, .replaceDeclared, attempt: 2).decision))
        #expect(Self.isRetry(Self.decide(lost, .writeRecognised, attempt: 1).decision))
        #expect(Self.decide(lost, .writeRecognised, attempt: 2) == (.end(.unknown), 0))
        #expect(Self.isRetry(Self.decide(Self.answered(429), .write, attempt: 2).decision))
        #expect(Self.decide(Self.answered(429), .write, attempt: 3).decision == .end(.final))
    }

    @Test("an empty budget ends it, and is asked only for a retry that would be made")
    func budgetAsked() {
        let result = Self.answered(429, after: 5 * Self.second)
        #expect(Self.decide(result, .get, budget: false) == (.end(.final), 1))
        #expect(Self.decide(result, .get, timeLeft: 5 * Self.second) == (.end(.final), 0))
        #expect(Self.decide(Self.answered(429, after: 901 * Self.second), .get) == (.end(.final), 0))
        #expect(Self.isRetry(Self.decide(result, .get, timeLeft: 6 * Self.second).decision))
    }

    @Test("a retry comes no earlier than the vendor asked, and at most a tenth or a second later")
    func retryAfterDelay() {
        for seed in 0..<200 {
            for asked in [Int64(0), 2 * Self.second, 100 * Self.second] {
                let decision = Self.decide(Self.answered(429, after: asked), .write, seed: UInt64(seed)).decision
                guard case .retry(let delay) = decision else {
                    Issue.record("\(decision)")
                    continue
                }
                #expect((asked...(asked + min(asked / 10, Self.second))).contains(delay))
            }
        }
    }

    @Test("without a word of the vendor's the delay is anything up to a bound that doubles, and 5 s at most")
    func fullJitter() {
        var random = SeededRandom(seed: 3)
        for (attempt, bound) in [(1, 200), (2, 400), (3, 800), (6, 5000), (60, 5000), (0, 200)] {
            let delays = (0..<500).map { _ in RetryDelay.backoff(attempt: attempt, using: &random) / 1_000_000 }
            #expect(delays.allSatisfy { (0...Int64(bound)).contains($0) })
            // Full: the whole range is used.
            #expect(delays.min()! < Int64(bound) / 10)
            #expect(delays.max()! > Int64(bound) * 9 / 10)
        }
    }

    // MARK: - The budget

    @Test(
        "in any interval there are at most 10 retries, a tenth of the requests and one for each 10 s",
        arguments: 1...5
    )
    func budgetBound(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var budget = RetryBudget()
        var now: Int64 = 1
        /// Times, requests so far and retries so far.
        var history: [(time: Int64, requests: Int, retries: Int)] = [(1, 0, 0)]
        var requests = 0
        var retries = 0
        for _ in 0..<2000 {
            now += Int64.random(in: 0...(Self.second / 5), using: &random)
            if Int.random(in: 0..<4, using: &random) > 0 {
                budget.deposit(now)
                requests += 1
            }
            if budget.take(now) { retries += 1 }
            history.append((now, requests, retries))
        }
        for from in stride(from: 0, to: history.count, by: 7) {
            for to in stride(from: from, to: history.count, by: 13) {
                let (start, end) = (history[from], history[to])
                let seconds = Double(end.time - start.time) / 1e9
                let allowed = 10 + Double(end.requests - start.requests) / 10 + (seconds + 1) / 10
                #expect(Double(end.retries - start.retries) <= allowed + 1e-9)
            }
        }
        #expect(retries > requests / 11)
    }

    @Test("where every request fails, one in eleven is a retry")
    func storm() {
        var budget = RetryBudget()
        var taken: [Bool] = []
        for _ in 0..<11 { taken.append(budget.take(5)) }
        #expect(taken == Array(repeating: true, count: 10) + [false])
        for _ in 0..<9 { budget.deposit(5) }
        taken = [budget.take(5)]
        budget.deposit(5)
        taken += [budget.take(5), budget.take(5 + 9 * Self.second), budget.take(5 + 10 * Self.second)]
        #expect(taken == [false, true, false, true])
    }
}
