import Testing

@testable import GatewayCore

@Suite("What an answer says of limits")
struct LimitSignalTests {
    private static let second: Int64 = 1_000_000_000
    private static let now = Timestamp(epochSeconds: 1_700_000_000)!

    private static func signal(
        _ status: Int,
        _ retryAfter: String? = nil,
        reset: String? = nil,
        remaining: String? = nil,
        _ form: LimitRules.ResetForm = .seconds
    ) -> LimitSignal {
        var rules = LimitRules()
        rules.resetForm = form
        return LimitSignal(
            status: status,
            retryAfter: retryAfter,
            reset: reset,
            remaining: remaining,
            rules: rules,
            now: now
        )
    }

    @Test("Retry-After of a refusal counts, in seconds or as a date")
    func retryAfter() {
        #expect(Self.signal(429, "7").retryAfter == 7 * Self.second)
        #expect(Self.signal(503, "Tue, 14 Nov 2023 22:13:30 GMT").retryAfter == 10 * Self.second)
        #expect(Self.signal(200, "7").retryAfter == nil)
        #expect(Self.signal(429, "soon").retryAfter == nil)
        #expect(Self.signal(429, "99999999").retryAfter == 86_400 * Self.second)
    }

    @Test("a 429 without Retry-After is read with the vendor's own reset, in seconds or as unix time")
    func ownReset() {
        #expect(Self.signal(429, reset: "47").retryAfter == 47 * Self.second)
        #expect(Self.signal(429, reset: "1700000012", .unixTime).retryAfter == 12 * Self.second)
        #expect(Self.signal(429, "3", reset: "47").retryAfter == 3 * Self.second)
        #expect(Self.signal(429, reset: "1699999990", .unixTime).retryAfter == nil)
        #expect(Self.signal(429, reset: "1700000012000", .unixTime).retryAfter == nil)
        #expect(Self.signal(429, reset: "1700000011001", .unixMilliseconds).retryAfter == 12 * Self.second)
        #expect(Self.signal(429, reset: "1699999990000", .unixMilliseconds).retryAfter == nil)
        #expect(Self.signal(503, reset: "47").retryAfter == nil)
    }

    @Test("what is left is read from any answer")
    func remaining() {
        let signal = Self.signal(200, reset: "1700000012", remaining: "29", .unixTime)
        #expect(signal == LimitSignal(remaining: 29, resetAfter: 12 * Self.second))
        #expect(Self.signal(200, reset: "2.5", remaining: "1").resetAfter == 3 * Self.second)
        #expect(Self.signal(200, reset: "2.0").resetAfter == 2 * Self.second)
    }

    @Test(
        "what is no number is not read",
        arguments: ["", "-1", "1e3", "ten", "1,2", "1.", ".5", "99999999999999999999"]
    )
    func noNumbers(text: String) {
        #expect(Self.signal(200, reset: text, remaining: text) == LimitSignal())
    }

    @Test("a refusal is the answer of a vendor that works, a fault and a broken line are not")
    func failures() {
        for status in [200, 301, 404, 422, 429] {
            #expect(SendResult.answered(status: status, LimitSignal()).isFailure == false)
        }
        for status in [500, 503, 599] { #expect(SendResult.answered(status: status, LimitSignal()).isFailure == true) }
        let kinds: [UpstreamFailure.Kind: Bool?] = [
            .unreachable: true, .timeout: true, .tls: true, .brokenAnswer: true, .addressRefused: nil,
            .invalidRequest: nil, .cancelled: nil,
        ]
        for (kind, isFailure) in kinds {
            let failure = UpstreamFailure(kind: kind, maySent: false, message: "m")
            #expect(SendResult.failed(failure).isFailure == isFailure)
        }
        #expect(SendResult.unused.isFailure == nil)
    }
}
