import FaultProxy
import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// Writes of vendors' own clients whose answer was lost, or whose gateway ended: settled where that is sound, else a person's.
@Suite("Settling the writes of vendors' own clients")
struct NativeSettlingTests {
    static let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    static let clientsOwn = ProxyRules(credentials: .client)
    static let connections = ProxyRules(credentials: .connection)

    /// A gateway that looks after what is lost at once, and a simulator on the machine's clock.
    private func plan(_ vendor: SimulatedVendor, _ rules: ProxyRules) throws -> GatewayPlan {
        var plan = try GatewayPlan(proxying: [vendor], rules)
        plan.settleAtOnce(vendor)
        return plan
    }

    @Test(
        "with the connection's credentials the gateway finds the entry, and answers in the vendor's words",
        arguments: [SimulatedVendor.productive, .hoursmith, .awork]
    )
    func connectionsCredentials(vendor: SimulatedVendor) async throws {
        try await withGateway(plan(vendor, Self.connections)) { gateway in
            let client = try await NativeClient.creating(vendor, on: gateway)
            gateway.simulator(vendor).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            #expect(try await client.send(Self.key).header("timegate-error") == "outcome_unknown")
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .done, "\(row.reason ?? "")")
            #expect(row.settledBy == "reconciled")
            let again = try await client.send(Self.key)
            #expect((200..<300).contains(again.status), "\(again.body)")
            #expect(again.header("idempotent-replayed") == "true")
            let id = try #require(row.vendorEntryID)
            #expect(again["data.id"]?.string ?? again["id"]?.string == id, "\(again.body)")
            #expect(again["data.connection"] == nil, "it is not in the unified model's words")
            #expect(gateway.creations(vendor) == 1)
        }
    }

    @Test("of an update a look tells what became of it, where it can", arguments: ["note", "jira_issue_id"])
    func lostUpdate(attribute: String) async throws {
        try await withGateway(plan(.productive, Self.connections)) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let id = try #require(try await client.send()["data.id"]?.string)
            gateway.simulator(.productive).inject(
                Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit, skip: 0)
            )
            let text = #"{"data":{"type":"time_entries","attributes":{"\#(attribute)":"X-1"}}}"#
            let path = "\(client.target)/\(id)"
            let lost = try await client.send(Self.key, method: "PATCH", target: path, text: text)
            #expect(lost.header("timegate-error") == "outcome_unknown", "\(lost.body)")
            let row = try #require(try await gateway.settledRow())
            #expect(row.scope.operation == .update)
            #expect(row.state == (attribute == "note" ? .done : .needsOperator), "\(row.reason ?? "")")
            let again = try await client.send(Self.key, method: "PATCH", target: path, text: text)
            #expect(again.status == (attribute == "note" ? 200 : 409), "\(again.body)")
            if attribute == "note" { #expect(again["data.attributes.note"] == "X-1", "\(again.body)") }
            #expect(gateway.ledger(.productive).count { $0.method == "PATCH" } == 1)
        }
    }

    @Test("with the client's own credentials a person is asked, and told answers the client in the vendor's words")
    func clientsCredentials() async throws {
        try await withGateway(plan(.productive, Self.clientsOwn)) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway).withCredentials()
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            #expect(try await client.send(Self.key).header("timegate-error") == "outcome_unknown")
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .needsOperator)
            #expect(row.reason?.contains("client's own credentials") == true, "\(row.reason ?? "")")
            // Nothing but the client's own requests has reached the vendor.
            #expect(gateway.ledger(.productive).count == 1)
            let held = try await client.send(Self.key)
            #expect(held.isRefusal("idempotency_outcome_unknown", of: .productive))
            #expect(gateway.ledger(.productive).count == 1)
            let id = try #require(gateway.ledger(.productive).first?.stored?.id)
            let shown = try await gateway.admin("/journal/\(row.id)")
            #expect(shown["data.credentials"] == "client")
            let said = try await gateway.adminPost("/journal/\(row.id)", #"{"recorded":"\#(id)","by":"ann"}"#)
            #expect(said.status == 200, "\(said.body)")
            let again = try await client.send(Self.key)
            #expect(again.status == 201, "\(again.body)")
            #expect(again["data.id"]?.string == id)
            #expect(again["data.type"] == "time_entries")
            #expect(again.header("content-type") == "application/vnd.api+json")
            #expect(again.header("idempotent-replayed") == "true")
        }
    }

    @Test("a client of a vendor with keys sends again with its own credentials, and has its one entry")
    func clientRepeats() async throws {
        try await withGateway(plan(.hoursmith, Self.clientsOwn)) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway).withCredentials()
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            #expect(try await client.send(Self.key).header("timegate-error") == "outcome_unknown")
            #expect(try await gateway.settledRow()?.state == .needsOperator)
            // Another account under the same gateway key is another request.
            var other = client
            other.credentials = [("Authorization", "Bearer hsk_test_0123456789ab_canary9999999999999999999999999999")]
            let refused = try await other.send(Self.key)
            #expect(refused.isRefusal("idempotency_key_reused", of: .hoursmith), "\(refused.body)")
            let again = try await client.send(Self.key)
            #expect(again.status == 201, "\(again.body)")
            let id = try #require(gateway.ledger(.hoursmith).first { $0.stored?.operation == "create" }?.stored?.id)
            #expect(again["data.id"]?.string == id)
            let row = try #require(try await gateway.journalled().first)
            #expect(row.state == .done)
            #expect(row.attempt == 2)
            #expect(gateway.creations(.hoursmith) == 1)
            #expect(try await client.send(Self.key).header("idempotent-replayed") == "true")
            #expect(gateway.ledger(.hoursmith).count { $0.method == "POST" } == 2)
        }
    }

    @Test("a repetition that fails leaves the outcome as unknown as it was")
    func repetitionFails() async throws {
        try await withGateway(plan(.hoursmith, Self.clientsOwn)) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway).withCredentials()
            gateway.simulator(.hoursmith).inject(
                Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit, count: 2)
            )
            #expect(try await client.send(Self.key).header("timegate-error") == "outcome_unknown")
            #expect(try await client.send(Self.key).header("timegate-error") == "outcome_unknown")
            gateway.simulator(.hoursmith).inject(Fault(.status(401, contentType: "application/json", body: "{}")))
            #expect(try await client.send(Self.key).status == 401)
            let row = try #require(try await gateway.journalled().first)
            #expect([.unknown, .needsOperator].contains(row.state))
            #expect(try await client.send(Self.key).status == 201)
            #expect(gateway.creations(.hoursmith) == 1)
        }
    }

    // MARK: - Ends of the gateway

    private static let body = """
        {"data":{"type":"time_entries","attributes":{"note":"Second round","date":"2026-11-20","time":120},
        "relationships":{"person":{"data":{"type":"people","id":"8160"}},"service":{"data":{"type":"services","id":"1192"}}}}}
        """

    private func request(clientsOwn: Bool) -> [UInt8] {
        let own =
            clientsOwn ? "X-Auth-Token: \(Sample.token(.productive))\r\nX-Organization-Id: 2055\r\n" : ""
        let head =
            "POST /proxy/productive/api/v2/time_entries HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n"
            + "Idempotency-Key: \(Self.key)\r\nContent-Type: application/vnd.api+json\r\n\(own)"
        return Array("\(head)Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)".utf8)
    }

    private func create(_ life: Life, clientsOwn: Bool) async throws -> Answer {
        try await life.exchange(request(clientsOwn: clientsOwn))
    }

    /// A client that does not wait for the answer.
    private func createAndVanish(_ life: Life) async throws {
        let request = request(clientsOwn: false)
        try await life.sendAndVanish(request)
    }

    @Test("a client that goes while the vendor works loses nothing: the work is finished, and the key answers")
    func clientGoes() async throws {
        try await Lives.of(.productive, timeout: 5_000, proxy: Self.connections) { lives in
            lives.simulator.inject(Fault(.latency(milliseconds: 300)))
            try await lives.live(settles: false) { life in
                try await createAndVanish(life)
                let isDone = try await soon { try await life.row()?.state == .done }
                #expect(isDone)
                let again = try await create(life, clientsOwn: false)
                #expect(again.status == 201)
                #expect(again.header("idempotent-replayed") == "true")
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a write that outlasts the stop says so to the journal before that is closed")
    func stopDuringWrite() async throws {
        try await Lives.of(.productive, timeout: 20_000, proxy: Self.connections) { lives in
            lives.proxy.inject(.lostAnswer(.hold))
            try await lives.live(settles: false) { life in
                try await createAndVanish(life)
                let isUnderWay = try await soon { lives.recorded.count == 1 }
                #expect(isUnderWay)
            }
            try await lives.live(settles: false) { life in
                let row = try #require(try await life.row())
                #expect(row.state == .unknown)
                #expect(row.reason?.contains("ended") == false, "it was told by the call itself: \(row.reason ?? "")")
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a gateway that ends before the intent is durable has sent nothing", arguments: [true, false])
    func beforeTheIntent(clientsOwn: Bool) async throws {
        try await Lives.of(.productive, proxy: clientsOwn ? Self.clientsOwn : Self.connections) { lives in
            try await lives.live(dying: .beforeIntent) { life in _ = try await create(life, clientsOwn: clientsOwn) }
            #expect(lives.proxy.counts.begun == 0)
            try await lives.live { life in
                let row = try await life.row()
                #expect(row == nil)
                #expect(try await create(life, clientsOwn: clientsOwn).status == 201)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test(
        "a gateway that ends around the request leaves a row that the next one settles or lists",
        arguments: [MortalJournal.Moment.afterIntent, .beforeDone],
        [true, false]
    )
    func aroundTheRequest(moment: MortalJournal.Moment, clientsOwn: Bool) async throws {
        try await Lives.of(.productive, proxy: clientsOwn ? Self.clientsOwn : Self.connections) { lives in
            try await lives.live(dying: moment) { life in
                _ = try await create(life, clientsOwn: clientsOwn)
                #expect(try await life.row()?.state == .sending)
            }
            let isRecorded = moment == .beforeDone
            #expect(lives.recorded.count == (isRecorded ? 1 : 0))
            try await lives.live { life in
                let row = try await life.settledRow()
                let again = try await create(life, clientsOwn: clientsOwn)
                if isRecorded, !clientsOwn {
                    #expect(row?.state == .done, "\(row?.reason ?? "")")
                    #expect(again.status == 201)
                    #expect(again["data.id"]?.string == lives.recorded.first)
                } else {
                    #expect(row?.state == .needsOperator)
                    #expect(again.isRefusal("idempotency_outcome_unknown", of: .productive), "\(again.body)")
                }
            }
            #expect(lives.recorded.count == (isRecorded ? 1 : 0))
            #expect(lives.posts == (isRecorded ? 1 : 0))
        }
    }

    @Test("a gateway that ends after the last commit answers the same bytes again", arguments: [true, false])
    func afterTheLastCommit(clientsOwn: Bool) async throws {
        try await Lives.of(.productive, proxy: clientsOwn ? Self.clientsOwn : Self.connections) { lives in
            var first: Answer?
            try await lives.live(dying: .afterDone) { life in first = try await create(life, clientsOwn: clientsOwn) }
            try await lives.live { life in
                let again = try await create(life, clientsOwn: clientsOwn)
                #expect(again.status == 201)
                #expect(again.body == first?.body)
                #expect(again.header("idempotent-replayed") == "true")
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("where the journal cannot be written nothing is sent, reads go on, and it is told in the vendor's shape")
    func fullDisk() async throws {
        try await Lives.of(.productive, proxy: Self.connections) { lives in
            let disk = FailingJournal.Disk()
            try await lives.live(wrapping: { FailingJournal(journal: $0, disk: disk) }) { life in
                disk.refuses = .intents
                let refused = try await create(life, clientsOwn: false)
                #expect(refused.status == 503)
                #expect(refused.isRefusal("journal_unavailable", of: .productive), "\(refused.head)\(refused.body)")
                #expect(refused.header("retry-after") == "5")
                #expect(lives.proxy.counts.begun == 0)
                let list = try await life.exchange(
                    Array(
                        ("GET /proxy/productive/api/v2/time_entries HTTP/1.1\r\nHost: g\r\n"
                            + "Timegate-Key: tg_canary_key_of_jane\r\n\r\n").utf8
                    )
                )
                #expect(list.status == 200, "\(list.body)")
                disk.refuses = .nothing
                #expect(try await create(life, clientsOwn: false).status == 201)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test(
        "a refusal that cannot be written down is told as open: what is open may be sent once more",
        arguments: [401, 422]
    )
    func fullDiskAfterARefusal(status: Int) async throws {
        try await Lives.of(.productive, proxy: Self.connections) { lives in
            let disk = FailingJournal.Disk()
            lives.simulator.inject(Fault(.status(status, contentType: "application/json", body: "{}")))
            try await lives.live(wrapping: { FailingJournal(journal: $0, disk: disk) }) { life in
                disk.refuses = .changes
                let answer = try await create(life, clientsOwn: false)
                #expect(answer.isRefusal("outcome_unknown", of: .productive), "\(answer.head)\(answer.body)")
                disk.refuses = .nothing
                #expect(try await life.settledRow()?.state == .needsOperator)
            }
            #expect(lives.recorded.isEmpty)
            #expect(lives.posts == 1)
        }
    }

    @Test("an answer that cannot be written down is told all the same")
    func fullDiskAfterwards() async throws {
        try await Lives.of(.productive, proxy: Self.connections) { lives in
            let disk = FailingJournal.Disk()
            try await lives.live(wrapping: { FailingJournal(journal: $0, disk: disk) }) { life in
                disk.refuses = .changes
                let answer = try await create(life, clientsOwn: false)
                #expect(answer.status == 201)
                disk.refuses = .nothing
                #expect(try await life.settledRow()?.state == .done)
            }
            #expect(lives.recorded.count == 1)
        }
    }
}
