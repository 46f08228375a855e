import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Writes whose answer was lost: settled by the vendor's keys, by a look at the vendor, or by a person. Never doubled.
struct ReconcilingTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }

    private static let lostAfter: [Fault] = [
        Fault(.cutAnswer(.body)), Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit),
        Fault(.status(502, contentType: "text/plain", body: "bad"), moment: .afterCommit),
    ]

    @Test("a vendor with keys is sent the same request again, and records it once", arguments: lostAfter)
    func keyedVendor(fault: Fault) async throws {
        try await withGateway(GatewayPlan.settling(.hoursmith)) { gateway in
            // The repetition within the call is lost too.
            var fault = fault
            fault.count = 2
            gateway.simulator(.hoursmith).inject(fault)
            let lost = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(lost.code == "outcome_unknown")
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .done)
            #expect(record.settledBy == "reconciled")
            #expect(gateway.creations(.hoursmith) == 1)
            let again = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(again.status == 201)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(again["data.id"]?.string == record.vendorEntryID)
            #expect(gateway.creations(.hoursmith) == 1)
        }
    }

    @Test("a vendor with keys that recorded nothing records it then")
    func keyedVendorThatDidNotRecord() async throws {
        try await withGateway(GatewayPlan.settling(.hoursmith)) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: true), count: 2))
            let lost = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(lost.code == "outcome_unknown")
            #expect(try await gateway.settledRow()?.state == .done)
            #expect(gateway.creations(.hoursmith) == 1)
        }
    }

    @Test("a repetition counts in the vendor's windows, and waits while they are used up", arguments: [2, 3])
    func repetitionWithinTheWindows(requests: Int) async throws {
        var plan = try GatewayPlan.settling(.hoursmith)
        plan.change("hoursmith") { $0.rateWindows = [RateWindow(requests: requests, seconds: 3600)].compactMap { $0 } }
        try await withGateway(plan) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: true), count: 2))
            let lost = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(lost.code == "outcome_unknown")
            if requests == 3 {
                #expect(try await gateway.settledRow()?.state == .done)
                #expect(gateway.creations(.hoursmith) == 1)
            } else {
                // Several rounds later it is still open, with nothing sent.
                try await Task.sleep(for: .milliseconds(500))
                let row = try #require(try await gateway.journalled().last)
                #expect(row.state.isBeingSettled, "\(row.state)")
            }
            #expect(gateway.ledger(.hoursmith).count { $0.method == "POST" } == requests)
            // Nothing is left for others.
            let other = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            #expect(other.code == "vendor_limit")
        }
    }

    @Test("a look counts in the vendor's windows, and waits while they are used up", arguments: [1, 4])
    func lookWithinTheWindows(requests: Int) async throws {
        var plan = try GatewayPlan.settling(.productive)
        plan.change("productive") { $0.rateWindows = [RateWindow(requests: requests, seconds: 3600)].compactMap { $0 } }
        try await withGateway(plan) { gateway in
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true), moment: .afterCommit))
            let lost = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(lost.code == "outcome_unknown")
            if requests == 1 {
                // Several rounds later it is still open, and nobody has looked.
                try await Task.sleep(for: .milliseconds(500))
                let row = try #require(try await gateway.journalled().last)
                #expect(row.state.isBeingSettled, "\(row.state)")
                #expect(gateway.ledger(.productive).allSatisfy { $0.method == "POST" })
            } else {
                #expect(try await gateway.settledRow()?.state == .done)
                #expect(gateway.ledger(.productive).contains { $0.method == "GET" })
            }
            #expect(gateway.ledger(.productive).count <= requests)
        }
    }

    @Test("within a call a vendor with keys is asked once more, and the caller sees nothing of it")
    func repetitionWithinTheCall() async throws {
        try await withGateway(GatewayPlan.settling(.hoursmith)) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body)))
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith), headers: keyed)
            #expect(answer.status == 201)
            #expect(gateway.ledger(.hoursmith).count { $0.method == "POST" } == 2)
            #expect(gateway.creations(.hoursmith) == 1)
        }
    }

    @Test(
        "a vendor without keys is looked at, and exactly this entry found",
        arguments: [SimulatedVendor.productive, .awork, .plannr],
        lostAfter
    )
    func lookedAt(vendor: SimulatedVendor, fault: Fault) async throws {
        try await withGateway(GatewayPlan.settling(vendor)) { gateway in
            // Others that are not it.
            for note in ["another", "one more"] {
                #expect(try await gateway.create(vendor.rawValue, Sample.entry(vendor, note: note)).status == 201)
            }
            gateway.simulator(vendor).inject(fault)
            let entry = Sample.entry(vendor, note: "the lost one")
            let lost = try await gateway.create(vendor.rawValue, entry, headers: keyed)
            #expect(lost.code == "outcome_unknown")
            #expect(gateway.creations(vendor) == 3)
            let record = try #require(try await gateway.settledRow())
            try #require(record.state == .done, "\(record.reason ?? "")")
            #expect(
                record.vendorEntryID == gateway.ledger(vendor).last { $0.stored?.operation == "create" }?.stored?.id
            )
            let again = try await gateway.create(vendor.rawValue, entry, headers: keyed)
            #expect(again.status == 201)
            #expect(again["data.id"]?.string == record.vendorEntryID)
            #expect(gateway.creations(vendor) == 3)
        }
    }

    @Test(
        "what was rounded, joined or left out with the caller's leave is found as the vendor holds it",
        arguments: [SimulatedVendor.productive, .awork],
        [true, false]
    )
    func heldOtherwise(vendor: SimulatedVendor, isChange: Bool) async throws {
        let plugin = try Plugins.consistent(vendor.rawValue)
        var plan = try GatewayPlan.settling(vendor)
        plan.change(vendor.rawValue) { $0.plugin = plugin }
        try await withGateway(plan) { gateway in
            var entry = try #require(Sample.entry(vendor).object)
            if vendor == .productive {
                entry["duration"] = nil
                entry["duration_seconds"] = 1000
            }
            entry["title"] = "First <line> & more"
            entry["note"] = "the lost one\nof two lines"
            entry["break_seconds"] = vendor == .productive ? 60 : nil
            let headers: KeyValuePairs<String, String> = [
                "Idempotency-Key": key, "Prefer": "handling=lenient; rounding=up",
            ]
            var answers: [Answer] = []
            if isChange {
                let created = try await gateway.create(vendor.rawValue, Sample.entry(vendor, note: "before"))
                let path = "/v1/\(vendor.rawValue)/time-entries/\(try #require(created["data.id"]?.string))"
                gateway.simulator(vendor).inject(Fault(.cutAnswer(.body), skip: 1))
                for _ in 0..<2 {
                    let body = JSONValue.object(entry).serialized(.compact)
                    answers.append(try await gateway.send("PATCH", path, body, headers: headers))
                    _ = try await gateway.settledRow()
                }
            } else {
                gateway.simulator(vendor).inject(Fault(.cutAnswer(.body)))
                for _ in 0..<2 {
                    answers.append(try await gateway.create(vendor.rawValue, .object(entry), headers: headers))
                    _ = try await gateway.settledRow()
                }
            }
            #expect(answers[0].code == "outcome_unknown", "\(answers[0].body)")
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .done, "\(record.reason ?? "")")
            #expect(answers[1].header("idempotent-replayed") == "true", "\(answers[1].body)")
            #expect(gateway.creations(vendor) == 1)
            if vendor == .productive { #expect(answers[1]["data.duration_seconds"] == 1020) }
        }
    }

    @Test(
        "an entry is found by its instants, in whichever zone its day is told",
        arguments: [SimulatedVendor.plannr, .awork]
    )
    func dayOfAnotherZone(vendor: SimulatedVendor) async throws {
        let plugin = try Plugins.consistent(vendor.rawValue)
        var plan = try GatewayPlan.settling(vendor)
        plan.change(vendor.rawValue) {
            $0.plugin = plugin
            $0.zone = "Europe/Berlin"
        }
        try await withGateway(plan) { gateway in
            gateway.simulator(vendor).inject(Fault(.cutAnswer(.body)))
            var entry = try #require(Sample.entry(vendor).object)
            entry["started_at"] = "2026-11-19T21:30:00-05:00"
            entry["ended_at"] = "2026-11-19T22:15:00-05:00"
            entry["time_zone"] = "America/New_York"
            let lost = try await gateway.create(vendor.rawValue, .object(entry), headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.body)")
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .done, "\(record.reason ?? "")")
            let again = try await gateway.create(vendor.rawValue, .object(entry), headers: keyed)
            #expect(again.status == 201)
            #expect(again["data.id"]?.string == record.vendorEntryID)
            #expect(gateway.creations(vendor) == 1)
        }
    }

    @Test(
        "a change that the vendor never got is not taken for made",
        arguments: [
            (SimulatedVendor.productive, #"{"subjects":{"task":null}}"#), (.awork, #"{"note":null}"#),
            (.awork, #"{"subjects":{"project":null}}"#), (.awork, #"{"billing":{"state":"billed"}}"#),
            (.awork, #"{"time_zone":"America/New_York"}"#), (.productive, #"{"note":"another"}"#),
        ]
    )
    func lostChange(vendor: SimulatedVendor, patch: String) async throws {
        try await withGateway(GatewayPlan.settling(vendor)) { gateway in
            var entry = try #require(Sample.entry(vendor).object)
            if vendor == .productive { entry["subjects"] = ["service": ["id": "1192"], "task": ["id": "444"]] }
            let created = try await gateway.create(vendor.rawValue, .object(entry))
            #expect(created.status == 201, "\(created.body)")
            let path = "/v1/\(vendor.rawValue)/time-entries/\(try #require(created["data.id"]?.string))"
            gateway.simulator(vendor).inject(Fault(.closeBeforeAnswer(reset: true), skip: 1))
            let lost = try await gateway.send("PATCH", path, patch, headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.status) \(lost.body)")
            let row = try await gateway.settledRow(of: .update)
            #expect(row?.state != .done, "\(row?.reason ?? "")")
            #expect(gateway.ledger(vendor).allSatisfy { $0.stored?.operation != "update" })
        }
    }

    @Test("an approval meanwhile is not taken for the rejection that was lost, and a rejection that was made is found")
    func lostRejection() async throws {
        for isMade in [true, false] {
            try await withGateway(GatewayPlan.settling(.productive)) { gateway in
                let created = try await gateway.create("productive", Sample.entry(.productive))
                let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
                gateway.simulator(.productive).inject(
                    Fault(.closeBeforeAnswer(reset: true), moment: isMade ? .afterCommit : .beforeCommit, skip: 1)
                )
                let lost = try await gateway.send("POST", "\(path)/reject", "{}", headers: keyed)
                #expect(lost.code == "outcome_unknown", "\(lost.status) \(lost.body)")
                if !isMade {
                    #expect(try await gateway.post("\(path)/approve", "{}").status == 200)
                }
                let row = try await gateway.settledRow(of: .reject)
                #expect((row?.state == .done) == isMade, "\(row?.reason ?? "")")
            }
        }
    }

    @Test("a rejection that another one hides is told by its reason", arguments: [true, false])
    func lostReason(isMade: Bool) async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            #expect(try await gateway.post("\(path)/reject", #"{"reason":"first"}"#).status == 200)
            gateway.simulator(.productive).inject(
                Fault(.closeBeforeAnswer(reset: true), moment: isMade ? .afterCommit : .beforeCommit, skip: 1)
            )
            let lost = try await gateway.send("POST", "\(path)/reject", #"{"reason":"second"}"#, headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.status) \(lost.body)")
            _ = try await soon {
                try await gateway.journalled().allSatisfy { !$0.state.isBeingSettled }
            }
            let row = try await gateway.journalled().first { $0.scope.key == key }
            #expect((row?.state == .done) == isMade, "\(row?.reason ?? "")")
        }
    }

    @Test("a deletion whose answer was lost, and which is found done when it is sent again, is done under its key too")
    func deletedTwice() async throws {
        for vendor in [SimulatedVendor.productive, .plannr, .awork, .hoursmith] {
            try await withGateway(GatewayPlan.settling(vendor)) { gateway in
                let created = try await gateway.create(vendor.rawValue, Sample.entry(vendor))
                let id = try #require(created["data.id"]?.string)
                let path = "/v1/\(vendor.rawValue)/time-entries/\(id)"
                gateway.simulator(vendor).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
                let gone = try await gateway.send("DELETE", path, headers: keyed)
                #expect(gone.status == 204, "\(vendor): \(gone.body)")
                let row = try await gateway.journalled().last { $0.scope.operation == .delete }
                #expect(row?.state == .done, "\(vendor): \(row?.reason ?? "")")
                let again = try await gateway.send("DELETE", path, headers: keyed)
                #expect(again.status == 204, "\(vendor): \(again.body)")
                #expect(again.header("idempotent-replayed") == "true")
            }
        }
    }

    @Test(
        "a page of something between, in answer to a deletion that is sent again, does not say that the entry is gone"
    )
    func deletedByNobody() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: false)))
            gateway.simulator(.productive).inject(
                Fault(.status(404, contentType: "text/html", body: "<html></html>"))
            )
            let lost = try await gateway.send("DELETE", path, headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.status) \(lost.body)")
            let row = try await gateway.settledRow(of: .delete)
            #expect(row?.state != .done, "\(row?.reason ?? "")")
        }
    }

    @Test("a refusal says whether its key is spent")
    func spentKey() async throws {
        for (status, isSpent) in [
            (400, true), (409, true), (422, true), (401, false), (403, false), (404, false), (423, false),
        ] {
            try await withGateway(GatewayPlan.settling(.productive)) { gateway in
                let fault = Fault(.status(status, contentType: "application/json", body: "{}"))
                gateway.simulator(.productive).inject(fault)
                let entry = Sample.entry(.productive)
                let refused = try await gateway.create("productive", entry, headers: keyed)
                #expect(refused["key_is_spent"] == (isSpent ? true : nil), "\(status): \(refused.body)")
                let again = try await gateway.create("productive", entry, headers: keyed)
                #expect((again.header("idempotent-replayed") == "true") == isSpent, "\(status)")
                if isSpent { #expect(again["key_is_spent"] == true) }
                let keyless = Fault(.status(status, contentType: "application/json", body: "{}"))
                gateway.simulator(.productive).inject(keyless)
                #expect(try await gateway.create("productive", entry)["key_is_spent"] == nil)
            }
        }
    }

    @Test("among entries that are alike their texts tell which one was lost")
    func toldByText() async throws {
        var plan = try GatewayPlan.settling(.productive)
        plan.settleMilliseconds = 1500
        try await withGateway(plan) { gateway in
            gateway.simulator(.productive).inject(Fault(.cutAnswer(.body), count: 3))
            for note in ["one", "two", "three"] {
                _ = try await gateway.create("productive", Sample.entry(.productive, note: note))
            }
            let isSettled = try await soon {
                let rows = try await gateway.journalled()
                return rows.count == 3 && rows.allSatisfy { $0.state == .done }
            }
            #expect(isSettled)
            #expect(Set(try await gateway.journalled().map(\.vendorEntryID)).count == 3)
        }
    }

    @Test("what two reads do not find is a person's, where the vendor promises nothing of its lists")
    func notFound() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true)))
            let entry = Sample.entry(.productive)
            _ = try await gateway.create("productive", entry, headers: keyed)
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .needsOperator)
            let again = try await gateway.create("productive", entry, headers: keyed)
            #expect(again.status == 409)
            #expect(again.detail.contains("timegate journal show \(record.id)"))

            let shown = try await gateway.admin("/journal/\(record.id)")
            #expect(shown["data.caller"] == "jane")
            #expect(shown["data.entry.work_date"] == "2026-11-20")
            let refused = try await gateway.adminPost("/journal/\(record.id)", "{\"by\":\"olga\"}")
            #expect(refused.status == 422)
            let resolved = try await gateway.adminPost(
                "/journal/\(record.id)",
                "{\"not_recorded\":true,\"by\":\"olga\"}"
            )
            #expect(resolved["data.state"] == "not_recorded")
            #expect(resolved["data.sent"] == "no")
            let fresh = try await gateway.create("productive", entry, headers: keyed)
            #expect(fresh.status == 201)
            #expect(gateway.creations(.productive) == 1)
            // Who said so stays listed beside the write that has the key now.
            let outcomes = try await gateway.get("/v1/outcomes/\(key)")
            #expect(outcomes["data"]?.array?.map { $0["state"]?.string } == ["not_recorded", "done"])
            #expect(outcomes["data.0.settled_by"] == "olga")
            #expect(outcomes["data.0.sent"] == "no")
            #expect(outcomes["data.1.sent"] == "yes")
            let said = try await gateway.admin("/journal/\(record.id)")
            #expect(said["data.settled_by"] == "olga")
            #expect(said["data.entry.work_date"] == "2026-11-20")
            // It is settled once only.
            let twice = try await gateway.adminPost("/journal/\(record.id)", #"{"recorded":"9","by":"joe"}"#)
            #expect(twice.status == 409)
        }
    }

    @Test("a person cannot make two writes one entry, nor a change that of another")
    func slipOfThePerson() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let entry = Sample.entry(.productive)
            let first = try #require(try await gateway.create("productive", entry)["data.id"]?.string)
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true)))
            _ = try await gateway.create("productive", entry, headers: keyed)
            let lost = try #require(try await gateway.settledRow())
            #expect(lost.state == .needsOperator)
            let taken = try await gateway.adminPost("/journal/\(lost.id)", #"{"recorded":"\#(first)","by":"olga"}"#)
            #expect(taken.status == 422)
            #expect(taken.detail.contains("is that of the write"))
            let right = try await gateway.adminPost("/journal/\(lost.id)", #"{"recorded":"9999","by":"olga"}"#)
            #expect(right.status == 200, "\(right.body)")

            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true), moment: .afterCommit, skip: 1))
            let path = "/v1/productive/time-entries/\(first)"
            let body = #"{"subjects":{"task":null},"external_refs":{"jira":{"issue_id":"J-1"}}}"#
            _ = try await gateway.send("PATCH", path, body, headers: ["Prefer": "handling=lenient"])
            let change = try #require(try await gateway.settledRow(of: .update))
            #expect(change.state == .needsOperator, "\(change.reason ?? "")")
            let other = try await gateway.adminPost("/journal/\(change.id)", #"{"recorded":"9999","by":"olga"}"#)
            #expect(other.status == 422)
            #expect(other.detail.contains("is about the entry \(first)"))
        }
    }

    @Test("an entry without an id in the vendor's list is a person's, and ends nothing")
    func foundWithoutID() async throws {
        let list =
            #"{"data":[{"type":"time_entries","attributes":{"date":"2026-11-20","time":120,"note":"other"}}],"meta":{"total_pages":1}}"#
        let vendor = try RecordingVendor { message, wire in
            guard message.line.hasPrefix("GET") else { return false }
            wire.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: \(list.utf8.count)\r\n\r\n\(list)"
            )
            return true
        }
        defer { vendor.stop() }
        var plan = try GatewayPlan.settling(.productive)
        let origin = vendor.origin
        plan.change("productive") { $0.upstream = .origin(origin) }
        try await withGateway(plan) { gateway in
            let lost = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.body)")
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .needsOperator)
            #expect(row.reason?.contains("nearly it: ?") == true, "\(row.reason ?? "")")
        }
    }

    @Test("two entries that could be it are a person's, and the person's word is the answer")
    func ambiguous() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let entry = Sample.entry(.productive)
            gateway.simulator(.productive).inject(Fault(.cutAnswer(.body)))
            _ = try await gateway.create("productive", entry, headers: keyed)
            // Somebody books the same at the vendor by hand.
            let ledger = try #require(gateway.ledger(.productive).last { $0.method == "POST" })
            let head =
                [
                    "POST \(ledger.target) HTTP/1.1", "Host: vendor", "X-Auth-Token: \(Sample.token(.productive))",
                    "X-Organization-Id: 2055", "Content-Type: application/vnd.api+json",
                    "Content-Length: \(ledger.body.utf8.count)",
                ].joined(separator: "\r\n") + "\r\n\r\n"
            let byHand = try await gateway.exchange(
                Array((head + ledger.body).utf8),
                port: gateway.simulator(.productive).port
            )
            #expect(byHand.status == 201)
            var record = try #require(try await gateway.settledRow())
            // The first look may have come before the hand.
            if record.state == .needsOperator {
                #expect(record.reason?.contains("2 entries") == true)
                let answer = try await gateway.adminPost(
                    "/journal/\(record.id)",
                    "{\"recorded\":\"227\",\"by\":\"olga\"}"
                )
                #expect(answer["data.settled_by"] == "olga")
                record = try #require(try await gateway.settledRow())
            }
            #expect(record.state == .done)
            let again = try await gateway.create("productive", entry, headers: keyed)
            #expect(again.status == 201)
            #expect(again["data.id"]?.string == record.vendorEntryID)
        }
    }

    @Test("a deletion whose answer was lost is done when the entry is gone")
    func deletion() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            // The deletion may be sent again by itself; both answers are lost.
            gateway.simulator(.productive).inject(Fault(.cutAnswer(.header), count: 3, skip: 1))
            let lost = try await gateway.send("DELETE", path, headers: keyed)
            #expect(lost.code == "outcome_unknown" || lost.status == 204)
            _ = try await gateway.settledRow()
            let again = try await gateway.send("DELETE", path, headers: keyed)
            #expect(again.status == 204)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(gateway.ledger(.productive).count { $0.stored?.operation == "delete" } == 1)
        }
    }

    @Test("a change whose answer was lost is done when the entry is as it should be")
    func change() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            gateway.simulator(.productive).inject(Fault(.cutAnswer(.body), skip: 1))
            let lost = try await gateway.send("PATCH", path, "{\"note\":\"changed\"}", headers: keyed)
            #expect(lost.code == "outcome_unknown")
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .done, "\(record.reason ?? "")")
            let again = try await gateway.send("PATCH", path, "{\"note\":\"changed\"}", headers: keyed)
            #expect(again["data.note"] == "changed")
            #expect(gateway.ledger(.productive).count { $0.method == "PATCH" } == 1)
        }
    }
}
