import Foundation
import JSON
import Testing

/// Vendors' own clients through the real gateway: the operator's rules hold for them, and they are told in their vendor's words.
@Suite("Vendors' own clients", .timeLimit(.minutes(2)))
struct NativeClientTests {
    /// The quickstart with the rule against weekend work, and a proxy before each vendor.
    private func prepare(_ vendors: Vendors) throws {
        let hook = "\(TimegateBinary.root)/examples/hooks/no_weekend_work.lua"
        let configuration =
            "hooks: [\(hook)]\nstate: none\n"
            + vendors.configurationWithoutProxy
            .replacing(
                "    allow_private: true",
                with: "    allow_private: true\n    proxy: { credentials: connection }"
            )
            .replacing("scopes: [read, write, approve]", with: "scopes: [read, write, approve, proxy]")
        try vendors.scratch.write("timegate.yaml", configuration)
    }

    private func curl(_ url: String, _ headers: [String], _ body: String) async throws -> (status: Int, text: String) {
        let fields = headers.map { "-H '\($0)'" }.joined(separator: " ")
        let line = "curl -sS -w '\\n%{http_code} %header{timegate-error}' \(fields) --data-binary @- '\(url)'"
        let ended = try await TimegateBinary.shell("printf %s \"$BODY\" | \(line)", environment: ["BODY": body])
        let last = ended.output.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        let status = Int(last.split(separator: " ").first ?? "") ?? 0
        return (status, ended.output)
    }

    /// A request of the vendor's own, a day later: 2026-11-20 is a Friday.
    private func onSaturday(_ body: String) -> String {
        let days = body.replacing("2026-11-20", with: "2026-11-21")
        return days.replacing(/\b1[0-9]{9}\b/) { match in String(Int(match.output)! + 86_400) }
    }

    @Test(
        "weekend work is refused to each vendor's client, in the vendor's own shape, and a weekday's goes through",
        arguments: [
            ("sonderplan", #""message""#), ("plannr", #""message""#), ("awork", #""description""#),
            ("hoursmith", #""error""#), ("productive", #""errors""#),
        ]
    )
    func weekend(vendor: String, shape: String) async throws {
        try await Vendors.withQuickstart { vendors in
            try prepare(vendors)
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1", "--no-watch"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            do {
                let base = try #require(gateway.word(after: "Listening on "))
                let key = try #require(try vendors.environment()["TIMEGATE_KEY"])
                // What the gateway itself would send is a request of the vendor's own.
                let plan = try await curl(
                    "\(base)/v1/acme-\(vendor)/time-entries?dry_run=true",
                    ["Authorization: Bearer \(key)", "Content-Type: application/json"],
                    vendors.scratch.read("\(vendor).json")
                )
                let first = String(plan.text.split(separator: "\n")[0])
                let request = try #require(
                    try JSONValue(parsing: first)["plan"],
                    "\(plan.text)"
                )
                let target = try #require(request["url"]?.string.flatMap { URL(string: $0) })
                let type = request["headers"]?["Content-Type"]?.string ?? "application/json"
                let body = try #require(request["body"]).serialized(.compact)
                let url = "\(base)/proxy/acme-\(vendor)\(target.path)"
                let headers = [
                    "Timegate-Key: \(key)", "Content-Type: \(type)",
                    "Accept: \(request["headers"]?["Accept"]?.string ?? "application/json")",
                    "Idempotency-Key: 7f9c2b1e-0d3a-4c57-9b7e-2f1a8c9d0e11",
                ]

                let refused = try await curl(url, headers, onSaturday(body))
                #expect((400..<500).contains(refused.status), "\(refused.text)")
                #expect(refused.text.contains("refused_by_hook"), "\(refused.text)")
                #expect(refused.text.contains("work on weekends is not booked"), "\(refused.text)")
                #expect(refused.text.contains(shape), "\(refused.text)")
                #expect(try await !vendors.ledger(vendor).contains("\"POST\""))

                let booked = try await curl(url, headers, body)
                #expect((200..<300).contains(booked.status), "\(booked.text)")
                #expect(try await vendors.ledger(vendor).contains("\"POST\""))
            } catch {
                _ = await gateway.stop()
                throw error
            }
            #expect(await gateway.stop() == 0)
        }
    }
}
