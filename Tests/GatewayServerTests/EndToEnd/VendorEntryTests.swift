import JSON
import Testing
import VendorSimulators

/// One entry into each vendor: what the caller gets, and what the vendor got.
struct VendorEntryTests {
    /// The one request that the vendor got.
    private func only(_ ledger: [LedgerEntry]) throws -> LedgerEntry {
        #expect(ledger.count == 1)
        return try #require(ledger.first)
    }

    private func expectSent(
        _ request: LedgerEntry,
        _ method: String,
        _ target: String,
        headers: [String: String],
        body: JSONValue
    ) throws {
        #expect(request.method == method)
        #expect(request.target == target)
        for (name, value) in headers { #expect(request.header(name) == value, "\(name)") }
        for header in request.headers {
            let expected =
                headers.keys.contains { $0.lowercased() == header.name.lowercased() }
                || ["host", "user-agent", "content-length", "idempotency-key"].contains(header.name.lowercased())
            #expect(expected, "\(header.name) is sent and not documented")
        }
        let sent = try JSONValue(parsing: request.body)
        #expect(sent.isEquivalent(to: body), "sent: \(sent)")
    }

    @Test func entryIsRecordedAtProductive() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let entry = Sample.entry(.productive, note: "Workshop <with> the client")
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 201)
            #expect(answer.header("location") == "/v1/productive/time-entries/227")
            #expect(answer.header("content-type") == "application/json")
            #expect(answer["data.id"] == "227")
            #expect(answer["data.connection"] == "productive")
            #expect(answer["data.vendor"] == "productive")
            #expect(answer["data.work_date"] == "2026-11-20")
            #expect(answer["data.duration_seconds"] == 7200)
            #expect(answer["data.shape"] == "date_duration")
            #expect(answer["data.note"] == "Workshop <with> the client")
            #expect(answer["data.user.id"] == "8160")
            #expect(answer["data.subjects.service.id"] == "1192")
            #expect(answer["data.subjects.task.id"] == "444")
            #expect(answer["data.approval.state"] == "unapproved")
            #expect(answer["data.tracked_by"] == "manual")
            #expect(answer["data.completeness"] == "partial")
            #expect(answer["data.money"] == nil)
            #expect(answer["data.raw"] == nil)
            #expect(answer.mapped("defaulted") == ["user.id"])
            // The note is HTML at Productive: once on the way out, once on the way back.
            #expect(answer.mapped("converted") == ["duration_seconds", "note", "note"])
            // Productive answers relationships without their ids.
            #expect(answer.mapped("echoed") == ["subjects.service.id", "subjects.task.id", "user.id"])

