import Testing

@testable import PluginHost

@Suite("Reasons by field")
struct MapReasonTests {
    private static let body = #"""
        {"message": "Validation Failed", "errors": {"from": {}, "text": [], "day": null, "projectId": {"errors": ["Unknown."]},
         "seconds": {"errors": "Too long."}}}
        """#

    private static func failures(_ fields: String, errors: String) async throws -> [String] {
        let text = #"""
            {"about": "A refusal.", "direction": "read_refusal", "given": {"status": 422, "body": \#(body)},
             "expect": {"problem": {"code": "vendor_invalid", "errors": \#(errors)}}}
            """#
        let source = TemporaryPlugin.good.replacing(
            "message = \"message\",",
            with: "message = \"message\", fields = { \(fields) },"
        )
        return try await CaseRunnerTests.failures(text, source: source)
    }

    @Test("a field about which nothing is said is not refused, and reasons may stand in an object")
    func nested() async throws {
        let errors = #"""
            [{"field": "subjects.project.id", "code": "vendor_invalid", "message": "Unknown.", "vendor_field": "projectId"},
             {"field": "duration_seconds", "code": "vendor_invalid", "message": "Too long.", "vendor_field": "seconds"}]
            """#
        #expect(try await Self.failures("map = \"errors\", message = \"errors\"", errors: errors) == [])
    }

    @Test("of several errors without a field each is told once")
    func several() async throws {
        let text = #"""
            {"about": "A refusal.", "direction": "read_refusal",
             "given": {"status": 400, "body": {"errors": [{"message": "No issue."}, {"message": "No hours."}, {"message": "No issue."}]}},
             "expect": {"problem": {"code": "vendor_invalid", "detail": "Acme: No issue.; No hours."}}}
            """#
        let source = TemporaryPlugin.good.replacing(
            "message = \"message\",",
            with: "list = \"errors\", message = \"message\","
        )
        #expect(try await CaseRunnerTests.failures(text, source: source) == [])
    }
}
