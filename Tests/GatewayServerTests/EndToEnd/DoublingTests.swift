import Foundation
import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// Vendors that were sent a create again under its key, and whether they have kept their word to record it once.
struct DoublingTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }
    private let entry = Sample.entry(.hoursmith)

    /// A gateway that looks after what is lost at once, and a simulator on the machine's clock.
    static func plan(_ change: (String) throws -> String? = { _ in nil }) throws -> GatewayPlan {
        var plan = try GatewayPlan(.hoursmith)
        plan.settleAtOnce(.hoursmith)
        plan.vendorTimeoutMilliseconds = 10_000
        let source = try String(contentsOfFile: "\(Plugins.folder)/hoursmith/plugin.lua", encoding: .utf8)
        if let changed = try change(source) {
            let plugin = try Plugins.load(id: "hoursmith", source: changed)
            plan.change("hoursmith") { $0.plugin = plugin }
        }
        return plan
    }

    private static let declared = "reconcile = { filters = { \"from\", \"to\" } },"

    /// In place of the list by which entries are looked for.
    static func plan(reconcile text: String) throws -> GatewayPlan {
        try plan { source in
            try #require(source.contains(declared))
            return source.replacing(declared, with: text)
        }
    }

    static let ignored = Fault(.ignoredKey, count: nil)

    /// Identifiers of the entries at the vendor, the oldest first.
    static func ids(_ gateway: TestGateway) -> [String] {
        gateway.ledger(.hoursmith).compactMap { $0.stored?.operation == "create" ? $0.stored?.id : nil }
    }

    private func posts(_ gateway: TestGateway) -> Int { gateway.ledger(.hoursmith).count { $0.method == "POST" } }
    static func reads(_ gateway: TestGateway) -> Int { gateway.ledger(.hoursmith).count { $0.method == "GET" } }

    /// Books the entry; its answer is cut, and so is that of the repetition within the call.
    ///
    /// - Parameter later: what happens to the one after that, which may come at once.
    private func loseTwice(_ gateway: TestGateway, _ point: Fault.CutPoint = .body, later: Fault? = nil) async throws {
        gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(point), count: 2))
        if let later { gateway.simulator(.hoursmith).inject(later) }
        #expect(try await gateway.create("hoursmith", entry, headers: keyed).code == "outcome_unknown")
    }

    /// What is the same however the doubles came about: a person is asked, nothing more is sent, and their word is the answer.
    private func expectListed(_ row: WriteRecord, naming ids: [String], _ gateway: TestGateway) async throws {
        #expect(row.state == .needsOperator)
        let reason = row.reason ?? ""
        for id in ids { #expect(reason.contains(id), "\(reason)") }
        let answered = try #require(row.vendorEntryID)
        #expect(ids.contains(answered))
        #expect(reason.hasSuffix("timegate journal resolve \(row.id) --recorded \(answered)"), "\(reason)")
        // The row is there before the line is.
        #expect(try await soon { gateway.log.text.contains("a vendor has recorded an entry more than once") })
        let sent = posts(gateway)
        let held = try await gateway.create("hoursmith", entry, headers: keyed)
        #expect(held.status == 409)
        #expect(held.code == "idempotency_outcome_unknown")
        for id in ids { #expect(held.detail.contains(id), "\(held.detail)") }
        let shown = try await gateway.admin("/journal/\(row.id)")
        #expect(shown["data.entry_id"]?.string == answered)
        #expect(shown["data.vendor.body.data.id"]?.string == answered)
        let listed = try await gateway.admin("/journal?state=unknown")
        #expect(listed["data.0.reason"]?.string == reason, "\(listed.body)")
        // Some rounds later too.
        try await Task.sleep(for: .milliseconds(200))
        #expect(posts(gateway) == sent)

        let word = try await gateway.adminPost("/journal/\(row.id)", #"{"recorded":"\#(answered)","by":"olga"}"#)
        #expect(word.status == 200, "\(word.body)")
        let again = try await gateway.create("hoursmith", entry, headers: keyed)
        #expect(again.status == 201)
        #expect(again["data.id"]?.string == answered)
        #expect(posts(gateway) == sent)
    }

    // MARK: - By the reconciler

    @Test("a vendor that ignores its keys is found out by the reconciler, and a person is asked", arguments: [0, 2])
    func found(honestFor skip: Int) async throws {
        try await withGateway(Self.plan()) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.ignoredKey, count: nil, skip: skip))
            try await loseTwice(gateway)
            let row = try #require(try await gateway.settledRow())
            #expect(posts(gateway) == 3)
            #expect(Self.ids(gateway).count == 3 - max(0, skip - 1))
            #expect(row.vendorEntryID == Self.ids(gateway).last)
            try await expectListed(row, naming: Self.ids(gateway), gateway)
        }
    }

    @Test("a vendor that refuses under a key what it has recorded under it is found out too")
    func refused() async throws {
        try await withGateway(Self.plan()) { gateway in
            let body = #"{"error":{"code":"validation_error","message":"The day is closed."}}"#
            let refusal = Fault(.status(422, contentType: "application/json", body: body))
            try await loseTwice(gateway, .header, later: refusal)
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .needsOperator)
            let id = try #require(Self.ids(gateway).first)
            #expect(
                row.reason?.hasSuffix("timegate journal resolve \(row.id) --recorded \(id)") == true,
                "\(row.reason ?? "")"
            )
            #expect(row.reason?.contains("refused") == true)
            #expect(Self.ids(gateway).count == 1)
            #expect(posts(gateway) == 3)
        }
    }

    @Test("a gateway that ends while it looks has the vendor's answer, and looks again")
    func restart() async throws {
        try await Lives.of(.hoursmith, timeout: 10_000) { lives in
            lives.simulator.inject(Fault(.cutAnswer(.body)))
            lives.simulator.inject(Self.ignored)
            try await lives.live(dying: .afterAnswer) { life in
                _ = try await life.create()
                #expect(try await life.row()?.state == .answered)
            }
            #expect(lives.recorded.count == 2)
            try await lives.live { life in
                let row = try #require(try await life.settledRow())
                #expect(row.state == .needsOperator)
                #expect(row.vendorEntryID == lives.recorded.last)
                for id in lives.recorded { #expect(row.reason?.contains(id) == true, "\(row.reason ?? "")") }
                #expect(try await life.create().code == "idempotency_outcome_unknown")
            }
            #expect(lives.recorded.count == 2)
            #expect(lives.posts == 2)
        }
    }

    // MARK: - Within a call

    @Test(
        "a vendor that ignores its key within a call: the caller is told, and a person is asked",
        arguments: [true, false]
    )
    func foundInTheCall(hasKey: Bool) async throws {
        try await withGateway(Self.plan()) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body)))
            gateway.simulator(.hoursmith).inject(Self.ignored)
            let answer = try await gateway.create("hoursmith", entry, headers: hasKey ? keyed : [:])
            #expect(answer.code == "outcome_unknown")
            #expect(answer.sent == "maybe")
            #expect(answer["retry"] == "same_key")
            #expect(Self.ids(gateway).count == 2)
            for id in Self.ids(gateway) { #expect(answer.detail.contains(id), "\(answer.detail)") }
            let row = try #require(try await gateway.journalled().last)
            #expect(row.vendorEntryID == Self.ids(gateway).last)
            #expect(row.scope.key == answer["idempotency_key"]?.string)
            if hasKey {
                try await expectListed(row, naming: Self.ids(gateway), gateway)
            } else {
                #expect(row.state == .needsOperator)
            }
            #expect(posts(gateway) == 2)
            #expect(Self.reads(gateway) == 1)
        }
    }

    @Test(
        "a vendor that cannot be looked at within the call has its word, and the journal says so",
        arguments: [
            Fault(.status(403, contentType: "application/json", body: "{}"), count: nil, skip: 1),
            Fault(.hang, count: nil, skip: 1),
        ]
    )
    func lookFails(fault: Fault) async throws {
        var plan = try Self.plan()
        plan.vendorTimeoutMilliseconds = 3_000
        try await withGateway(plan) { gateway in
            for fault in [Fault(.cutAnswer(.body)), Self.ignored, fault] { gateway.simulator(.hoursmith).inject(fault) }
            let start = ContinuousClock.now
            let answer = try await gateway.create("hoursmith", entry, headers: keyed)
            // No longer than the call has.
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer["data.id"]?.string == Self.ids(gateway).last)
            let row = try #require(try await gateway.journalled().last)
            #expect(row.state == .done)
            #expect(row.reason?.hasPrefix("Sent again with the same key. Hoursmith") == true, "\(row.reason ?? "")")
            #expect(posts(gateway) == 2)
        }
    }

    @Test(
        "what a vendor's own client sends again with its own credentials is looked at with them",
        arguments: [true, false]
    )
    func clientRepeats(isHonest: Bool) async throws {
        var plan = try GatewayPlan(proxying: [.hoursmith], ProxyRules(credentials: .client))
        plan.settleAtOnce(.hoursmith)
        plan.vendorTimeoutMilliseconds = 10_000
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway).withCredentials()
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            #expect(try await client.send(key).header("timegate-error") == "outcome_unknown")
            #expect(try await gateway.settledRow()?.state == .needsOperator)
            if !isHonest { gateway.simulator(.hoursmith).inject(Self.ignored) }
            let again = try await client.send(key)
            #expect(Self.reads(gateway) == 1)
            let row = try #require(try await gateway.journalled().last)
            if isHonest {
                #expect(again.status == 201)
                #expect(row.state == .done)
                #expect(row.reason == nil)
                return
            }
            #expect(again.isRefusal("outcome_unknown", of: .hoursmith), "\(again.head)\(again.body)")
            #expect(row.state == .needsOperator)
            #expect(row.vendorEntryID == Self.ids(gateway).last)
            for id in Self.ids(gateway) { #expect(row.reason?.contains(id) == true, "\(row.reason ?? "")") }
            // What the vendor has answered is not sent a third time, whoever asks.
            #expect(try await client.send(key).isRefusal("idempotency_outcome_unknown", of: .hoursmith))
            #expect(posts(gateway) == 2)
        }
    }

    @Test("a write of a vendor's own client with the connection's credentials is looked at by the reconciler")
    func clientOfTheConnection() async throws {
        var plan = try GatewayPlan(proxying: [.hoursmith], ProxyRules(credentials: .connection))
        plan.settleAtOnce(.hoursmith)
        plan.vendorTimeoutMilliseconds = 10_000
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway)
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            gateway.simulator(.hoursmith).inject(Self.ignored)
            #expect(try await client.send(key).header("timegate-error") == "outcome_unknown")
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .needsOperator)
            #expect(Self.ids(gateway).count == 2)
            for id in Self.ids(gateway) { #expect(row.reason?.contains(id) == true, "\(row.reason ?? "")") }
            #expect(try await client.send(key).isRefusal("idempotency_outcome_unknown", of: .hoursmith))
            #expect(posts(gateway) == 2)
        }
    }

    // MARK: - By the plugin's own function

    /// Finds the entry of the day that stands first or last.
    private static func looking(_ pick: String) -> String {
        """
        reconcile = function(entry, call)
            local answer = call.get({ path = "/api/v1/time-entries",
              query = { entryDateFrom = entry.work_date, entryDateTo = entry.work_date, sort = "createdAt" } })
            assert(answer.status == 200)
            local found = answer.body.data
            if #found == 0 then return false end
            return { id = found[\(pick)].id }
          end,
        """
    }

    @Test(
        "another entry than the vendor answered with, found by the plugin's function, is a double",
        arguments: ["1", "#found"]
    )
    func function(pick: String) async throws {
        try await withGateway(Self.plan(reconcile: Self.looking(pick))) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body)))
            gateway.simulator(.hoursmith).inject(Self.ignored)
            let answer = try await gateway.create("hoursmith", entry, headers: keyed)
            let row = try #require(try await gateway.journalled().last)
            #expect(Self.ids(gateway).count == 2)
            if pick == "1" {
                #expect(answer.code == "outcome_unknown")
                try await expectListed(row, naming: Self.ids(gateway), gateway)
            } else {
                // The function has found the one that is known, and says nothing of another.
                #expect(answer.status == 201)
                #expect(row.state == .done)
            }
        }
    }

    @Test(
        "a function that fails or cannot tell leaves the vendor its word",
        arguments: ["error(\"odd\")", "return nil"]
    )
    func functionFails(body: String) async throws {
        try await withGateway(Self.plan(reconcile: "reconcile = function(entry, call) \(body) end,")) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body)))
            #expect(try await gateway.create("hoursmith", entry, headers: keyed).status == 201)
            let row = try #require(try await gateway.journalled().last)
            #expect(row.state == .done)
            #expect(row.reason?.hasPrefix("Sent again with the same key. ") == true, "\(row.reason ?? "")")
        }
    }
}
