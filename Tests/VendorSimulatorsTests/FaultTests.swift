import JSON
import Testing
import VendorSimulators

@Suite struct FaultTests {
    private func client(_ simulator: VendorSimulator, milliseconds: Int = 5000) throws -> RawClient {
        let client = try RawClient(port: simulator.port, milliseconds: milliseconds)
        let request = CreateRequest(.sonderplan)
        client.writeRequest("POST", request.target, headers: request.headers, body: request.body)
        return client
    }

    @Test(arguments: ["before_commit", "after_commit"])
    func latencyDelaysTheGivenNumberOfAnswers(when: String) async throws {
        try await withSimulator(.sonderplan) { simulator in
            let set = try simulator.fault(#"{"kind":"latency","milliseconds":80,"when":"\#(when)"}"#)
            #expect(set.status == 201)
            let start = ContinuousClock.now
            #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(80))
            #expect(simulator.ledger().map { $0.fault } == [nil])
            #expect(try simulator.send("GET", "/_faults").text == #"{"faults":[]}"#)
        }
    }

    @Test func requestsOfOneConnectionAreAnsweredInOrderBehindALateOne() async throws {
        try await withSimulator(.sonderplan) { simulator in
            simulator.inject(Fault(.latency(milliseconds: 50)))
            let client = try client(simulator)
            let request = CreateRequest(.sonderplan)
            client.writeRequest("POST", request.target, headers: request.headers, body: request.body)
            #expect(client.readAnswer()?.text == #"{"success":{"id":2384}}"#)
            #expect(client.readAnswer()?.text == #"{"success":{"id":2385}}"#)
        }
    }

    @Test func statusBeforeTheCommitStoresNothing() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"status","status":503,"body":{"down":true},"count":2}"#)
            for _ in 0..<2 {
                let answer = try CreateRequest(.sonderplan).send(to: simulator)
                #expect(answer.status == 503)
                #expect(answer.text == #"{"down":true}"#)
            }
            #expect(try CreateRequest(.sonderplan).send(to: simulator).text == #"{"success":{"id":2384}}"#)
            #expect(simulator.ledger().map(\.fault) == ["status", "status", nil])
            #expect(simulator.ledger().map { $0.stored?.id } == [nil, nil, "2384"])
        }
    }

    @Test func statusAfterTheCommitHidesAStoredEntry() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"status","status":502,"body":"oops","when":"after_commit"}"#)
            let answer = try CreateRequest(.sonderplan).send(to: simulator)
            #expect(answer.status == 502)
            #expect(answer.text == "oops")
            #expect(answer.header("content-type") == "text/plain")
            #expect(simulator.ledger().last?.stored == .init(operation: "create", id: "2384"))
            #expect(simulator.ledger().last?.status == 502)
        }
    }

    @Test(arguments: SimulatedVendor.allCases)
    func rateLimitHasTheVendorsShapeAndRetryAfter(vendor: SimulatedVendor) async throws {
        try await withSimulator(vendor) { simulator in
            _ = try simulator.fault(
                #"[{"kind":"rate_limited","retry_after_seconds":7},"#
                    + #"{"kind":"rate_limited","retry_after":"date"},{"kind":"rate_limited","retry_after":"none"}]"#
            )
            let seconds = try CreateRequest(vendor).send(to: simulator)
            #expect(seconds.status == 429)
            #expect(seconds.header("retry-after") == "7")
            switch vendor {
            case .sonderplan: #expect(seconds.json?["error"]?["message"] != nil)
            case .plannr: #expect(seconds.header("x-ratelimit-remaining") == "0")
            case .awork: #expect(seconds.header("ratelimit-reset") == "7")
            case .hoursmith:
                #expect(seconds.json?["error"]?["code"]?.string == "rate_limited")
                #expect(seconds.header("x-ratelimit-reset") == String(pageMoment / 1000 + 7))
            case .productive: #expect(seconds.json?["errors"]?[0]?["status"]?.int64 == 429)
            }
            let date = try CreateRequest(vendor).send(to: simulator)
            #expect(date.header("retry-after") == "Fri, 01 Aug 2025 04:18:44 GMT")
            #expect(try CreateRequest(vendor).send(to: simulator).header("retry-after") == nil)
            #expect(simulator.ledger().allSatisfy { $0.stored == nil })
        }
    }

    @Test(arguments: [("before_commit", false), ("after_commit", true)])
    func connectionClosesBeforeTheAnswer(when: String, isStored: Bool) async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"close_before_answer","when":"\#(when)"}"#)
            let (text, end) = try client(simulator).readToEnd()
            #expect(text.isEmpty)
            #expect(end == .closed)
            #expect(simulator.ledger().last?.status == nil)
            #expect((simulator.ledger().last?.stored != nil) == isStored)
        }
    }

    @Test func connectionIsReset() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"close_before_answer","reset":true}"#)
            #expect(try client(simulator).readToEnd().end == .reset)
        }
    }

    @Test func answerIsCutInTheHeader() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"cut_answer","at":"header"}"#)
            let (text, end) = try client(simulator).readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(!text.contains("\r\n\r\n"))
            #expect(end == .closed)
            #expect(simulator.ledger().last?.stored?.id == "2384")
        }
    }

    @Test func answerIsCutInTheBody() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"cut_answer"}"#)
            let (text, end) = try client(simulator).readToEnd()
            #expect(text.contains("content-length: 23\r\n"))
            #expect(text.hasSuffix("\r\n\r\n{\"success\":"))
            #expect(end == .closed)
        }
    }

    @Test func hangingRequestGetsNothingUntilTheSimulatorStops() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"hang","when":"after_commit"}"#)
            let client = try client(simulator, milliseconds: 100)
            #expect(client.readToEnd() == ("", .timedOut))
            #expect(simulator.ledger().last?.stored?.id == "2384")
            await simulator.stop()
            #expect(client.readToEnd().end == .closed)
        }
    }

    @Test func hugeAnswerHasTheWantedSize() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"huge_answer","bytes":3000001}"#)
            let client = try client(simulator)
            let answer = try #require(client.readAnswer())
            #expect(answer.status == 200)
            #expect(answer.body.count == 3_000_001)
            #expect(answer.text.hasPrefix(#"{"filler":"aaa"#) && answer.text.hasSuffix(#"aaa"}"#))
            // The connection is still good for the next request.
            client.writeRequest("GET", "/_faults")
            #expect(client.readAnswer()?.status == 200)
        }
    }

    @Test func answerThatIsNoJSONComesWithTheVendorsStatus() async throws {
        try await withSimulator(.productive) { simulator in
            _ = try simulator.fault(#"{"kind":"not_json"}"#)
            let answer = try CreateRequest(.productive).send(to: simulator)
            #expect(answer.status == 201)
            #expect(answer.header("content-type") == "text/html; charset=utf-8")
            #expect(answer.json == nil)
            #expect(simulator.ledger().last?.stored?.id == "227")
        }
    }

    @Test func faultForEverEndsWithItsDeletion() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(#"{"kind":"status","status":500,"forever":true}"#)
            for _ in 0..<5 { #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 500) }
            #expect(
                try simulator.send("GET", "/_faults").text
                    == #"{"faults":[{"kind":"status","when":"before_commit","forever":true,"skip":0}]}"#
            )
            #expect(try simulator.send("DELETE", "/_faults").status == 204)
            #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 200)
        }
    }

    @Test func skippedRequestsPassAndLatencyJoinsAnotherFault() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try simulator.fault(
                #"[{"kind":"status","status":500,"skip":2},{"kind":"latency","milliseconds":60,"skip":2}]"#
            )
            #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 200)
            #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 200)
            let start = ContinuousClock.now
            #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 500)
            #expect(ContinuousClock.now - start >= .milliseconds(60))
            #expect(try CreateRequest(.sonderplan).send(to: simulator).status == 200)
        }
    }

    @Test(arguments: [
        #"{"kind":"slow"}"#, "[1]", "{", #"{"kind":"latency"}"#, #"{"kind":"latency","milliseconds":-1}"#,
        #"{"kind":"status"}"#, #"{"kind":"status","status":99}"#, #"{"kind":"hang","bytes":1}"#,
        #"{"kind":"ignored_key","bytes":1}"#, #"{"kind":"hang","count":0}"#,
        #"{"kind":"hang","count":1,"forever":true}"#, #"{"kind":"hang","when":"later"}"#,
        #"{"kind":"cut_answer","at":"tail"}"#, #"{"kind":"not_json","content_type":"a\r\nb: c"}"#,
        #"[{"kind":"hang"},{"kind":"slow"}]"#,
    ])
    func malformedFaultIsRefusedWhole(json: String) async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try simulator.fault(json)
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?.string?.isEmpty == false)
            #expect(try simulator.send("GET", "/_faults").text == #"{"faults":[]}"#)
        }
    }
}
