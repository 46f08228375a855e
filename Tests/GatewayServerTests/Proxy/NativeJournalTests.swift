import GatewayCore
import GatewayServer
import Glibc
import JSON
import PluginHost
import Synchronization
import Testing
import VendorSimulators

/// Writes of vendors' own clients: one execution for one key, and the vendor's own answer again.
@Suite("Keys and the journal for vendors' own clients")
struct NativeJournalTests {
    static let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    static let clientsOwn = ProxyRules(credentials: .client)

    /// The body with another note, spelled by whoever wrote it.
    private func changed(_ body: String) -> String { body.replacing("Second round", with: "Third round") }

    @Test(
        "a write without a key has a row under a new one, which the answer names",
        arguments: [SimulatedVendor.productive, .awork, .plannr, .sonderplan]
    )
    func generatedKey(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan(proxying: [vendor])) { gateway in
            let client = try await NativeClient.creating(vendor, on: gateway)
            let answer = try await client.send()
            #expect((200..<300).contains(answer.status), "\(answer.body)")
            #expect(answer.header("timegate-error") == nil)
            let key = try #require(answer.header("idempotency-key"))
            let row = try #require(try await gateway.journalled().first)
            #expect(row.state == .done)
            #expect(row.isKeyGenerated)
            #expect(row.scope.key == key)
            #expect(row.reply?.body == Array(answer.body.utf8))
            #expect(row.vendorEntryID == gateway.ledger(vendor).last?.stored?.id)
            let outcome = try await gateway.get("/v1/outcomes/\(key)")
            #expect(outcome["data.0.state"] == "done")
            #expect(outcome["data.0.is_key_generated"] == true)
            #expect(outcome["data.0.entry_id"]?.string == row.vendorEntryID)
            #expect(try await gateway.get("/v1/outcomes/another").status == 404)
        }
    }

    @Test(
        "the same request with its key has the vendor's answer again, byte for byte, and another one is refused",
        arguments: SimulatedVendor.allCases
    )
    func replay(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan(proxying: [vendor])) { gateway in
            let client = try await NativeClient.creating(vendor, on: gateway)
            let first = try await client.send(Self.key)
            #expect((200..<300).contains(first.status), "\(first.body)")
            #expect(first.header("idempotent-replayed") == nil)
            let again = try await client.send(Self.key)
            #expect(again.status == first.status)
            #expect(again.body == first.body)
            #expect(again.header("content-type") == first.header("content-type"))
            #expect(again.header("idempotent-replayed") == "true")
            #expect(again.header("timegate-error") == nil)
            let other = try await client.send(Self.key, text: changed(client.body))
            #expect(other.status == 422)
            #expect(other.isRefusal("idempotency_key_reused", of: vendor), "\(other.head)\(other.body)")
            #expect(gateway.creations(vendor) == 1)
            // A key of the gateway's stays with it; a vendor that has its own gets one that tells whose it is.
            let sent = try #require(gateway.ledger(vendor).last { $0.stored?.operation == "create" })
            let received = sent.headers.filter { $0.name.lowercased() == "idempotency-key" }.map(\.value)
            #expect(received.count == (vendor == .hoursmith ? 1 : 0))
            #expect(!received.contains(Self.key))
        }
    }

    @Test(
        "an answer that was lost is told as unknown, and the same request is not sent again",
        arguments: SimulatedVendor.allCases
    )
    func unknown(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan(proxying: [vendor])) { gateway in
            let client = try await NativeClient.creating(vendor, on: gateway)
            gateway.simulator(vendor).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            let lost = try await client.send(Self.key)
            #expect(lost.status == 502)
            #expect(lost.isRefusal("outcome_unknown", of: vendor), "\(lost.head)\(lost.body)")
            #expect(lost.header("idempotency-key") == Self.key)
            #expect(try await gateway.journalled().first?.state == .unknown)
            let again = try await client.send(Self.key)
            #expect(again.status == 409)
            #expect(again.isRefusal("idempotency_outcome_unknown", of: vendor), "\(again.head)\(again.body)")
            #expect(again.header("retry-after") == "10")
            #expect(gateway.creations(vendor) == 1)
            #expect(try await gateway.get("/v1/outcomes/\(Self.key)")["data.0.sent"] == "maybe")
        }
    }

    @Test("while the first is under way the same request is refused", arguments: SimulatedVendor.allCases)
    func inProgress(vendor: SimulatedVendor) async throws {
        let isReleased = Atomic(false)
        let slow = try RecordingVendor { _, wire in
            while !isReleased.load(ordering: .acquiring) { usleep(1_000) }
            wire.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
            return true
        }
        defer {
            isReleased.store(true, ordering: .releasing)
            slow.stop()
        }
        var plan = try GatewayPlan(proxying: [vendor])
        let origin = slow.origin
        plan.change(vendor.rawValue) { $0.upstream = .origin(origin) }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(vendor, on: gateway)
            async let first = client.send(Self.key)
            let isThere = try await soon { !slow.messages.isEmpty }
            #expect(isThere)
            let second = try await client.send(Self.key)
            #expect(second.status == 409)
            #expect(second.isRefusal("idempotency_in_progress", of: vendor), "\(second.head)\(second.body)")
            #expect(second.header("retry-after") == "1")
            let other = try await client.send(Self.key, text: changed(client.body))
            #expect(other.status == 422)
            isReleased.store(true, ordering: .releasing)
            #expect(try await first.status == 401)
            #expect(slow.messages.count == 1)
        }
    }

    @Test("64 at once with one key are one request to the vendor")
    func race() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<64 { group.addTask { try await client.send(Self.key).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == 201 || $0 == 409 })
            #expect(statuses.contains(201))
            #expect(gateway.creations(.productive) == 1)
        }
    }

    @Test("keys that are none, or stand twice, are refused and nothing is sent")
    func malformedKeys() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive, .hoursmith])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let odd = try await client.send("tuesday")
            #expect(odd.status == 400)
            #expect(odd.isRefusal("idempotency_key_invalid", of: .productive), "\(odd.body)")
            let twice = try await client.send(Self.key, headers: [("idempotency-key", Self.key)])
            #expect(twice.isRefusal("idempotency_key_invalid", of: .productive))
            let own = try await NativeClient.creating(.hoursmith, on: gateway)
            let long = try await own.send(String(repeating: "k", count: 256))
            #expect(long.isRefusal("idempotency_key_invalid", of: .hoursmith))
            #expect(gateway.creations(.productive) == 0)
            #expect(gateway.creations(.hoursmith) == 0)
            #expect(try await gateway.journalled().isEmpty)
        }
    }

    @Test("a vendor that asks for a key of its own asks the client for it, and the gateway makes none")
    func vendorAsksForKey() async throws {
        try await withGateway(GatewayPlan(proxying: [.hoursmith])) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway)
            let answer = try await client.send()
            #expect(answer.status == 422)
            #expect(answer.header("timegate-error") == nil)
            #expect(answer.header("idempotency-key") != nil)
            let row = try #require(try await gateway.journalled().first)
            #expect(row.isKeyGenerated)
            #expect(row.intent.vendorKey == nil)
            #expect(gateway.creations(.hoursmith) == 0)
            // Whom Connection would keep it from is not the client's to say.
            let hidden = try await client.send(Self.key, headers: [("Connection", "Idempotency-Key")])
            #expect(hidden.header("timegate-error") == "malformed_connection")
        }
    }

    /// A Hoursmith that answers with the key that it got.
    private func echoing() throws -> RecordingVendor {
        try RecordingVendor { message, wire in
            let key = message.values("idempotency-key").first.map { "Idempotency-Key: \($0)\r\n" } ?? ""
            // An entry for each key.
            let answer = #"{"data": {"id":"e-\#(UInt(bitPattern: key.hashValue))"} }"#
            wire.send(
                "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\(key)"
                    + "Content-Length: \(answer.utf8.count)\r\n\r\n\(answer)"
            )
            return true
        }
    }

    @Test(
        "a vendor's own key may be any text, and is asked for so; with the client's credentials it goes on as it was written",
        arguments: [ProxyRules.Credentials.client, .connection]
    )
    func vendorsKey(credentials: ProxyRules.Credentials) async throws {
        let vendor = try echoing()
        defer { vendor.stop() }
        var plan = try GatewayPlan(proxying: [.hoursmith], ProxyRules(credentials: credentials))
        let origin = vendor.origin
        plan.change("hoursmith") { $0.upstream = .origin(origin) }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway)
            let key = "week 47 / \"tuesday\" #2"
            let first = try await client.send(key)
            #expect(first.status == 201)
            #expect(first.header("idempotency-key") == key, "as the vendor says it, of the client's own")
            let again = try await client.send(key)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(again.body == first.body)
            #expect(vendor.messages.count == 1)
            let sent = try #require(vendor.messages.first?.values("idempotency-key"))
            #expect(sent.count == 1)
            #expect((sent == [key]) == (credentials == .client))
            let row = try #require(try await gateway.journalled().first)
            #expect(row.scope.key == key)
            #expect(row.intent.vendorKey == sent.first)
            #expect(try await client.send("tuesday").status == 201)
            #expect(try await gateway.get("/v1/outcomes/tuesday")["data.0.state"] == "done")
        }
    }

    @Test("two callers who choose the same key of the vendor's have an entry each", arguments: [true, false])
    func vendorsKeyOfTwoCallers(isJournalled: Bool) async throws {
        var plan = try GatewayPlan(proxying: [.hoursmith])
        plan.hasJournal = isJournalled
        plan.keys.append(plan.keys[0])
        plan.keys[1].name = "joe"
        try await withGateway(plan) { gateway in
            let jane = try await NativeClient.creating(.hoursmith, on: gateway)
            var joe = jane
            joe.key = "joe"
            let janes = try await jane.send("row 1")
            let joes = try await joe.send("row 1")
            #expect([janes.status, joes.status] == [201, 201], "\(joes.body)")
            #expect(janes["data.id"] != joes["data.id"])
            #expect(gateway.creations(.hoursmith) == 2)
            // For each it stays one.
            #expect(try await joe.send("row 1")["data.id"] == joes["data.id"])
            #expect(try await jane.send("row 1")["data.id"] == janes["data.id"])
            #expect(gateway.creations(.hoursmith) == 2)
        }
    }

    @Test(
        "what a vendor fails with goes to the client as it came, and the outcome is unknown",
        arguments: [302, 408, 500]
    )
    func vendorFails(status: Int) async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            gateway.simulator(.productive).inject(
                Fault(.status(status, contentType: "text/plain", body: "oh no"), moment: .afterCommit)
            )
            let answer = try await client.send(Self.key)
            #expect(answer.status == status)
            #expect(answer.body == "oh no")
            #expect(answer.header("timegate-error") == nil)
            #expect(answer.header("idempotency-key") == Self.key)
            #expect(try await gateway.journalled().first?.state == .unknown)
            #expect(try await client.send(Self.key).isRefusal("idempotency_outcome_unknown", of: .productive))
            #expect(gateway.creations(.productive) == 1)
        }
    }

    @Test("an answer that a vendor codes all the same is kept with its coding, and with its place")
    func coded() async throws {
        let vendor = try RecordingVendor(
            "HTTP/1.1 201 Created\r\nContent-Type: application/vnd.api+json\r\nContent-Encoding: gzip\r\n"
                + "Location: /api/v2/time_entries/7\r\nSet-Cookie: a=b\r\nX-Odd: 1\r\nContent-Length: 3\r\n\r\nabc"
        )
        defer { vendor.stop() }
        var plan = try GatewayPlan(proxying: [.productive])
        let origin = vendor.origin
        plan.change("productive") { $0.upstream = .origin(origin) }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let first = try await client.send(Self.key)
            let again = try await client.send(Self.key)
            #expect(again.header("idempotent-replayed") == "true")
            for answer in [first, again] {
                #expect(answer.status == 201)
                #expect(answer.body == "abc")
                #expect(answer.header("content-type") == "application/vnd.api+json")
                #expect(answer.header("content-encoding") == "gzip")
                #expect(answer.header("location") == "/api/v2/time_entries/7")
                #expect(answer.header("set-cookie") == nil)
            }
            #expect(first.header("x-odd") == "1")
            #expect(vendor.messages.count == 1)
            #expect(vendor.messages.first?.values("accept-encoding") == ["identity"])
            // Which entry it is, nobody has read: the row waits for a person, so that no lost write can take the entry.
            let row = try #require(try await gateway.journalled().first)
            #expect(row.state == .answered)
            let word = #"{"recorded":"7","by":"olga"}"#
            #expect(try await gateway.adminPost("/journal/\(row.id)", word).status == 200)
            #expect(try await gateway.journalled().first?.state == .done)
        }
    }

    @Test("an answer that is no vendor's leaves the outcome unknown, whatever its status")
    func page() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<ok>")
        defer { vendor.stop() }
        var plan = try GatewayPlan(proxying: [.productive])
        let origin = vendor.origin
        plan.change("productive") { $0.upstream = .origin(origin) }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let answer = try await client.send(Self.key)
            #expect(answer.status == 200)
            #expect(answer.body == "<ok>")
            #expect(try await gateway.journalled().first?.state == .unknown)
            #expect(try await client.send(Self.key).isRefusal("idempotency_outcome_unknown", of: .productive))
            #expect(vendor.messages.count == 1)
        }
    }

    @Test("what the vendor refuses for what it says is kept; what a repaired account changes frees the key")
    func refusals() async throws {
        try await withGateway(GatewayPlan(proxying: [.hoursmith])) { gateway in
            let client = try await NativeClient.creating(.hoursmith, on: gateway)
            let body = #"{"error":{"code":"validation_error","message":"no","fields":{}}}"#
            gateway.simulator(.hoursmith).inject(Fault(.status(422, contentType: "application/json", body: body)))
            let refused = try await client.send(Self.key)
            #expect(refused.status == 422)
            #expect(refused.body == body)
            #expect(refused.header("timegate-error") == nil)
            let again = try await client.send(Self.key)
            #expect(again.body == body)
            #expect(again.header("idempotent-replayed") == "true")
            let later = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"
            gateway.simulator(.hoursmith).inject(Fault(.status(403, contentType: "application/json", body: "{}")))
            #expect(try await client.send(later).status == 403)
            #expect(try await client.send(later).status == 201)
            #expect(gateway.creations(.hoursmith) == 1)
        }
    }

    @Test("what the gateway refuses leaves no row, and its key is free")
    func refusedBySomeRule() async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        let hook = try Plugins.hook("return { on_entry = function(e) if e.note == 'no' then refuse('no') end end }")
        plan.change("productive") { $0.hooks = [ConfiguredHook(hook)] }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let text = client.body.replacing("Second round", with: "no")
            let refused = try await client.send(Self.key, text: text)
            #expect(refused.status >= 400, "\(refused.body)")
            #expect(refused.header("timegate-error") != nil)
            #expect(try await gateway.journalled().isEmpty)
            #expect(try await client.send(Self.key).status == 201)
        }
    }

    @Test("an update, an action and a deletion have rows too, and are answered again")
    func otherWrites() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let created = try await client.send()
            let id = try #require(created["data.id"]?.string)
            let update = #"{"data":{"type":"time_entries","attributes":{"note":"Changed"}}}"#
            let path = "\(client.target)/\(id)"
            let first = try await client.send(Self.key, method: "PATCH", target: path, text: update)
            #expect(first.status == 200, "\(first.body)")
            let again = try await client.send(Self.key, method: "PATCH", target: path, text: update)
            #expect(again.body == first.body)
            #expect(again.header("idempotent-replayed") == "true")
            let deleted = try await client.send(Self.key, method: "DELETE", target: path, text: "")
            #expect(deleted.status == 204, "\(deleted.body)")
            #expect(try await client.send(Self.key, method: "DELETE", target: path, text: "").status == 204)
            let rows = try await gateway.journalled()
            #expect(rows.map(\.scope.operation) == [.create, .update, .delete])
            #expect(rows.allSatisfy { $0.state == .done && $0.vendorEntryID == id })
            let writes = gateway.ledger(.productive).filter { $0.method != "GET" }
            #expect(writes.count == 3)
        }
    }

    @Test("what is not recognised, and reads, have no row")
    func noRows() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let list = try await client.send(method: "GET", text: "")
            #expect(list.status == 200, "\(list.body)")
            let other = try await client.send(Self.key, target: "/api/v2/bookings")
            #expect(other.header("idempotency-key") == nil)
            #expect(try await gateway.journalled().isEmpty)
        }
    }

    @Test("what may be an operation does not go around hooks, nor around the key that a connection asks for")
    func doubtfulWrite() async throws {
        let hook = try Plugins.hook("return { on_entry = function(e) end }")
        for isHooked in [true, false] {
            var plan = try GatewayPlan(proxying: [.productive], Self.clientsOwn)
            plan.change("productive") {
                if isHooked { $0.hooks = [ConfiguredHook(hook)] } else { $0.requiresKey = true }
            }
            try await withGateway(plan) { gateway in
                let client = try await NativeClient.creating(.productive, on: gateway).withCredentials()
                let override = try await client.send(headers: [("X-HTTP-Method-Override", "POST")])
                #expect(override.isRefusal("malformed_request", of: .productive), "\(override.head)")
                if isHooked {
                    let coded = try await client.send(Self.key, headers: [("Content-Encoding", "gzip")])
                    #expect(coded.isRefusal("malformed_request", of: .productive), "\(coded.head)")
                }
                #expect(gateway.creations(.productive) == 0)
            }
        }
    }

    @Test("what may be an operation and passes unread has no row, and what is one and cannot be read has")
    func unreadable() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { vendor.stop() }
        var plan = try GatewayPlan(proxying: [.productive], Self.clientsOwn)
        let origin = vendor.origin
        plan.change("productive") { $0.upstream = .origin(origin) }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway).withCredentials()
            let doubtful = try await client.send(headers: [("X-HTTP-Method-Override", "PUT")])
            #expect(doubtful.status == 200)
            #expect(doubtful.header("idempotency-key") == nil)
            #expect(vendor.messages.count == 1)
            #expect(try await gateway.journalled().isEmpty)
            // A key would not hold.
            for header in ["X-HTTP-Method-Override", "X_HTTP_METHOD_OVERRIDE"] {
                let keyed = try await client.send(Self.key, headers: [(header, "PUT")])
                #expect(keyed.isRefusal("malformed_request", of: .productive), "\(keyed.head)")
            }
            let escape = try await client.send(Self.key, target: client.target + "?x=%zz")
            #expect(escape.isRefusal("malformed_request", of: .productive), "\(escape.head)")
            #expect(vendor.messages.count == 1)
            let delete = try await client.send(
                Self.key,
                method: "DELETE",
                target: client.target + "/7?token=abc",
                text: ""
            )
            #expect(delete.status == 200, "\(delete.head)")
            let row = try #require(try await gateway.journalled().first)
            #expect(row.scope.operation == .delete)
            // A key of the client's may stand in the query.
            #expect(row.intent.url.hasSuffix("/7"))
            #expect(row.intent.entryID == "7")
            #expect(vendor.messages.last?.line.contains("/7?token=abc") == true)
        }
    }

    @Test("without a journal keys pass as they came, and nothing is promised")
    func withoutJournal() async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        plan.hasJournal = false
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let answer = try await client.send("tuesday")
            #expect(answer.status == 201)
            #expect(answer.header("idempotency-key") == nil)
            let sent = try #require(gateway.ledger(.productive).last)
            #expect(sent.headers.contains { $0.name.lowercased() == "idempotency-key" && $0.value == "tuesday" })
        }
    }

    @Test("a connection may ask for keys, or keep no rows without them")
    func connectionsChoice() async throws {
        var plan = try GatewayPlan(proxying: [.productive, .awork])
        plan.change("productive") { $0.requiresKey = true }
        plan.change("awork") { $0.journalsKeyless = false }
        try await withGateway(plan) { gateway in
            let strict = try await NativeClient.creating(.productive, on: gateway)
            let refused = try await strict.send()
            #expect(refused.status == 400)
            #expect(refused.isRefusal("idempotency_key_required", of: .productive))
            let easy = try await NativeClient.creating(.awork, on: gateway)
            let answer = try await easy.send()
            #expect((200..<300).contains(answer.status))
            #expect(answer.header("idempotency-key") == nil)
            #expect(try await gateway.journalled().isEmpty)
        }
    }

    @Test("callers with and without a gateway key do not see each other's keys")
    func scopes() async throws {
        var rules = Self.clientsOwn
        rules.keyless = ProxyRules.usualKeylessLimit
        var plan = try GatewayPlan(proxying: [.productive], rules)
        plan.simulators[.productive]?.tokens.insert("canary-token-of-somebody")
        plan.keys.append(
            GatewayPlan.Key(
                name: "joe",
                connections: ["productive"],
                scopes: Set(Scope.allCases),
                identities: ["productive": Identity(userID: "8160")]
            )
        )
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway).withCredentials()
            var joe = client
            joe.key = "joe"
            var keyless = client
            keyless.key = nil
            var other = keyless
            other.credentials = other.credentials.map { name, value in
                (name, value == Sample.token(.productive) ? "canary-token-of-somebody" : value)
            }
            for one in [client, joe, keyless, other] {
                let answer = try await one.send(Self.key)
                #expect(answer.status == 201, "\(answer.body)")
                #expect(answer.header("idempotent-replayed") == nil)
            }
            #expect(gateway.creations(.productive) == 4)
            #expect(try await keyless.send(Self.key).header("idempotent-replayed") == "true")
            #expect(gateway.creations(.productive) == 4)
            let own = try await gateway.get("/v1/outcomes/\(Self.key)", key: "joe")
            #expect(own["data"]?.array?.count == 1)
            let rows = try await gateway.journalled()
            #expect(Set(rows.map(\.scope.caller)).count == 4)
            #expect(rows.allSatisfy { $0.intent.usesClientCredentials })
        }
    }
}
