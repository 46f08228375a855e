import JSON
import Testing

@testable import GatewayCore

/// What a merge patch changes of an entry.
struct EntryChangeTests {
    private static let interval = #"""
        {"id":"7","work_date":"2026-11-20","started_at":"2026-11-20T09:00:00+01:00",
         "ended_at":"2026-11-20T10:30:00+01:00","duration_seconds":5400,"user":{"id":"u1"},
         "subjects":{"project":{"id":"p1","name":"House"},"task":{"id":"t1"}},"note":"Dig","billable":true,
         "vendor_fields":{"a":{"b":1,"c":2}},"external_refs":{"jira":{"issue_id":"J-1"}}}
        """#

    private func change(_ patch: String, of current: String = interval) throws -> EntryChange {
        let entry = try Entry(answer: JSONValue(parsing: current))
        let parsed = try EntryReader.read(JSONDocument(parsing: patch).root)
        return try EntryChange(parsed, of: entry)
    }

    private func times(_ patch: String, of current: String = interval) throws -> TimeGroup {
        var merged = try #require(try change(patch, of: current).times)
        return try TimeNormaliser(zones: .system, connectionZone: nil).normalise(&merged)
    }

    @Test func wholeEntrySentBackChangesNothing() throws {
        #expect(try change(Self.interval).isEmpty)
    }

    @Test func offsetOfTheSameInstantChangesNothing() throws {
        #expect(try change(#"{"started_at":"2026-11-20T08:00:00Z"}"#).isEmpty)
    }

    @Test func onlyWhatDiffersRemains() throws {
        let change = try change(
            #"{"note":"Dug","billable":true,"subjects":{"project":{"id":"p1"},"task":{"id":"t2"}}}"#
        )
        #expect(change.entry.slots.map(\.member) == [.subjects, .note])
        #expect(change.entry.subjects == [Subject(type: "task", id: "t2")])
        #expect(change.times == nil)
    }

    @Test func nullOfWhatIsNotThereChangesNothing() throws {
        #expect(try change(#"{"title":null,"subjects":{"client":null}}"#).isEmpty)
    }

    @Test func nullOfWhatIsThereStays() throws {
        let change = try change(#"{"note":null,"subjects":{"task":null}}"#)
        #expect(change.entry[.note]?.isNull == true)
        #expect(change.entry.subjects == [Subject(type: "task", isNull: true)])
        let whole = change.applied(to: try Entry(answer: JSONValue(parsing: Self.interval)), times: nil)
        #expect(whole.subjects.map(\.type) == ["project"])
        #expect(!whole.has(.note))
    }

    @Test func subjectsThatAreNullAreEachNull() throws {
        let change = try change(#"{"subjects":null}"#)
        #expect(
            change.entry.subjects == [Subject(type: "project", isNull: true), Subject(type: "task", isNull: true)]
        )
        let current = #"{"work_date":"2026-11-20","duration_seconds":3600}"#
        #expect(try self.change(#"{"subjects":null}"#, of: current).isEmpty)
    }

    @Test func objectsAreComparedMemberByMember() throws {
        let change = try change(#"{"vendor_fields":{"a":{"b":1,"c":3}},"external_refs":{"jira":{"issue_id":"J-1"}}}"#)
        #expect(change.entry.slots.map(\.member) == [.vendorFields])
        #expect(change.entry[.vendorFields]?.json == ["a": ["c": 3]])
    }

    @Test(arguments: ["started_at", "ended_at", "duration_seconds", "work_date", "duration", "break_seconds"])
    func timeThatIsNullIsRefused(member: String) throws {
        let problem = #expect(throws: Problem.self) { try change("{\"\(member)\":null}") }
        #expect(problem?.code == .nullNotAllowed)
        #expect(problem?.errors.first?.field == member)
    }

    @Test func endAloneRecomputesTheLength() throws {
        let group = try times(#"{"ended_at":"2026-11-20T11:00:00+01:00"}"#)
        #expect(group.durationSeconds == 7200)
        #expect(group.startedAt?.description == "2026-11-20T09:00:00+01:00")
    }

    @Test func startAloneRecomputesTheLengthAndTheDay() throws {
        let group = try times(#"{"started_at":"2026-11-19T23:00:00+01:00"}"#)
        #expect(group.durationSeconds == 41_400)
        #expect(group.workDate?.description == "2026-11-19")
    }

    @Test func lengthAloneMovesTheEnd() throws {
        let group = try times(#"{"duration":"3h"}"#)
        #expect(group.endedAt?.description == "2026-11-20T12:00:00+01:00")
        #expect(group.startedAt?.description == "2026-11-20T09:00:00+01:00")
    }

    @Test func endAndLengthMoveTheStart() throws {
        let group = try times(#"{"ended_at":"2026-11-20T12:00:00+01:00","duration_seconds":3600}"#)
        #expect(group.startedAt?.description == "2026-11-20T11:00:00+01:00")
    }

    @Test(
        "a length that is named beside another time holds, also where it already is so",
        arguments: [
            (#"{"ended_at":"2026-11-20T17:00:00+01:00","duration":"1h30m"}"#, "15:30", "17:00"),
            (#"{"ended_at":"2026-11-20T17:00:00+01:00","duration_seconds":5400}"#, "15:30", "17:00"),
            (#"{"started_at":"2026-11-20T14:00:00+01:00","duration":"1h30m"}"#, "14:00", "15:30"),
            (#"{"started_at":"2026-11-20T14:00:00+01:00","duration_seconds":5400}"#, "14:00", "15:30"),
            (#"{"started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T11:00:00+01:00"}"#, "09:00", "11:00"),
        ]
    )
    func namedLength(patch: String, start: String, end: String) throws {
        let group = try times(patch)
        #expect(group.startedAt?.description == "2026-11-20T\(start):00+01:00")
        #expect(group.endedAt?.description == "2026-11-20T\(end):00+01:00")
    }

    @Test("of an entry that comes back as it was read, what was edited counts")
    func sentBackEdited() throws {
        let later = try times(Self.interval.replacing("T10:30", with: "T11:00"))
        #expect(later.durationSeconds == 7200)
        let nextDay = try times(
            Self.interval.replacing("20T09:00", with: "21T09:00").replacing("20T10:30", with: "21T10:30")
        )
        #expect(nextDay.workDate?.description == "2026-11-21")
        #expect(nextDay.durationSeconds == 5400)
    }

    @Test("a day that is named holds against instants of another")
    func namedDay() throws {
        let patch =
            #"{"work_date":"2026-11-20","started_at":"2026-11-21T09:00:00+01:00","ended_at":"2026-11-21T10:00:00+01:00"}"#
        let problem = #expect(throws: Problem.self) { try times(patch) }
        #expect(problem?.code == .contradictingTimes)
        #expect(try change(#"{"work_date":"2026-11-20","duration":"1h30m"}"#).isEmpty)
    }

    @Test(
        "a start or an end alone that leaves nothing of the length is refused",
        arguments: [("started_at", "2026-11-20T10:30:00+01:00"), ("ended_at", "2026-11-20T08:00:00Z")]
    )
    func nothingLeft(member: String, time: String) throws {
        let problem = #expect(throws: Problem.self) { try times(#"{"\#(member)":"\#(time)"}"#) }
        #expect(problem?.code == .contradictingTimes)
        #expect(problem?.errors.first?.field == member)
        // Said in full it is what was meant.
        #expect(try times(#"{"\#(member)":"\#(time)","duration_seconds":0}"#).durationSeconds == 0)
    }

    @Test func threeTimesThatDisagreeAreRefused() throws {
        let problem = #expect(throws: Problem.self) {
            try times(
                #"{"started_at":"2026-11-20T08:00:00+01:00","ended_at":"2026-11-20T12:00:00+01:00","duration":"1h"}"#
            )
        }
        #expect(problem?.code == .contradictingTimes)
    }

    @Test func dayOfAnEntryWithoutStartMoves() throws {
        let current = #"{"work_date":"2026-11-20","duration_seconds":3600}"#
        let group = try times(#"{"work_date":"2026-11-21"}"#, of: current)
        #expect(group.form == .dateDuration)
        #expect(group.workDate?.description == "2026-11-21")
        #expect(group.durationSeconds == 3600)
    }

    @Test func dayThatItsStartContradictsIsRefused() throws {
        let problem = #expect(throws: Problem.self) { try times(#"{"work_date":"2026-11-25"}"#) }
        #expect(problem?.code == .contradictingTimes)
        #expect(problem?.errors.first?.field == "work_date")
    }

    @Test func runningTimerStaysOneWhenItsStartMoves() throws {
        let current = #"{"started_at":"2026-11-20T09:00:00+01:00","timer_state":"running"}"#
        let group = try times(#"{"started_at":"2026-11-20T08:00:00+01:00"}"#, of: current)
        #expect(group.form == .running)
        let ended = try times(#"{"ended_at":"2026-11-20T10:00:00+01:00"}"#, of: current)
        #expect(ended.form == .interval)
        #expect(ended.durationSeconds == 3600)
    }
}
