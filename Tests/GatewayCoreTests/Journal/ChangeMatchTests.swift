import JSON
import Testing

@testable import GatewayCore

/// Whether a change whose answer was lost shows in the entry.
struct ChangeMatchTests {
    private static let entry = #"""
        {"id":"7","work_date":"2026-11-20","duration_seconds":3600,"user":{"id":"u1"},"subjects":{"project":{"id":"p1"}},
         "note":"Dig","created_at":"2026-11-20T10:00:00Z"}
        """#

    private func finding(_ change: String, of entry: String = entry) throws -> ChangeMatch.Finding {
        let vendor = try TestVendor.vendor()
        let record = WriteRecord(
            id: 1,
            scope: WriteScope(caller: "jane", connection: "acme", operation: .update, key: "k"),
            isKeyGenerated: false,
            fingerprint: [],
            state: .unknown,
            attempt: 1,
            createdAt: 0,
            changedAt: 0,
            intent: WriteIntent(entryID: "7", method: "PATCH", url: "", body: nil, entry: Array(change.utf8))
        )
        let wanted = try #require(record.wantedChange)
        let found = try Entry(answer: JSONValue(parsing: entry))
        return ChangeMatch(wanted: wanted, answers: vendor.answers).find(in: found)
    }

    @Test(
        "what was changed is there",
        arguments: [
            #"{"note":"Dig"}"#, #"{"duration_seconds":3600,"work_date":"2026-11-20"}"#, #"{"user":{"id":"U1"}}"#,
            #"{"subjects":{"project":{"id":"p1"}}}"#, #"{"id":"8","note":"Dig"}"#,
        ]
    )
    func shown(change: String) throws {
        let entry = Self.entry.replacing("u1", with: "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b")
        let wanted = change.replacing("U1", with: "0198A1B2-7C3D-7E4F-8A5B-6C7D8E9F0A1B")
        #expect(try finding(wanted, of: entry) == .shown)
    }

    @Test(
        "what was not changed is seen, also where something was to be taken away",
        arguments: [
            #"{"note":"Ditch"}"#, #"{"note":null}"#, #"{"note":""}"#, #"{"duration_seconds":3660}"#,
            #"{"user":{"id":null}}"#,
            #"{"subjects":{"project":null}}"#, #"{"subjects":{"project":{"id":"p2"}}}"#,
            #"{"note":"Dig","work_date":"2026-11-21"}"#,
        ]
    )
    func different(change: String) throws {
        #expect(try finding(change) == .different)
    }

    @Test("what was taken away is gone")
    func gone() throws {
        let bare = #"{"id":"7","work_date":"2026-11-20","duration_seconds":3600}"#
        for change in [#"{"note":null}"#, #"{"subjects":{"project":null}}"#] {
            #expect(try finding(change, of: bare) == .shown)
        }
        #expect(try finding(#"{"note":"Dig"}"#, of: bare) == .different)
    }

    @Test(
        "what the vendor does not tell of is nothing to go by",
        arguments: [
            (#"{"billing":{"state":"billed"}}"#, "billing.state"), (#"{"tags":["a"]}"#, "tags"),
            (#"{"time_zone":"America/New_York"}"#, "time_zone"), (#"{"subjects":{"task":null}}"#, "subjects.task"),
            (#"{"note":"Dig","title":null}"#, "title"),
        ]
    )
    func untold(change: String, member: String) throws {
        #expect(try finding(change) == .untold(member))
    }

    @Test("what an answer leaves out is nothing to go by either")
    func missing() throws {
        let partial =
            #"{"id":"7","work_date":"2026-11-20","duration_seconds":3600,"missing":["user","subjects.project","note"]}"#
        for change in [#"{"user":{"id":"u1"}}"#, #"{"subjects":{"project":null}}"#, #"{"note":"Dig"}"#] {
            guard case .untold = try finding(change, of: partial) else {
                Issue.record("\(change) is told")
                continue
            }
        }
    }

    @Test("a row that holds the whole entry does not say what was changed")
    func earlier() throws {
        let intent = WriteIntent(
            method: "PATCH",
            url: "",
            body: nil,
            entry: Array(#"{"note":"Dig","completeness":"full"}"#.utf8)
        )
        let scope = WriteScope(caller: "jane", connection: "acme", operation: .update, key: "k")
        let record = WriteRecord(
            id: 1,
            scope: scope,
            isKeyGenerated: false,
            fingerprint: [],
            state: .unknown,
            attempt: 1,
            createdAt: 0,
            changedAt: 0,
            intent: intent
        )
        #expect(record.wantedChange == nil)
    }

    @Test(
        "an action is done where its state is reached",
        arguments: [
            (Operation.approve, "approved", true), (.approve, "rejected", false), (.approve, "unapproved", false),
            (.reject, "rejected", true), (.reject, "approved", false), (.unapprove, "approved", false),
            (.unapprove, "unapproved", true), (.unreject, "rejected", false), (.unreject, "submitted", true),
        ] as [(GatewayCore.Operation, String, Bool)]
    )
    func actions(operation: GatewayCore.Operation, state: String, isReached: Bool) throws {
        var entry = Entry()
        #expect(operation.isReached(in: entry) == nil)
        entry[.approvalState] = .string(state)
        #expect(operation.isReached(in: entry) == isReached)
    }

    @Test(
        "and so is one on a timer",
        arguments: [
            (Operation.start, "running", true), (.start, "stopped", false), (.stop, "stopped", true),
            (.stop, "running", false), (.pause, "paused", true), (.resume, "running", true), (.resume, "paused", false),
        ] as [(GatewayCore.Operation, String, Bool)]
    )
    func timers(operation: GatewayCore.Operation, state: String, isReached: Bool) throws {
        var entry = Entry()
        entry[.timerState] = .string(state)
        #expect(operation.isReached(in: entry) == isReached)
    }

    @Test("an entry with an end does not run, though the vendor says nothing of a timer")
    func ended() {
        var entry = Entry()
        #expect(Operation.stop.isReached(in: entry) == nil)
        entry.endedAt = Timestamp("2026-11-20T10:00:00Z")
        #expect(Operation.stop.isReached(in: entry) == true)
        // A vendor may make a new entry of it.
        #expect(Operation.start.isReached(in: entry) == nil)
        #expect(Operation.resume.isReached(in: entry) == nil)
    }
}
