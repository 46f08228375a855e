import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Values that a vendor cannot hold: refused, or sent and reported where the caller or the connection allows it.
struct LossTests {
    private let entry = Sample.entry(.productive).with(["duration": nil, "duration_seconds": 5430])

    @Test func lossIsRefusedWithWhatWouldBeSentAndHowToAllowIt() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 422)
            #expect(answer.code == "unrepresentable")
            #expect(answer.sent == "no")
            let error = answer.error("duration_seconds")
            let message = error?["message"]?.string ?? ""
            #expect(message.contains("5430"), "\(answer.body)")
            #expect(message.contains("90") || message.contains("91"), "\(answer.body)")
            #expect(error?["hint"]?.string?.contains("Prefer: handling=lenient") == true, "\(answer.body)")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test(arguments: [("up", 91), ("down", 90), ("nearest", 91)])
    func lossThatTheCallerAllowsIsSentAndReported(rounding: String, minutes: Int) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create(
                "productive",
                entry,
                headers: ["Prefer": "handling=lenient; rounding=\(rounding)"]
            )
            #expect(answer.status == 201)
            #expect(answer.header("preference-applied") == "handling=lenient, rounding=\(rounding)")
            #expect(answer.mapped("rounded") == ["duration_seconds"])
            let note = answer["mapping.rounded.0"]
            #expect(note?["asked"] == 5430)
            #expect(note?["sent"]?.int64 == Int64(minutes))
            #expect(answer["data.duration_seconds"]?.int64 == Int64(minutes * 60))
            let request = try #require(gateway.ledger(.productive).first)
            let sent = try JSONValue(parsing: request.body)
            #expect(sent[path: "data.attributes.time"]?.int64 == Int64(minutes))
        }
    }

    @Test func lossThatTheConnectionAllowsIsSentAndReported() async throws {
        var plan = try GatewayPlan(.productive)
        plan.change("productive") { $0.handling = Handling(isLenient: true, rounding: .up) }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 201)
            #expect(answer.header("preference-applied") == nil)
            #expect(answer.mapped("rounded") == ["duration_seconds"])
            let strict = try await gateway.create("productive", entry, headers: ["Prefer": "handling=strict"])
            #expect(strict.code == "unrepresentable")
            #expect(gateway.ledger(.productive).count == 1)
        }
    }

    @Test func nothingIsRoundedToZero() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create(
                "productive",
                entry.with(["duration_seconds": 20]),
                headers: ["Prefer": "handling=lenient; rounding=down"]
            )
            #expect(answer.status == 422)
            #expect(answer.code == "unrepresentable")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func memberThatTheVendorLacksIsRefusedUnlessTheCallerIsLenient() async throws {
        try await withGateway(GatewayPlan(.plannr)) { gateway in
            let entry = Sample.entry(.plannr).with(["billable": true])
            let strict = try await gateway.create("plannr", entry)
            #expect(strict.status == 422)
            #expect(strict.code == "unrepresentable")
            #expect(strict.error("billable") != nil, "\(strict.body)")
            #expect(gateway.ledger(.plannr).isEmpty)
            let lenient = try await gateway.create("plannr", entry, headers: ["Prefer": "handling=lenient"])
            #expect(lenient.status == 201)
            #expect(lenient.mapped("dropped") == ["billable"])
            #expect(gateway.ledger(.plannr).count == 1)
        }
    }

    @Test func formOfTimeThatTheVendorLacksIsRefusedWithWhatItTakes() async throws {
        try await withGateway(GatewayPlan(.sonderplan)) { gateway in
            let entry = Sample.entry(.sonderplan).with(["started_at": nil, "work_date": "2026-11-20"])
            let answer = try await gateway.create("sonderplan", entry)
            #expect(answer.status == 422)
            #expect(answer.code == "unsupported_time_form")
            #expect(answer.error("started_at")?["message"]?.string?.contains("It takes:") == true, "\(answer.body)")
            #expect(gateway.ledger(.sonderplan).isEmpty)
        }
    }

    @Test func whatCanBeBilledStaysAboveATimeMadeShorterAndThatIsSaid() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let created = try await gateway.create("productive", entry.with(["duration_seconds": 14_400]))
            let path = "/v1/productive/time-entries/\(created["data.id"]?.string ?? "")"
            let longer = try await gateway.send("PATCH", path, #"{"duration_seconds":18000}"#)
            #expect(longer["data.billable_seconds"] == 14_400)
            #expect(longer.mapped("inconsistent").isEmpty, "\(longer.body)")
            let shorter = try await gateway.send("PATCH", path, #"{"duration_seconds":7200}"#)
            #expect(shorter["data.billable_seconds"] == 14_400)
            #expect(shorter.mapped("inconsistent") == ["billable_seconds"])
            let why = shorter["mapping.inconsistent.0.why"]?.string ?? ""
            #expect(why.contains("change billable_seconds too"), "\(shorter.body)")
            let again = try await gateway.send("PATCH", path, #"{"duration_seconds":3600}"#)
            #expect(again.mapped("inconsistent") == ["billable_seconds"])
            // What is above a time that became longer, or was named, may be meant.
            let longerAgain = try await gateway.send("PATCH", path, #"{"duration_seconds":5400}"#)
            #expect(longerAgain.mapped("inconsistent").isEmpty, "\(longerAgain.body)")
            let named = try await gateway.send("PATCH", path, #"{"duration_seconds":3600,"billable_seconds":14400}"#)
            #expect(named.mapped("inconsistent").isEmpty, "\(named.body)")
            let both = try await gateway.send("PATCH", path, #"{"duration_seconds":1800,"billable_seconds":1800}"#)
            #expect(both["data.billable_seconds"] == 1800)
            #expect(both.mapped("inconsistent").isEmpty, "\(both.body)")
        }
    }

    @Test func preferencesOnSeveralLinesAreOneList() async throws {
        var plan = try GatewayPlan(.productive)
        plan.change("productive") { $0.handling = Handling(isLenient: true, rounding: .up) }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(
                "productive",
                entry,
                headers: ["Prefer": "respond-async", "prefer": "handling=strict"]
            )
            #expect(answer.status == 422)
            #expect(answer.code == "unrepresentable")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func wrongPreferenceIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, headers: ["Prefer": "handling=lazy"])
            #expect(answer.status == 400)
            #expect(answer.detail.contains("strict or lenient"))
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }
}
