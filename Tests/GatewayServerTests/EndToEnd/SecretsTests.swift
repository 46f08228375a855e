import JSON
import Testing
import VendorSimulators

/// Secrets that a vendor sends back do not reach the caller. That none of them comes out anywhere else is checked at
/// the end of each test that has a gateway (`TestGateway.end`).
struct SecretsTests {
    /// The answers hold a secret unless it is hidden; the search at the end of the test finds it.
    private func answer(
        _ vendor: SimulatedVendor,
        _ status: Int,
        _ body: (_ token: String) -> String,
        type: String = "application/json"
    ) async throws -> Answer {
        var result: Answer?
        try await withGateway(GatewayPlan(vendor)) { gateway in
            let body = body(Sample.token(vendor))
            gateway.simulator(vendor).inject(Fault(.status(status, contentType: type, body: body)))
            result = try await gateway.create(vendor.rawValue, Sample.entry(vendor), query: "?include=raw")
            #expect(gateway.ledger(vendor).count == 1)
        }
        return try #require(result)
    }

    @Test func secretInTheVendorsTextIsHidden() async throws {
        let answer = try await answer(.productive, 400, { "You sent \($0), and again \($0)." }, type: "text/plain")
        #expect(answer["vendor.body"] == "You sent ***, and again ***.")
    }

    @Test func secretInTheVendorsMessageIsHidden() async throws {
        let answer = try await answer(.hoursmith, 401) {
            #"{"error":{"code":"unauthenticated","message":"The token \#($0) is not known."}}"#
        }
        #expect(answer.detail == "Hoursmith: The token *** is not known.")
        #expect(answer["vendor.body.error.message"] == "The token *** is not known.")
    }

    @Test func secretInTheVendorsFieldErrorsIsHidden() async throws {
        let answer = try await answer(.hoursmith, 422) {
            #"{"error":{"code":"validation_error","message":"no","fields":{"note":"holds \#($0)"}}}"#
        }
        #expect(answer.error("note")?["message"] == "holds ***")
    }

    @Test func secretInTheVendorsCodeAndKeptMembersIsHidden() async throws {
        let answer = try await answer(.hoursmith, 402) {
            #"{"error":{"code":"\#($0)","message":"no","requiredPlan":"\#($0)"}}"#
        }
        #expect(answer.status == 402)
    }

    @Test func secretThatTheVendorWritesWithEscapesIsHidden() async throws {
        let answer = try await answer(.productive, 400) { token in
            let escaped = token.replacing("canary", with: "\\u0063anary")
            return #"{"errors":[{"title":"\#(escaped)"}]}"#
        }
        #expect(answer.status == 422)
    }

    @Test func secretAcrossTheCutOfALongBodyIsHidden() async throws {
        // The text is cut at 8 KiB, in the middle of the token's word.
        let padding = String(repeating: "x", count: 8192 - 10)
        let answer = try await answer(.productive, 400, { padding + $0 }, type: "text/plain")
        #expect(answer.status == 422)
    }

    @Test func secretInTheVendorsSuccessIsHidden() async throws {
        let answer = try await answer(.sonderplan, 200) { #"{"success":{"id":2384,"seen":"\#($0)"}}"# }
        #expect(answer.status == 201)
        #expect(answer["data.vendor_fields.seen"] == "***")
    }

    @Test func secretInAnUnreadableSuccessIsHidden() async throws {
        let answer = try await answer(.productive, 201, { "<p>\($0)</p>" }, type: "text/html")
        #expect(answer.code == "outcome_unknown")
        #expect(answer["vendor.body"] == "<p>***</p>")
    }

    @Test func secretInAStoredAnswerIsHiddenFromWhoeverLooksAtTheJournal() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let body = #"{"seen":"\#(Sample.token(.productive))"}"#
            gateway.simulator(.productive).inject(Fault(.status(201, contentType: "application/json", body: body)))
            #expect(try await gateway.create("productive", Sample.entry(.productive)).code == "recorded_but_unmapped")
            let row = try #require(try await gateway.journalled().first)
            #expect(row.answer.map { String(decoding: $0.body, as: UTF8.self) } == body)
            let shown = try await gateway.admin("/journal/\(row.id)")
            #expect(shown["data.vendor.body.seen"] == "***", "\(shown.body)")
        }
    }

    @Test func secretIsShownAsStarsInAPlan() async throws {
        try await withGateway(GatewayPlan(.productive, .plannr)) { gateway in
            let productive = try await gateway.create(
                "productive",
                Sample.entry(.productive),
                query: "?dry_run=true"
            )
            #expect(productive["plan.headers.X-Auth-Token"] == "***")
            #expect(productive["plan.headers.X-Organization-Id"] == "2055")
            let plannr = try await gateway.create("plannr", Sample.entry(.plannr), query: "?dry_run=true")
            #expect(plannr["plan.headers.Authorization"] == "Bearer ***")
        }
    }
}
