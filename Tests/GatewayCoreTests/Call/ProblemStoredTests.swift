import JSON
import Testing

@testable import GatewayCore

/// A problem that was told before is told again just so.
struct ProblemStoredTests {
    @Test func everyMemberComesBack() throws {
        var problem = Problem(
            .outcomeUnknown,
            "Nobody knows.",
            origin: .vendor,
            sent: .maybe,
            retry: .sameKey,
            retryAfter: 10,
            errors: [
                FieldError(.required, "note", "It is missing.", vendorField: "/text", vendorCode: "x"),
                FieldError(.invalidEntry, nil, "And more.", hint: "Look."),
            ]
        )
        problem.isLate = true
        problem.rule = "A rule."
        problem.source = "https://vendor.example/rules"
        problem.place = Problem.ScriptPlace(place: "plugins/acme/plugin.lua:7", function: "validate", excerpt: "x()")
        problem.vendor = Problem.VendorAnswer(status: 500, body: ["a": 1])
        problem.extra["idempotency_key"] = "k"
        let body = problem.body(requestID: "r1")
        let again = try #require(Problem(stored: JSONValue(parsing: body)))
        #expect(again.body(requestID: again.extra["request_id"]?.string ?? "") == body)
        #expect(again.status == 504)
    }

    @Test func whatIsNoProblemIsNone() {
        #expect(Problem(stored: ["data": ["id": "1"]]) == nil)
        #expect(Problem(stored: ["code": "no_such_code", "detail": "x"]) == nil)
    }
}
