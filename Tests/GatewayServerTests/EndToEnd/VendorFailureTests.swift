import GatewayCore
import Glibc
import JSON
import Testing
import VendorSimulators

/// A vendor that cannot be reached, or that breaks off: the answer says whether the entry may have been recorded, and
/// nothing is sent twice.
struct VendorFailureTests {
    // MARK: - Nothing left

    @Test func closedPortIsUnreachableAndNothingWasSent() async throws {
        var plan = try GatewayPlan(.productive)
        let vendor = try ListeningSocket(refuses: true)
        plan.change("productive") { $0.upstream = .origin("http://127.0.0.1:\(vendor.port)") }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.code == "vendor_unreachable")
            #expect(answer.sent == "no")
            #expect(answer["retry"] == "after")
            #expect(answer["origin"] == "vendor")
            #expect(answer.detail.contains("127.0.0.1:\(vendor.port)"))
        }
    }

    @Test func hostWithoutAnAddressIsUnreachableAndNothingWasSent() async throws {
        var plan = try GatewayPlan(.productive)
        // RFC 6761: this name never resolves.
        plan.change("productive") { $0.upstream = .origin("http://vendor.invalid") }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.code == "vendor_unreachable")
            #expect(answer.sent == "no")
            #expect(answer.detail.contains("vendor.invalid"))
        }
    }

    @Test func failedTLSSendsNothing() async throws {
        var plan = try GatewayPlan(.productive)
        let listener = try ListeningSocket()
        plan.change("productive") { $0.upstream = .origin("https://127.0.0.1:\(listener.port)") }
        try await withGateway(plan) { gateway in
            async let answering = gateway.create("productive", Sample.entry(.productive))
            // What answers is no TLS server. A handshake that breaks is tried again: nothing was sent.
            let heard = try await gateway.blocking {
                try (1...3).map { _ in try listener.answerOnce("HTTP/1.1 400 Bad Request\r\n\r\n") }
            }
            let answer = try await answering
            #expect(answer.status == 502)
            #expect(answer.code == "vendor_tls")
            #expect(answer.sent == "no")
            #expect(answer["origin"] == "gateway")
            // A TLS handshake (RFC 8446, content type 22), and none of the request.
            #expect(heard.allSatisfy { $0.first == 22 })
            #expect(heard.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("time_entries") })
        }
    }

    @Test func privateAddressIsRefusedUnlessTheConnectionAllowsIt() async throws {
        var plan = try GatewayPlan(.productive)
        let listener = try ListeningSocket()
        plan.change("productive") {
            $0.upstream = .origin("https://127.0.0.1:\(listener.port)")
            $0.allowsPrivate = false
        }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.code == "vendor_address_refused")
            #expect(answer.sent == "no")
            #expect(!listener.wasConnectedTo)
        }
    }

    // MARK: - The request left

    static let breaks: [Fault] = [
        Fault(.closeBeforeAnswer(reset: false)),
        Fault(.closeBeforeAnswer(reset: true)),
        Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit),
        Fault(.cutAnswer(.header)),
        Fault(.cutAnswer(.body)),
        Fault(.hugeAnswer(bytes: 9 << 20)),
        Fault(.notJSON(contentType: "text/html", body: "<h1>Welcome</h1>")),
        Fault(.notJSON(contentType: "application/json", body: #"{"data":{"id":"227""#)),
        Fault(.status(500, contentType: "text/plain", body: "oops")),
        Fault(.status(500, contentType: "text/plain", body: "oops"), moment: .afterCommit),
        Fault(.status(503, contentType: "application/json", body: "{}")),
        Fault(.status(302, contentType: "text/plain", body: "elsewhere")),
        Fault(.status(408, contentType: "text/plain", body: "")),
    ]

    /// On a fresh connection and on a warm one: libcurl by itself would send again on a warm one.
    @Test(arguments: breaks, [false, true])
    func brokenAnswerLeavesTheOutcomeUnknownAndIsNotRepeated(fault: Fault, isWarm: Bool) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let entry = Sample.entry(.productive)
            if isWarm { #expect(try await gateway.create("productive", entry).status == 201) }
            gateway.simulator(.productive).clearLedger()
            gateway.simulator(.productive).inject(fault)
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 502)
            #expect(answer.code == "outcome_unknown")
            #expect(answer.sent == "maybe")
            #expect(answer["retry"] != "after")
            #expect(answer["origin"] == "vendor")
            #expect(gateway.ledger(.productive).count == 1)
            // The next call is not troubled by it.
            #expect(try await gateway.create("productive", entry).status == 201)
            #expect(gateway.ledger(.productive).count == 2)
        }
    }

    @Test func statusAndBodyOfABrokenVendorAreShown() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.status(500, contentType: "text/plain", body: "oops")))
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer["vendor.status"] == 500)
            #expect(answer["vendor.body"] == "oops")
        }
    }

    @Test func vendorThatDoesNotAnswerInTimeLeavesTheOutcomeUnknown() async throws {
        var plan = try GatewayPlan(.productive)
        plan.vendorTimeoutMilliseconds = 500
        try await withGateway(plan) { gateway in
            gateway.simulator(.productive).inject(Fault(.hang))
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.code == "outcome_unknown")
            #expect(answer.sent == "maybe")
            #expect(answer["status"] == 504)
            #expect(answer.status == 504)
            #expect(answer["status"]?.int64 == Int64(answer.status))
            let hasArrived = try await soon { !gateway.ledger(.productive).isEmpty }
            #expect(hasArrived)
            #expect(gateway.ledger(.productive).count == 1)
        }
    }

    @Test func answerThatComesLateButInTimeIsTaken() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.latency(milliseconds: 150)))
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 201)
            #expect(gateway.ledger(.productive).count == 1)
        }
    }

    @Test func successWithoutAnEntryIsRecordedButUnmapped() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(
                Fault(.notJSON(contentType: "application/json", body: #"{"data":{"type":"time_entries"}}"#))
            )
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.code == "recorded_but_unmapped")
            #expect(answer.sent == "yes")
            #expect(answer["retry"] == "never")
            #expect(answer["vendor.body.data.type"] == "time_entries")
            #expect(gateway.ledger(.productive).count == 1)
        }
    }
}
