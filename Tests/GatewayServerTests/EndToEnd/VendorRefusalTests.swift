import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A vendor that says no: the caller gets the true status, unified fields, and the vendor's own words beside them.
struct VendorRefusalTests {
    /// Sends the vendor's sample entry and expects that exactly this one request was made, or as many as are said.
    private func refusal(
        _ vendor: SimulatedVendor,
        entry: JSONValue? = nil,
        fault: Fault? = nil,
        requests: Int = 1,
        _ change: (inout GatewayPlan) -> Void = { _ in }
    ) async throws -> Answer {
        var plan = try GatewayPlan(vendor)
        change(&plan)
        var result: Answer?
        try await withGateway(plan) { gateway in
            if let fault { gateway.simulator(vendor).inject(fault) }
            let answer = try await gateway.create(vendor.rawValue, entry ?? Sample.entry(vendor))
            let ledger = gateway.ledger(vendor)
            #expect(ledger.count == requests)
            #expect(ledger.allSatisfy { $0.stored == nil })
            #expect(answer["vendor.status"]?.int64 == ledger.first?.status.map(Int64.init))
            #expect(answer.header("content-type") == "application/problem+json")
            #expect(answer["origin"] == "vendor")
            result = answer
        }
        return try #require(result)
    }

    // MARK: - Who may

    @Test(arguments: [SimulatedVendor.plannr, .awork, .hoursmith, .sonderplan])
    func credentialsThatTheVendorRefusesAreTheConnectionsFault(vendor: SimulatedVendor) async throws {
        let answer = try await refusal(vendor) { $0.simulators[vendor]?.tokens = ["another"] }
        #expect(answer["vendor.status"] == 401)
        #expect(answer.status == 502)
        #expect(answer.code == "vendor_auth")
        #expect(answer["retry"] == "never")
    }

    @Test func planThatLacksTheAPIIsPaymentRequired() async throws {
        let answer = try await refusal(.hoursmith) {
            $0.simulators[.hoursmith]?.planLimitedTokens = [Sample.token(.hoursmith)]
        }
        #expect(answer.status == 402)
        #expect(answer.code == "vendor_plan")
        #expect(answer["required_plan"] == "studio")
        #expect(answer["feature"] == "api")
        #expect(answer["vendor_code"] == "forbidden_plan")
        #expect(answer["vendor.body.error.code"] == "forbidden_plan")
    }

    @Test(arguments: SimulatedVendor.allCases)
    func tokenThatMayNotWriteIsForbidden(vendor: SimulatedVendor) async throws {
        let answer = try await refusal(vendor) { $0.simulators[vendor]?.readOnlyTokens = [Sample.token(vendor)] }
        // awork says 401 here too, with a code of its own.
        #expect(answer["vendor.status"]?.int64 == (vendor == .awork ? 401 : 403))
        #expect(answer.status == 403)
        #expect(answer.code == "vendor_permission")
    }

    // MARK: - What is wrong with the entry

    @Test func recordThatProductiveDoesNotKnowIsTheCallersFault() async throws {
        let answer = try await refusal(.productive) { $0.simulators[.productive]?.missingReferences = ["444"] }
        #expect(answer.status == 422)
        #expect(answer.code == "reference_not_found")
        #expect(answer["vendor.status"] == 404)
        #expect(answer["vendor_code"] == "record_not_found")
        #expect(answer.detail == "Productive: The requested record was not found")
    }

    @Test func fieldThatPlannrRefusesIsNamedAsTheCallerKnowsIt() async throws {
        let answer = try await refusal(.plannr) { $0.simulators[.plannr]?.missingReferences = [Sample.plannrClient] }
        #expect(answer.status == 422)
        #expect(answer.code == "vendor_invalid")
        let error = answer["errors.0"]
        #expect(error?["field"]?.string?.hasPrefix("subjects") == true, "\(answer.body)")
        #expect(error?["vendor_field"] == "trackable_uuid")
        #expect(error?["message"] == "The selected trackable uuid is invalid.")
        #expect(answer["vendor.body.errors.trackable_uuid.0"] == "The selected trackable uuid is invalid.")
    }