            try expectSent(
                only(gateway.ledger(.productive)),
                "POST",
                "/api/v2/time_entries",
                headers: [
                    "X-Auth-Token": "<hidden>", "X-Organization-Id": "2055",
                    "Content-Type": "application/vnd.api+json", "Accept": "application/vnd.api+json",
                ],
                body: [
                    "data": [
                        "type": "time_entries",
                        "attributes": [
                            "note": "Workshop &lt;with&gt; the client", "date": "2026-11-20", "time": 120,
                        ],
                        "relationships": [
                            "person": ["data": ["type": "people", "id": "8160"]],
                            "service": ["data": ["type": "services", "id": "1192"]],
                            "task": ["data": ["type": "tasks", "id": "444"]],
                        ],
                    ]
                ]
            )
        }
    }

    @Test func entryIsRecordedAtSonderplan() async throws {
        try await withGateway(GatewayPlan(.sonderplan)) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 201)
            #expect(answer.header("location") == "/v1/sonderplan/time-entries/2384")
            #expect(answer["data.id"] == "2384")
            #expect(answer["data.started_at"] == "2026-11-20T09:00:00+01:00")
            #expect(answer["data.ended_at"] == "2026-11-20T10:30:00+01:00")
            #expect(answer["data.duration_seconds"] == 5400)
            // Sonderplan answers nothing but the id.
            #expect(answer["data.completeness"] == "id_only")
            #expect(answer.mapped("defaulted") == ["user.id"])
            #expect(answer.mapped("derived") == ["ended_at"])
            #expect(answer.mapped("converted") == ["ended_at", "started_at"])
            #expect(answer.mapped("echoed").contains("subjects.project.id"))

            try expectSent(
                only(gateway.ledger(.sonderplan)),
                "POST",
                "/v2/time-entry",
                headers: [
                    "Authorization": "Bearer <hidden>", "Content-Type": "application/json",
                    "Accept": "application/json",
                ],
                body: [
                    "owner_id": 318,
                    "name": "Design",
                    "description": "Second round",
                    "start": 1_795_161_600,
                    "end": 1_795_167_000,
                    "start_date_time_iso": "2026-11-20T09:00:00+01:00",
                    "end_date_time_iso": "2026-11-20T10:30:00+01:00",
                    "project": [["id": 5021]],
                    "billable": true,
                ]
            )
        }
    }

    @Test func entryIsRecordedAtPlannr() async throws {
        try await withGateway(GatewayPlan(.plannr)) { gateway in
            let answer = try await gateway.create("plannr", Sample.entry(.plannr))
            #expect(answer.status == 201)
            let id = try #require(answer["data.id"]?.string)
            #expect(answer.header("location") == "/v1/plannr/time-entries/\(id)")
            #expect(answer["data.user.id"] == .string(Sample.plannrAccount))
            #expect(answer["data.subjects.client.id"] == .string(Sample.plannrClient))
            #expect(answer["data.duration_seconds"] == 2700)
            #expect(answer["data.timer_state"] == "stopped")
            #expect(answer["data.title"] == "Research")
            #expect(answer["data.completeness"] == "full")
            #expect(answer.mapped("defaulted") == ["user.id"])
            #expect(answer.mapped("inconsistent") == [])

            try expectSent(
                only(gateway.ledger(.plannr)),
                "POST",
                "/api/v1/time-entry",
                headers: [
                    "Authorization": "Bearer <hidden>", "X-PLANNR-ACCOUNT-UUID": Sample.plannrAccount,
                    "Content-Type": "application/json", "Accept": "application/json",
                ],
                body: [
                    "trackable_type": "client",
                    "trackable_uuid": .string(Sample.plannrClient),
                    "name": "Research",
                    "description": "Second round",
                    "start_date": "2026-11-20T11:00:00+00:00",
                    "end_date": "2026-11-20T11:45:00+00:00",
                ]
            )
        }
    }

    @Test func entryIsRecordedAtAwork() async throws {
        try await withGateway(GatewayPlan(.awork)) { gateway in
            let answer = try await gateway.create("awork", Sample.entry(.awork))
            #expect(answer.status == 201)
            let id = try #require(answer["data.id"]?.string)
            #expect(answer.header("location") == "/v1/awork/time-entries/\(id)")
            #expect(answer["data.user.id"] == .string(Sample.aworkUser))
            #expect(answer["data.time_zone"] == "Europe/Berlin")
            #expect(answer["data.duration_seconds"] == 5400)
            #expect(answer["data.shape"] == "interval")
            #expect(answer["data.completeness"] == "full")
            // A resourceVersion has more digits than a float can hold.
            #expect(answer["data.version"]?.string?.count == 18)
            #expect(answer.mapped("defaulted") == ["time_zone", "user.id"])
            #expect(answer.mapped("inconsistent") == [])

            try expectSent(
                only(gateway.ledger(.awork)),
                "POST",
                "/api/v1/timeentries",
                headers: [
                    "Authorization": "Bearer <hidden>", "Content-Type": "application/json",
                    "Accept": "application/json",
                ],
                body: [
                    "timezone": "Europe/Berlin",
                    "typeOfWorkId": .string(Sample.aworkActivity),
                    "userId": .string(Sample.aworkUser),
                    "isBillable": true,
                    "projectId": .string(Sample.aworkProject),
                    "note": "Second round",
                    "startDateUtc": "2026-11-20T00:00:00Z",
                    "startTimeUtc": "12:00:00",
                    "endDateUtc": "2026-11-20T00:00:00Z",
                    "endTimeUtc": "13:30:00",
                ]
            )
        }
    }

    @Test func entryIsRecordedAtHoursmith() async throws {
        try await withGateway(GatewayPlan(.hoursmith)) { gateway in
            let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            #expect(answer.status == 201)
            let id = try #require(answer["data.id"]?.string)
            #expect(answer.header("location") == "/v1/hoursmith/time-entries/\(id)")
            #expect(answer["data.work_date"] == "2026-11-20")
            #expect(answer["data.duration_seconds"] == 4500)
            #expect(answer["data.billable"] == false)
            #expect(answer["data.user.id"] == .string(Sample.aworkUser))
            #expect(answer["data.vendor_fields.orgId"] == "25b2c2d5-a7fc-47d0-89e4-8709a1560bfa")
            #expect(answer["data.completeness"] == "full")
            #expect(answer["mapping.rounded"] == nil)

            let request = try only(gateway.ledger(.hoursmith))
            try expectSent(
                request,
                "POST",
                "/api/v1/time-entries",
                headers: [
                    "Authorization": "Bearer <hidden>", "Content-Type": "application/json",
                    "Accept": "application/json",
                ],
                body: [
                    "projectId": .string(Sample.hoursmithProject),
                    "entryDate": "2026-11-20",
                    "durationSeconds": 4500,
                    "billable": false,
                    "note": "Second round",
                ]
            )
            #expect(request.header("Idempotency-Key")?.count == 36)
        }
    }

    @Test func moneyAndRawAnswerComeWhereTheyAreAskedFor() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create(
                "productive",
                Sample.entry(.productive),
                query: "?include=money,raw"
            )
            #expect(answer.status == 201)
            let amounts = answer["data.money"]?.array ?? []
            #expect(amounts.count == 15)
            let cost: JSONValue = ["kind": "cost", "basis": "own", "minor_units": 4000, "currency": "EUR"]
            #expect(amounts.contains { $0.isEquivalent(to: cost) })
            #expect(answer["data.raw.data.attributes.time"] == 120)
        }
    }
}
