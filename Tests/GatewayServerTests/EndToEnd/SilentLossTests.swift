import GatewayCore
import JSON
import Testing
import VendorSimulators

/// What a caller says and a vendor would not hear is refused or told, and nothing else is put in its place.
struct SilentLossTests {
    private func entry(_ vendor: SimulatedVendor, _ more: (String, JSONValue)...) -> String {
        var object = Sample.entry(vendor).object ?? JSONObject()
        for (name, value) in more { object[name] = value }
        return JSONValue.object(object).serialized(.compact)
    }

    @Test(
        "time for somebody who is only named is not booked for the caller",
        arguments: SimulatedVendor.allCases,
        [["name": "Bob Miller"], ["email": "bob@example.com"]] as [JSONObject]
    )
    func namedUser(vendor: SimulatedVendor, user: JSONObject) async throws {
        try await withGateway(GatewayPlan.unrestricted(vendor)) { gateway in
            let path = "/v1/\(vendor.rawValue)/time-entries"
            let refused = try await gateway.post(path, entry(vendor, ("user", .object(user))))
            #expect(refused.status == 422, "\(refused.body)")
            #expect(refused["errors.0.field"] == "user.id")
            #expect(gateway.ledger(vendor).isEmpty)
        }
    }

    @Test("an entry is not handed to somebody who is only named")
    func namedNewUser() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            let refused = try await gateway.send("PATCH", path, #"{"user":{"name":"Bob Miller"}}"#)
            #expect(refused.status == 422, "\(refused.body)")
            // Beside the id that the entry has, a name is only a name.
            let own = try #require(created["data.user.id"]?.string)
            let same = #"{"user":{"id":"\#(own)","name":"Jane"},"note":"x"}"#
            #expect(try await gateway.send("PATCH", path, same).status == 200)
        }
    }

    @Test(
        "a reference that is no object is not lost without a word",
        arguments: [SimulatedVendor.productive, .hoursmith],
        ["ABC-1", 5, ["ABC-1"]] as [JSONValue]
    )
    func reference(vendor: SimulatedVendor, value: JSONValue) async throws {
        try await withGateway(GatewayPlan.unrestricted(vendor)) { gateway in
            let path = "/v1/\(vendor.rawValue)/time-entries"
            let refused = try await gateway.post(path, entry(vendor, ("external_refs", ["jira": value])))
            #expect(refused.status == 422, "\(refused.body)")
            #expect(refused["errors.0.field"] == "external_refs.jira")
        }
    }

    @Test(
        "a reference that no answer shows is taken away all the same",
        arguments: [#"{"jira":{"issue_id":null,"worklog_id":null}}"#, #"{"jira":null}"#, "null"]
    )
    func clearedReference(patch: String) async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let base = "/v1/productive/time-entries"
            let references: JSONValue = ["jira": ["issue_id": "ZZ-1", "worklog_id": "W9"]]
            let created = try await gateway.post(base, entry(.productive, ("external_refs", references)))
            let id = try #require(created["data.id"]?.string)
            let body = #"{"external_refs":\#(patch)}"#
            #expect(try await gateway.send("PATCH", "\(base)/\(id)", body).status == 200)
            let sent = try #require(gateway.ledger(.productive).last { $0.method == "PATCH" })
            let attributes = try JSONValue(parsing: sent.body)["data"]?["attributes"]
            #expect(attributes?["jira_issue_id"] == .null, "\(sent.body)")
            #expect(attributes?["jira_worklog_id"] == .null)
        }
    }

    @Test(
        "two filters that the vendor has one name for are refused",
        arguments: ["from=2026-10-05&vendor[date][gt_eq]=2026-10-01", "approval=approved&vendor[status]=2"]
    )
    func filters(query: String) async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let answer = try await gateway.get("/v1/productive/time-entries?\(query)")
            #expect(answer.status == 400 || answer.status == 422, "\(answer.body)")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test("of several entries that are refused together none is said not to be there")
    func refusedTogether() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let id = try #require(created["data.id"]?.string)
            let body = #"{"ids":["\#(id)","999999"]}"#
            let answer = try await gateway.post("/v1/productive/time-entries/actions/approve", body)
            #expect(answer["data.0.problem.code"] == "vendor_invalid", "\(answer.body)")
            #expect(answer["data.0.problem.detail"]?.string?.contains("does not say for which") == true)
        }
    }

    @Test("a plan of a change that changes nothing says that nothing would be sent")
    func emptyPlan() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive, note: "same"))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))?dry_run=reads"
            let same = try await gateway.send("PATCH", path, #"{"note":"same"}"#)
            #expect(same.body.contains("nothing would be sent"), "\(same.body)")
            let other = try await gateway.send("PATCH", path, #"{"note":"other"}"#)
            #expect(!other.body.contains("nothing would be sent"))
        }
    }

    @Test("a title is not put before a note whose markup it would cost")
    func markup() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let base = "/v1/productive/time-entries"
            let created = try await gateway.post("\(base)?include=raw", entry(.productive, ("note", "plain & simple")))
            let id = try #require(created["data.id"]?.string)
            #expect(try await gateway.send("PATCH", "\(base)/\(id)", #"{"title":"T"}"#).status == 200)
            let read = try await gateway.get("\(base)/\(id)?include=raw")
            #expect(read["data.note"]?.string == "T\nplain & simple")
            // As somebody has written it in the vendor's own editor.
            let raw = try #require(read["data.raw"]).serialized(.compact)
                .replacing("T<br>plain &amp; simple", with: "<div>Hello <b>bold</b></div>")
            for isLenient in [false, true] {
                gateway.simulator(.productive).inject(Fault(.notJSON(contentType: "application/json", body: raw)))
                let answer = try await gateway.send(
                    "PATCH",
                    "\(base)/\(id)",
                    #"{"title":"New"}"#,
                    headers: isLenient ? ["Prefer": "handling=lenient"] : [:]
                )
                #expect(answer.status == (isLenient ? 200 : 422), "\(answer.body)")
                #expect(answer.body.contains(isLenient ? "Its markup" : "markup would be lost"))
            }
        }
    }

    @Test("a day that the times which are sent do not show is not called sent")
    func dayOfTimes() async throws {
        try await withGateway(GatewayPlan.unrestricted(.sonderplan)) { gateway in
            let path = "/v1/sonderplan/time-entries"
            for (day, status) in [("2026-11-20", 201), ("2026-11-21", 422)] {
                let body = entry(.sonderplan, ("started_at", "2026-11-20T23:30:00Z"), ("work_date", .string(day)))
                let answer = try await gateway.post(path, body)
                #expect(answer.status == status, "\(answer.body)")
            }
            #expect(gateway.ledger(.sonderplan).count == 1)
        }
    }

    @Test("to take away what a vendor cannot hold is no loss")
    func nothingToClear() async throws {
        try await withGateway(GatewayPlan.unrestricted(.hoursmith)) { gateway in
            let created = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            let path = "/v1/hoursmith/time-entries/\(try #require(created["data.id"]?.string))"
            for member in [
                #""external_refs":{"jira":{"issue_id":null}}"#, #""external_refs":null"#,
                #""custom_fields":{"a":null}"#,
            ] {
                let answer = try await gateway.send("PATCH", path, "{\(member)}")
                #expect(answer.status == 200, "\(member): \(answer.body)")
            }
            #expect(!gateway.ledger(.hoursmith).contains { $0.method == "PATCH" })
        }
    }
}
