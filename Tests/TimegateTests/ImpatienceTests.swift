import Foundation
import Testing

/// Signals while a write waits for the vendor's answer.
@Suite("Somebody who does not want to wait", .timeLimit(.minutes(2)))
struct ImpatienceTests {
    /// Runs a command that writes at Productive, which records at once and answers late, and sends it so many signals once the
    /// vendor has recorded.
    private func ended(
        _ arguments: String,
        signals: Int,
        latency: Int,
        _ vendors: Vendors
    ) async throws -> TimegateBinary.Ended {
        let fault = #"{"kind": "latency", "milliseconds": \#(latency), "when": "after_commit"}"#
        try await vendors.fail("productive", fault)
        let origin = try #require(vendors.origins["productive"])
        let signal = "kill -TERM $child; sleep 0.3; "
        return try await TimegateBinary.shell(
            """
            cd \(vendors.directory); . ./environment.sh; export TIMEGATE_PLUGINS=\(TimegateBinary.root)/plugins
            "\(TimegateBinary.path)" \(arguments) --connection acme-productive --as jane & child=$!
            for i in $(seq 200); do curl -s \(origin)/_ledger | grep -q '"method":"POST"' && break; sleep 0.05; done
            \(String(repeating: signal, count: signals))wait $child
            """
        )
    }

    @Test("One signal waits for the answer, and says so")
    func once() async throws {
        try await Vendors.withQuickstart { vendors in
            try BatchTests.keepJournal(vendors)
            let created = try await ended("entry create productive.json", signals: 1, latency: 2_000, vendors)
            #expect(created.status == 0, "\(created.words)")
            #expect(created.words.contains("Waiting for the answer to what was sent."), "\(created.words)")
            #expect(created.words.contains("Created 227 at acme-productive."), "\(created.words)")
        }
    }

    @Test("A second signal gives up, and says that it may be recorded", arguments: [true, false])
    func twice(isBatch: Bool) async throws {
        try await Vendors.withQuickstart { vendors in
            try BatchTests.keepJournal(vendors)
            let entry = vendors.scratch.read("productive.json").replacingOccurrences(of: "\n", with: "")
            try vendors.scratch.write("entries.ndjson", entry + "\n")
            let ended = try await ended(
                isBatch ? "entry batch entries.ndjson" : "entry create productive.json",
                signals: 2,
                latency: 20_000,
                vendors
            )
            #expect(ended.status == 8, "\(ended.words)")
            #expect(
                ended.words.contains(
                    isBatch ? "Given up: line 1 may have been recorded." : "Given up: it may have been recorded."
                ),
                "\(ended.words)"
            )
            let rows = try await vendors.timegate("journal", "-o", "json")
            #expect(rows.output.contains("the gateway ended while the request was under way"), "\(rows.output)")
        }
    }
}
