import Testing

@testable import PluginHost

@Suite("An action that is a change with a certain body")
struct ActionBodyTests {
    private static let status =
        #"{ "status", "approval.state", "enum", values = { { "approved", "approved" }, { "open", "unapproved" }, { "no", "rejected" } }, only = "answer" },"#

    private static let actions = #"""
        get = { "GET /entries/{id}" }, update = { "PATCH /entries/{id}" },
        approve = { "PATCH /entries/{id}", body = { status = "approved" } },
        reject = { "PATCH /entries/{id}", body = { status = "no", by = { kind = "reviewer" } }, reason = "by.comment" },
        bulk_approve = { "POST /approvals", body = { status = "approved" }, ids = { "ids", "text" }, entries = "list" },
        pause = { "PATCH /timers/{id}", body = { ["end"] = "${now}", by = { "gateway" } } },
        start = { "POST /entries/{id}/timer", body = { run = true } }, stop = { "POST /entries/{id}/timer", body = { run = false } },
        create = {
        """#

    private static func source(_ actions: String = actions) -> String {
        TemporaryPlugin.good
            .replacing("{ \"colour\", \"vendor_fields\" },", with: status + " { \"colour\", \"vendor_fields\" },")
            .replacing("create = {", with: actions)
    }

    /// - Parameter answer: the entry's state in the vendor's answer.
    private static func exchange(_ operation: String, _ given: String, answer: String, expect: String) -> String {
        #"""
        {"about": "An action.", "direction": "exchange", "operation": "\#(operation)",
         "connection": {"settings": {"user_id": "7"}}, "given": \#(given),
         "answers": [{"status": 200, "body": \#(answer)}], "expect": {"requests": [\#(expect)]}}
        """#
    }

    private static let entry = #"""
        {"id": "1", "projectId": "p", "day": "2026-11-20", "seconds": 60, "status": "approved"}
        """#

    @Test(
        "it is sent with what the table says, and with its reason beside it",
        arguments: [
            exchange(
                "approve",
                #"{"id": "1"}"#,
                answer: entry,
                expect: #"{"method": "PATCH", "path": "/entries/1", "body": {"status": "approved"}}"#
            ),
            exchange(
                "reject",
                #"{"id": "1", "reason": "Wrong task"}"#,
                answer: entry,
                expect:
                    #"{"method": "PATCH", "body": {"status": "no", "by": {"kind": "reviewer", "comment": "Wrong task"}}}"#
            ),
            exchange(
                "reject",
                #"{"id": "1"}"#,
                answer: entry,
                expect: #"{"method": "PATCH", "body": {"status": "no", "by": {"kind": "reviewer"}}}"#
            ),
            exchange(
                "approve",
                #"{"ids": ["1"]}"#,
                answer: #"{"list": [\#(entry)]}"#,
                expect: #"{"method": "POST", "path": "/approvals", "body": {"status": "approved", "ids": ["1"]}}"#
            ),
            exchange(
                "stop",
                #"{"id": "1"}"#,
                answer: entry,
                expect: #"{"method": "POST", "path": "/entries/1/timer", "body": {"run": false}}"#
            ),
            exchange(
                "pause",
                #"{"id": "1"}"#,
                answer: entry,
                expect:
                    #"{"method": "PATCH", "path": "/timers/1", "body": {"end": "2026-11-20T09:00:00Z", "by": ["gateway"]}}"#
            ),
        ]
    )
    func sent(text: String) async throws {
        let failures = try await CaseRunnerTests.failures(text, source: Self.source())
        #expect(failures == [])
    }

    @Test(
        "a client's own request is told by its body",
        arguments: [
            (#"{"status": "approved"}"#, "approve"),
            (#"{"by": {"kind": "reviewer"}, "status": "no"}"#, "reject"),
            (#"{"by": {"comment": "Wrong task", "kind": "reviewer"}, "status": "no"}"#, "reject"),
            (#"{"text": "Workshop"}"#, "update"),
            // By what tells an action nothing else is told, in whatever case a vendor may take it.
            (#"{"status": "open"}"#, "doubtful"),
            (#"{"status": "no"}"#, "doubtful"),
            (#"{"Status": "approved"}"#, "doubtful"),
            (#"{"status": "Approved "}"#, "doubtful"),
            (#"{"text": "Workshop", "BY": {"Kind": "reviewer"}}"#, "doubtful"),
            // Two things at once, of which each has rules of its own.
            (#"{"status": "approved", "seconds": 3600}"#, "doubtful"),
            (#"{"status": "no", "by": {"kind": "reviewer", "id": 7}}"#, "doubtful"),
            (#"{"status": "no", "by": {"kind": "reviewer"}, "text": "x"}"#, "doubtful"),
        ]
    )
    func told(body: String, operation: String) async throws {
        let text = #"""
            {"about": "A client's request.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
             "given": {"method": "PATCH", "path": "/entries/1", "text": \#(String(reflecting: body))},
             "expect": {"recognised": "\#(operation)"}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
    }

    @Test(
        "at an address of nothing but such actions another body is none of them",
        arguments: [
            (#"{"run": true}"#, "start"), (#"{"run": false}"#, "stop"), (#"{"run": 1}"#, "doubtful"),
            ("{}", "doubtful"), ("", "doubtful"), (#"{"run": true, "run": false}"#, "doubtful"),
        ]
    )
    func none(body: String, operation: String) async throws {
        let text = #"""
            {"about": "A client's request.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
             "given": {"method": "POST", "path": "/entries/1/timer", "text": \#(String(reflecting: body))},
             "expect": {"recognised": "\#(operation)"}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
    }

    @Test(
        "where the time of the call stands, a client's own request has any time",
        arguments: [
            (#"{"end": "2026-11-20T17:30:00+01:00", "by": ["gateway"]}"#, "pause"),
            (#"{"end": "now", "by": ["gateway"]}"#, "doubtful"), (#"{"end": null, "by": ["gateway"]}"#, "doubtful"),
        ]
    )
    func anyTime(body: String, operation: String) async throws {
        let text = #"""
            {"about": "A client's request.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
             "given": {"method": "PATCH", "path": "/timers/1", "text": \#(String(reflecting: body))},
             "expect": {"recognised": "\#(operation)"}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
    }

    @Test("a create does not approve what it creates")
    func create() async throws {
        for (body, operation) in [
            (#"{"projectId": "p", "seconds": 60, "State": 1}"#, "create"),
            (#"{"seconds": 60, "Status": "open"}"#, "doubtful"),
        ] {
            let text = #"""
                {"about": "A client's request.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
                 "given": {"method": "POST", "path": "/entries", "text": \#(String(reflecting: body))},
                 "expect": {"recognised": "\#(operation)"}}
                """#
            #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
        }
    }

    @Test("what may change entries may not approve them by a change's address")
    func scope() async throws {
        let text = #"""
            {"about": "A client's request.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
             "caller": {"scopes": ["write"]},
             "given": {"method": "PATCH", "path": "/entries/1", "text": "{\"status\": \"approved\"}",
                       "credentials": "connection"},
             "expect": {"recognised": "approve", "code": "scope_missing"}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
    }

    @Test("inside a JSON:API document its type and id may stand beside it")
    func document() async throws {
        let source = Self.source().replacing(
            "  fields = {",
            with: "  document = { at = \"data\", type = \"entries\" },\n  fields = {"
        )
        let sent = Self.exchange(
            "approve",
            #"{"id": "1"}"#,
            answer: Self.entry,
            expect: #"{"method": "PATCH", "body": {"data": {"type": "entries", "status": "approved"}}}"#
        )
        #expect(try await CaseRunnerTests.failures(sent, source: source) == [])
        let proxied = #"""
            {"about": "A client's request.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
             "given": {"method": "PATCH", "path": "/entries/1",
                       "text": "{\"data\": {\"type\": \"entries\", \"id\": \"1\", \"status\": \"approved\"}}"},
             "expect": {"recognised": "approve"}}
            """#
        #expect(try await CaseRunnerTests.failures(proxied, source: source) == [])
    }

    @Test(
        "a body that is none, and one that is written over, are refused with the plugin",
        arguments: [
            (#"approve = { "POST /a/{id}", body = "approved" }, create = {"#, "body must be a table"),
            (#"approve = { "POST /a/{id}", body = {} }, create = {"#, "body must be a table"),
            (
                #"reject = { "POST /a/{id}", body = { why = "" }, reason = "why" }, create = {"#,
                "operations.reject.body has something at why, where operations.reject.reason goes."
            ),
            (
                #"reject = { "POST /a/{id}", body = { by = "me" }, reason = "by.comment" }, create = {"#,
                "operations.reject.body has something at by.comment, where operations.reject.reason goes."
            ),
            (
                #"bulk_approve = { "POST /a", body = { ids = 1 }, ids = { "ids", "text" } }, create = {"#,
                "operations.bulk_approve.body has something at ids, where operations.bulk_approve.ids goes."
            ),
            (#"delete = { "DELETE /a/{id}", body = { a = 1 } }, create = {"#, "body"),
            (
                #"stop = { "POST /a/{id}", body = { by = { who = "${user}" } } }, create = {"#,
                "operations.stop.body has \"${user}\"; only \"${now}\" is filled in here"
            ),
        ]
    )
    func mistakes(actions: String, message: String) throws {
        let faults = try TemporaryPlugin(Self.source(actions)).faults()
        #expect(faults.contains { $0.message.contains(message) }, "\(faults)")
    }
}