    @Test func fieldThatWasDerivedIsNamedAsWhatTheCallerSent() async throws {
        let body = """
            {"errors":[{"status":"422","code":"invalid_attribute","title":"Invalid Attribute",\
            "detail":"is in a locked period","source":{"pointer":"data/attributes/date"}}]}
            """
        let entry = Sample.entry(.productive).with(["work_date": nil, "started_at": "2026-11-20T09:00:00+01:00"])
        let answer = try await refusal(
            .productive,
            entry: entry,
            fault: Fault(.status(422, contentType: "application/vnd.api+json", body: body))
        )
        #expect(answer.status == 422)
        #expect(answer.code == "vendor_invalid")
        let error = answer.error("started_at")
        #expect(error?["vendor_field"] == "attributes.date", "\(answer.body)")
        #expect(error?["vendor_code"] == "invalid_attribute")
        #expect(error?["message"] == "is in a locked period")
    }

    @Test func vendorsStateThatForbidsTheEntryIsAConflict() async throws {
        let body = #"{"code":"entity-archived","description":"The project is archived.","traceId":"7f"}"#
        let answer = try await refusal(
            .awork,
            fault: Fault(.status(400, contentType: "application/json", body: body))
        )
        #expect(answer.status == 409)
        #expect(answer.code == "vendor_conflict")
        #expect(answer["trace_id"] == "7f")
        #expect(answer["vendor.status"] == 400)
    }

    // MARK: - How much

    @Test func limitOfTheVendorIsPassedOnWithItsWait() async throws {
        let answer = try await refusal(
            .productive,
            // Longer than the call may take: a shorter wait is waited for.
            fault: Fault(.rateLimited(retryAfterSeconds: 70, form: .seconds))
        )
        #expect(answer.status == 429)
        #expect(answer.code == "vendor_limit")
        #expect(answer.header("retry-after") == "70")
        #expect(answer["retry_after"] == 70)
        #expect(answer["retry"] == "after")
        #expect(answer["vendor.body.errors.0.limit"] == 100)
    }

    @Test func waitThatIsADateIsPassedOnInSeconds() async throws {
        let answer = try await refusal(.awork, fault: Fault(.rateLimited(retryAfterSeconds: 600, form: .date))) {
            $0.simulators[.awork]?.clock = VendorSimulatorConfiguration.systemClock
        }
        #expect(answer.status == 429)
        let wait = try #require(answer.header("retry-after").flatMap { Int($0) })
        #expect((500...601).contains(wait))
    }

    @Test func absurdWaitIsCutToADay() async throws {
        let answer = try await refusal(
            .plannr,
            fault: Fault(.rateLimited(retryAfterSeconds: 4_000_000_000, form: .seconds))
        )
        #expect(answer.status == 429)
        #expect(answer.header("retry-after") == "86400")
    }

    @Test func limitWithoutAWaitIsTriedAgainAndNamesNone() async throws {
        let answer = try await refusal(
            .hoursmith,
            fault: Fault(.rateLimited(retryAfterSeconds: 7, form: .absent), count: 3),
            requests: 3
        )
        #expect(answer.status == 429)
        #expect(answer.header("retry-after") == nil)
        #expect(answer["retry_after"] == nil)
        #expect(answer["retry"] == "after")
    }

    // MARK: - Bodies

    @Test func refusalThatIsNoJSONIsShownAsText() async throws {
        let page = "<h1>Bad Request</h1>" + String(repeating: "x", count: 20_000)
        let answer = try await refusal(.productive, fault: Fault(.status(400, contentType: "text/html", body: page)))
        #expect(answer.status == 422)
        #expect(answer.code == "vendor_invalid")
        let shown = try #require(answer["vendor.body"]?.string)
        #expect(shown.hasPrefix("<h1>Bad Request</h1>xxx"))
        #expect(shown.utf8.count == 8192)
    }

    @Test func statusInTheBodyIsNotTrusted() async throws {
        let body = #"{"errors":[{"status":"200","title":"Forbidden","detail":"Not yours"}]}"#
        let answer = try await refusal(
            .productive,
            fault: Fault(.status(403, contentType: "application/json", body: body))
        )
        #expect(answer.status == 403)
        #expect(answer.detail == "Productive: Not yours")
    }
}
