import Foundation
import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A vendor that says no in the body of a 200: with `errors.in_success` its codes are refusals wherever its answers are read.
struct RefusalInSuccessTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }
    private static let base = "/v1/hoursmith/time-entries"

    private static func body(_ code: String) -> String {
        #"{"ok":false,"error":{"code":"\#(code)","message":"The month is closed."}}"#
    }

    /// - Parameter skip: how many requests pass first: the plugin's rules read entries.
    private static func fault(_ code: String, skip: Int = 0) -> Fault {
        Fault(.status(200, contentType: "application/json", body: body(code)), skip: skip)
    }

    private func plan(_ option: String = "in_success = true,", isProxied: Bool = false) throws -> GatewayPlan {
        var plan = try isProxied ? GatewayPlan(proxying: [.hoursmith]) : GatewayPlan(.hoursmith)
        plan.keys[0].scopes = Set(Scope.allCases)
        let source = try String(contentsOfFile: "\(Plugins.folder)/hoursmith/plugin.lua", encoding: .utf8)
            .replacing("errors = {", with: "errors = { \(option)")
        let plugin = try Plugins.load(id: "hoursmith", source: source)
        plan.change("hoursmith") { $0.plugin = plugin }
        return plan
    }

    @Test(arguments: [
        ("validation_error", "vendor_invalid", 422), ("conflict", "vendor_conflict", 409),
    ])
    func refusalIsFinalAndAnsweredAgain(code: String, told: String, status: Int) async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.hoursmith).inject(Self.fault(code))
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.code == told)
            #expect(answer.sent == "yes")
            #expect(answer.detail.contains("The month is closed."))
            #expect(answer["vendor.status"] == 200)
            #expect(answer["vendor_code"]?.string == code)
            let row = try await gateway.journalled().first
            #expect(row?.state == .done)
            #expect(row?.vendorEntryID == nil)
            let again = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(again.body == answer.body)
            #expect(gateway.ledger(.hoursmith).count { $0.method == "POST" } == 1)
        }
    }

    @Test func refusalThatARepairChangesFreesTheKey() async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.hoursmith).inject(Self.fault("forbidden_scope"))
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(answer.status == 403, "\(answer.body)")
            #expect(answer.code == "vendor_permission")
            #expect(try await gateway.journalled().isEmpty)
            #expect(try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed).status == 201)
        }
    }

    @Test func faultOfTheVendorGoesAgainUnderTheVendorsKey() async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.hoursmith).inject(Self.fault("internal"))
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(answer.status == 201, "\(answer.body)")
            #expect(gateway.ledger(.hoursmith).count { $0.method == "POST" } == 2)
            #expect(gateway.creations(.hoursmith) == 1)
        }
    }

    @Test func faultOfTheVendorInADeletionLeavesTheOutcomeUnknown() async throws {
        try await withGateway(try plan()) { gateway in
            let created = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            let id = try #require(created["data.id"]?.string)
            gateway.simulator(.hoursmith).inject(
                Fault(.status(200, contentType: "application/json", body: Self.body("internal")), count: nil, skip: 1)
            )
            let answer = try await gateway.send("DELETE", "\(Self.base)/\(id)")
            #expect(answer.code == "outcome_unknown", "\(answer.body)")
            #expect(answer.sent == "maybe")
            #expect(try await gateway.journalled().last?.state == .unknown)
        }
    }

    @Test(arguments: ["", "in_success = false,"])
    func withoutTheOptionItSaysYes(option: String) async throws {
        try await withGateway(try plan(option)) { gateway in
            gateway.simulator(.hoursmith).inject(
                Fault(.notJSON(contentType: "application/json", body: Self.body("conflict")))
            )
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            #expect(answer.code == "recorded_but_unmapped", "\(answer.body)")
            #expect(answer.sent == "yes")
        }
    }

    @Test(
        "what has the vendor's mark is a refusal whatever its code, and what has it not is none",
        arguments: [
            (
                "{\"ok\":false,\"error\":{\"code\":\"never_heard_of\",\"message\":\"Held by payroll.\"}}",
                "vendor_invalid"
            ),
            ("{\"ok\":false,\"error\":{\"code\":\"conflict\",\"message\":\"Held by payroll.\"}}", "vendor_conflict"),
            ("{\"ok\":false}", "vendor_invalid"),
            ("{\"ok\":true,\"error\":{\"code\":\"conflict\"}}", "recorded_but_unmapped"),
            ("{\"ok\":\"false\",\"error\":{\"code\":\"conflict\"}}", "recorded_but_unmapped"),
        ]
    )
    func mark(body: String, code: String) async throws {
        try await withGateway(try plan(#"in_success = { at = "ok", equals = false },"#)) { gateway in
            gateway.simulator(.hoursmith).inject(
                Fault(.status(200, contentType: "application/json", body: body))
            )
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(answer.code == code, "\(answer.body)")
            #expect(answer.sent == "yes")
            if body.contains("payroll") { #expect(answer.detail.contains("Held by payroll.")) }
            let created = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            let id = try #require(created["data.id"]?.string)
            gateway.simulator(.hoursmith).inject(
                Fault(.status(200, contentType: "application/json", body: body), skip: 1)
            )
            let deleted = try await gateway.send("DELETE", "\(Self.base)/\(id)")
            #expect((deleted.code == code) == code.hasPrefix("vendor_"), "\(deleted.body)")
        }
    }

    @Test func readsChangesAndDeletionsAreRefused() async throws {
        try await withGateway(try plan()) { gateway in
            let created = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            let id = try #require(created["data.id"]?.string)
            let simulator = gateway.simulator(.hoursmith)
            simulator.inject(Self.fault("not_found"))
            #expect(try await gateway.get("\(Self.base)/\(id)").code == "vendor_not_found")
            simulator.inject(Self.fault("forbidden_plan"))
            #expect(try await gateway.get(Self.base).code == "vendor_plan")
            simulator.inject(Self.fault("conflict", skip: 1))
            let changed = try await gateway.send("PATCH", "\(Self.base)/\(id)", #"{"note":"Other"}"#)
            #expect(changed.code == "vendor_conflict", "\(changed.body)")
            simulator.inject(Self.fault("conflict", skip: 1))
            #expect(try await gateway.send("DELETE", "\(Self.base)/\(id)").code == "vendor_conflict")
            #expect(try await gateway.get("\(Self.base)/\(id)").status == 200)
        }
    }

    @Test func oneOfABatchIsRefused() async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.hoursmith).inject(Self.fault("validation_error"))
            let entries = ["1", "2"].map { #"{"entry":\#(Sample.entry(.hoursmith, note: $0).serialized(.compact))}"# }
            let answer = try await gateway.post("\(Self.base)/batch", "[\(entries.joined(separator: ","))]")
            let statuses = (answer["data"]?.array ?? []).compactMap { $0["status"]?.int64 }
            #expect(statuses.sorted() == [201, 422], "\(answer.body)")
        }
    }

    @Test func repetitionThatIsRefusedSettlesTheWrite() async throws {
        var plan = try plan()
        plan.settleAtOnce(.hoursmith)
        try await withGateway(plan) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: false)))
            // Within the call it tells nothing of the first attempt, which may still be on its way; later it does.
            for _ in 0..<2 { gateway.simulator(.hoursmith).inject(Self.fault("validation_error")) }
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(answer.code == "outcome_unknown", "\(answer.body)")
            let row = try await gateway.settledRow()
            #expect(row?.state == .done)
            #expect(row?.reply?.status == 422)
            #expect(gateway.creations(.hoursmith) == 0)
        }
    }

    @Test("a vendor's own client gets it as it came, and the journal takes it for the refusal that it is")
    func native() async throws {
        try await withGateway(try plan(isProxied: true)) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway)
            gateway.simulator(.hoursmith).inject(Self.fault("forbidden_scope"))
            let refused = try await client.send(key)
            #expect(refused.status == 200)
            #expect(refused.body == Self.body("forbidden_scope"))
            #expect(try await gateway.journalled().isEmpty)
            gateway.simulator(.hoursmith).inject(Self.fault("conflict"))
            #expect(try await client.send(key).body == Self.body("conflict"))
            let row = try #require(try await gateway.journalled().first)
            #expect(row.state == .done)
            #expect(row.reason?.contains("The month is closed.") == true)
            let again = try await client.send(key)
            #expect(again.status == 200)
            #expect(again.body == Self.body("conflict"))
            #expect(gateway.creations(.hoursmith) == 0)
        }
    }
}
