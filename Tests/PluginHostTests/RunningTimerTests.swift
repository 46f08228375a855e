import Testing

@testable import PluginHost

@Suite("Timers that a vendor shows by a null")
struct RunningTimerTests {
    static let source = TemporaryPlugin.good
        .replacing("accepts = {", with: "running = { ended_at = json.null }, accepts = {")
        .replacing(
            "{ \"colour\", \"vendor_fields\" }",
            with: "{ \"till\", \"ended_at\", \"rfc3339\", also = { \"span.till\" } }"
        )

    @Test("it is sent as a null")
    func written() async throws {
        let text = #"""
            {"about": "A timer.", "direction": "write_request", "connection": {"settings": {"user_id": "7"}},
             "given": {"subjects": {"project": {"id": "p"}}, "started_at": "2026-11-20T08:00:00+01:00", "timer_state": "running"},
             "expect": {"request": {"body": {"projectId": "p", "day": "2026-11-20", "from": "2026-11-20T08:00:00+01:00", "till": null}}}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source) == [])
    }

    @Test(
        "a null is read as one that runs, and a field that is not there is not",
        arguments: [(#", "till": null"#, true), (#", "span": {"till": null}"#, true), ("", false)]
    )
    func read(more: String, runs: Bool) async throws {
        let text = #"""
            {"about": "A timer.", "direction": "read_answer",
             "given": {"status": 200, "body": {"data": {"id": "1", "from": "2026-11-20T08:00:00Z"\#(more)}}},
             "expect": {"entry": {"id": "1", "started_at": "2026-11-20T08:00:00Z"\#(runs ? #", "timer_state": "running""# : "")}}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source) == [])
    }

    private static let changing = source.replacing(
        "create = {",
        with:
            "get = { \"GET /entries/{id}\" }, update = { \"PATCH /entries/{id}\" }, stop = { \"POST /entries/{id}/stop\" }, create = {"
    )

    @Test("its start is moved while it runs")
    func moved() async throws {
        let running =
            #"{"id": "1", "projectId": "p", "day": "2026-11-20", "from": "2026-11-20T08:00:00+01:00", "till": null}"#
        let text = #"""
            {"about": "A timer.", "direction": "exchange", "operation": "update", "connection": {"settings": {"user_id": "7"}},
             "given": {"id": "1", "entry": {"started_at": "2026-11-20T07:30:00+01:00"}},
             "answers": [{"status": 200, "body": \#(running)},
                         {"status": 200, "body": \#(running.replacing("08:00", with: "07:30"))}],
             "expect": {"entry": {"started_at": "2026-11-20T07:30:00+01:00", "timer_state": "running"}}}
            """#
        let failures = try await CaseRunnerTests.failures(text, source: Self.changing)
        #expect(failures == [], "\(failures)")
    }
}
