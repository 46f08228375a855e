import JSON
import Testing
import VendorSimulators

/// Many callers at once.
struct ConcurrencyTests {
    private static let vendors: [SimulatedVendor] = [.productive, .sonderplan, .hoursmith, .awork]

    @Test func everyRequestOfManyClientsIsAnsweredOnceAndRecordedOnce() async throws {
        let clientCount = 64
        let rounds = 20
        var plan = try GatewayPlan(.productive, .sonderplan, .hoursmith, .awork)
        plan.eventLoops = 2
        try await withGateway(plan) { gateway in
            // All clients send, then all are read: as many requests as clients are under way at any time.
            let answers = try await gateway.blocking {
                let clients = try (0..<clientCount).map { _ in try RawClient(port: gateway.port, timeout: 20) }
                var answers: [String: Answer] = [:]
                for round in 0..<rounds {
                    for (number, client) in clients.enumerated() {
                        let vendor = Self.vendors[(number + round) % Self.vendors.count]
                        let entry = Sample.entry(vendor, note: "\(number)/\(round)")
                        client.send(TestGateway.createRequest(vendor.rawValue, entry.serializedBytes()))
                    }
                    for (number, client) in clients.enumerated() {
                        answers["\(number)/\(round)"] = gateway.keep(try client.response())
                    }
                }
                for client in clients {
                    client.closeSendingSide()
                    let isSilent = try client.isClosedSilently()
                    #expect(isSilent, "an answer came that nobody asked for")
                }
                return answers
            }
            #expect(answers.count == clientCount * rounds)
            #expect(answers.allSatisfy { $0.value.status == 201 && $0.value["data.note"]?.string == $0.key })
            #expect(Set(answers.values.map { $0.header("x-request-id") }).count == clientCount * rounds)
            #expect(Set(answers.values.map { $0.header("location") }).count == clientCount * rounds)
            for (index, vendor) in Self.vendors.enumerated() {
                let ledger = gateway.ledger(vendor)
                #expect(ledger.count == clientCount * rounds / Self.vendors.count)
                #expect(ledger.allSatisfy { $0.stored != nil })
                #expect(Set(ledger.map { $0.stored?.id }).count == ledger.count)
                let member = [
                    "data.attributes.note", "description", "note", "note",
                ][index]
                let notes = try ledger.map { try JSONValue(parsing: $0.body)[path: member]?.string }
                #expect(Set(notes).count == ledger.count)
            }
        }
    }

    /// The notes that Sonderplan got.
    private func notes(_ gateway: TestGateway) throws -> Set<String> {
        Set(try gateway.ledger(.sonderplan).map { try JSONValue(parsing: $0.body)["description"]?.string ?? "" })
    }

    @Test func clientsThatLeaveDisturbNobodyAndTheirEntriesAreRecordedOnce() async throws {
        var plan = try GatewayPlan(.productive, .sonderplan)
        plan.eventLoops = 2
        try await withGateway(plan) { gateway in
            let leavers = 16
            gateway.simulator(.sonderplan).inject(Fault(.latency(milliseconds: 100), count: nil))
            try await gateway.blocking {
                for number in 0..<leavers {
                    let client = try RawClient(port: gateway.port, timeout: 20)
                    let entry = Sample.entry(.sonderplan, note: "\(number)")
                    client.send(TestGateway.createRequest("sonderplan", entry.serializedBytes()))
                    // Gone before the vendor has answered; every other client by a reset.
                    if number % 2 == 0 { client.resetOnClose() }
                    client.close()
                }
            }
            for round in 0..<8 {
                let answer = try await gateway.create("productive", Sample.entry(.productive, note: "\(round)"))
                #expect(answer.status == 201)
            }
            // A request that was whole is carried out, whoever is still there to hear of it. One that was reset may not
            // have been read.
            let whole = Set((0..<leavers).filter { $0 % 2 == 1 }.map(String.init))
            let areRecorded = try await soon { try notes(gateway).isSuperset(of: whole) }
            #expect(areRecorded)
            #expect(try await gateway.create("sonderplan", Sample.entry(.sonderplan, note: "last")).status == 201)
            #expect(try notes(gateway).count == gateway.ledger(.sonderplan).count)
            #expect(gateway.ledger(.productive).count == 8)
        }
    }

    @Test func vendorThatHangsDoesNotHoldUpTheOthers() async throws {
        try await withGateway(GatewayPlan(.productive, .sonderplan)) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.hang, count: nil))
            let statuses = try await gateway.blocking {
                let waiting = try (0..<32).map { number in
                    let client = try RawClient(port: gateway.port, timeout: 20)
                    let entry = Sample.entry(.sonderplan, note: "\(number)")
                    client.send(TestGateway.createRequest("sonderplan", entry.serializedBytes()))
                    return client
                }
                let statuses = try (0..<8).map { round in
                    let entry = Sample.entry(.productive, note: "\(round)")
                    let request = TestGateway.createRequest("productive", entry.serializedBytes())
                    return gateway.keep(try RawClient.exchange(gateway.port, request)).status
                }
                for client in waiting { client.close() }
                return statuses
            }
            #expect(statuses == [Int](repeating: 201, count: 8))
        }
    }
}
