import Testing

@testable import GatewayCore

@Suite("Prefer")
struct HandlingTests {
    static let lenient = Handling(isLenient: true, rounding: .up)

    @Test(
        "handling and rounding are read, in one preference or two, and said to be applied",
        arguments: [
            ("handling=lenient", true, nil, "handling=lenient"),
            ("handling=strict", false, nil, "handling=strict"),
            ("handling=lenient; rounding=nearest", true, Rounding.nearest, "handling=lenient, rounding=nearest"),
            ("handling=lenient, rounding=down", true, .down, "handling=lenient, rounding=down"),
            ("rounding=up", false, .up, "rounding=up"),
            ("Handling=Lenient;ROUNDING=UP", true, .up, "handling=lenient, rounding=up"),
            (#"handling="lenient""#, true, nil, "handling=lenient"),
            ("\thandling = lenient ,  respond-async, wait=10", true, nil, "handling=lenient"),
        ] as [(String, Bool, Rounding?, String)]
    )
    func reading(header: String, isLenient: Bool, rounding: Rounding?, applied: String) throws {
        let (handling, text) = try Handling.reading(prefer: header, default: .strict)
        #expect(handling == Handling(isLenient: isLenient, rounding: rounding))
        #expect(text == applied)
    }

    @Test(
        "preferences that are not known are ignored",
        arguments: ["", "respond-async", "return=minimal; x=y", ",;,", "lenient"]
    )
    func unknown(header: String) throws {
        let (handling, applied) = try Handling.reading(prefer: header, default: Self.lenient)
        #expect(handling == Self.lenient)
        #expect(applied.isEmpty)
    }

    @Test("what the header does not say stays as the connection has it")
    func defaults() throws {
        #expect(try Handling.reading(prefer: "rounding=down", default: Self.lenient).0.isLenient)
        #expect(try Handling.reading(prefer: "handling=strict", default: Self.lenient).0.rounding == .up)
    }

    @Test(
        "a wrong value is refused, because it decides about hours",
        arguments: [
            "handling=loose", "handling", "handling=", "rounding=zero", "rounding", "handling=lenient; rounding=half",
        ]
    )
    func wrong(header: String) throws {
        let problem = try #require(throws: Problem.self) {
            _ = try Handling.reading(prefer: header, default: .strict)
        }
        #expect(problem.code == .malformedRequest)
        #expect(problem.detail.contains("it must be"))
    }

    @Test("of a preference that is said twice the first counts (RFC 7240, section 2)")
    func twice() throws {
        let (handling, applied) = try Handling.reading(
            prefer: "handling=strict, handling=lenient; rounding=up; rounding=down",
            default: .strict
        )
        #expect(handling == Handling(isLenient: false, rounding: .up))
        #expect(applied == "handling=strict, rounding=up")
    }
}

@Suite("Retry-After")
struct RetryAfterTests {
    static let now = Timestamp("2026-11-20T09:00:00Z")!

    @Test(
        "seconds and dates are read, within a day",
        arguments: [
            ("0", 0), ("30", 30), ("86400", 86_400), ("99999999", 86_400), ("Fri, 20 Nov 2026 09:01:30 GMT", 90),
            ("Fri, 20 Nov 2026 08:00:00 GMT", 0), ("Sat, 20 Nov 2027 09:00:00 GMT", 86_400),
        ]
    )
    func reading(text: String, seconds: Int) {
        #expect(RetryAfter.seconds(text, now: Self.now) == seconds)
    }

    @Test(
        "what is neither is nothing",
        arguments: [
            "", "-1", "soon", "1.5", "Fri, 20 Nov 2026", "Fri, 31 Feb 2026 09:00:00 GMT", "99999999999999999999",
        ]
    )
    func unreadable(text: String) {
        #expect(RetryAfter.seconds(text, now: Self.now) == nil)
    }
}
