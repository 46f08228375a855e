import JSON
import Testing

@testable import GatewayCore

@Suite("The times of an entry")
struct TimeNormaliserTests {
    // MARK: - The forms

    @Test(
        "each form of time is recognised, and what follows from it is worked out",
        arguments: [
            (#""started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T10:30:00+01:00""#, TimeForm.interval),
            (#""started_at":"2026-11-20T09:00:00+01:00","duration_seconds":5400"#, .startDuration),
            (#""started_at":"2026-11-20T09:00:00+01:00","duration":"1h30m""#, .startDuration),
            (#""ended_at":"2026-11-20T10:30:00+01:00","duration":"1:30""#, .endDuration),
            (
                #""started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T10:30:00+01:00","duration":"90m""#,
                .interval
            ),
            (
                #""started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T09:30:00Z","duration_seconds":null"#,
                .interval
            ),
        ]
    )
    func instants(members: String, form: TimeForm) throws {
        let times = try Normalised("{\(members)}")
        #expect(times.group.form == form)
        #expect(times.entry.durationSeconds == 5400)
        #expect(times.entry.startedAt?.epochSeconds == Timestamp("2026-11-20T08:00:00Z")?.epochSeconds)
        #expect(times.entry.endedAt?.epochSeconds == Timestamp("2026-11-20T09:30:00Z")?.epochSeconds)
        #expect(times.entry.workDate?.description == "2026-11-20")
        #expect(times.group.isWorkDateDerived)
        #expect(!times.entry.has(.duration))
    }

    @Test("a day and a length are a form; a length alone is another")
    func lengths() throws {
        let dated = try Normalised(#"{"work_date":"2026-11-20","duration":"45s"}"#)
        #expect(dated.group.form == .dateDuration)
        #expect(dated.entry.durationSeconds == 45)
        #expect(!dated.group.isWorkDateDerived)
        let bare = try Normalised(#"{"duration_seconds":60}"#)
        #expect(bare.group.form == .durationOnly)
        #expect(bare.entry.workDate == nil)
    }

    @Test(
        "an entry that does not say when, or how long, is refused: forgetting a duration starts no timer",
        arguments: [
            (#"{"started_at":"2026-11-20T09:00:00Z"}"#, "missing_time ended_at"),
            (#"{"started_at":"2026-11-20T09:00:00Z","work_date":"2026-11-20"}"#, "missing_time ended_at"),
            (#"{"started_at":"2026-11-20T09:00:00Z","timer_state":"stopped"}"#, "missing_time ended_at"),
            (#"{"ended_at":"2026-11-20T09:00:00Z"}"#, "missing_time started_at"),
            (#"{"work_date":"2026-11-20"}"#, "missing_time duration_seconds"),
            (#"{"note":"x"}"#, "missing_time duration_seconds"),
            (#"{"timer_state":null,"started_at":"2026-11-20T09:00:00Z"}"#, "missing_time ended_at"),
        ]
    )
    func missing(text: String, fault: String) throws {
        #expect(try Normalised.refusal(of: text).faults == [fault])
    }

    @Test("a start alone is refused with both ways out")
    func startAlone() throws {
        let problem = try Normalised.refusal(of: #"{"started_at":"2026-11-20T09:00:00Z"}"#)
        #expect(problem.detail.contains("ended_at or duration_seconds"))
        #expect(problem.detail.contains("timer_state: \"running\""))
    }

    // MARK: - Running

    @Test("a timer runs only where the entry says so, with a start or without")
    func running() throws {
        let since = try Normalised(#"{"timer_state":"running","started_at":"2026-11-20T09:00:00+01:00"}"#)
        #expect(since.group.form == .running)
        #expect(since.entry.startedAt?.description == "2026-11-20T09:00:00+01:00")
        #expect(since.entry.endedAt == nil)
        let now = try Normalised(#"{"timer_state":"running"}"#)
        #expect(now.group.form == .running)
        #expect(now.entry.startedAt == nil)
        #expect(try Normalised(#"{"timer_state":"running","duration_seconds":0}"#).group.form == .running)
    }

    @Test(
        "a running timer with an end or a length contradicts itself",
        arguments: [
            (#""ended_at":"2026-11-20T10:00:00Z""#, "contradicting_times ended_at"),
            (#""duration_seconds":60"#, "contradicting_times duration_seconds"),
            (#""duration":"1h""#, "contradicting_times duration_seconds"),
        ]
    )
    func runningContradicted(member: String, fault: String) throws {
        #expect(try Normalised.refusal(of: #"{"timer_state":"running",\#(member)}"#).faults == [fault])
    }

    @Test("an entry cannot be created paused")
    func paused() throws {
        let problem = try Normalised.refusal(of: #"{"timer_state":"paused","started_at":"2026-11-20T09:00:00Z"}"#)
        #expect(problem.faults == ["invalid_value timer_state"])
    }

    // MARK: - Contradictions

    @Test("start, end and duration that disagree are refused with the three values")
    func threeContradict() throws {
        let problem = try Normalised.refusal(
            of: #"""
                {"started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T10:00:00+01:00",
                 "duration_seconds":3599}
                """#
        )
        #expect(problem.faults == ["contradicting_times duration_seconds"])
        for value in ["2026-11-20T09:00:00+01:00", "2026-11-20T10:00:00+01:00", "3600", "3599"] {
            #expect(problem.detail.contains(value))
        }
    }

    @Test("breaks count: the interval is the length and the breaks")
    func breaks() throws {
        let start = #""started_at":"2026-11-20T09:00:00+01:00""#
        let end = #""ended_at":"2026-11-20T11:00:00+01:00""#
        #expect(try Normalised("{\(start),\(end),\"break_seconds\":1800}").entry.durationSeconds == 5400)
        #expect(
            try Normalised("{\(start),\(end),\"break_seconds\":1800,\"duration\":\"1h30m\"}").group.form == .interval
        )
        let long = try Normalised.refusal(of: "{\(start),\(end),\"break_seconds\":7201}")
        #expect(long.faults == ["contradicting_times break_seconds"])
        let contradicting = try Normalised.refusal(of: "{\(start),\(end),\"break_seconds\":1800,\"duration\":\"2h\"}")
        #expect(contradicting.detail.contains("without 1800 s of breaks"))
        let moved = try Normalised("{\(start),\"duration\":\"1h30m\",\"break_seconds\":1800}")
        #expect(moved.entry.endedAt?.description == "2026-11-20T11:00:00+01:00")
        let back = try Normalised("{\(end),\"duration\":\"1h30m\",\"break_seconds\":1800}")
        #expect(back.entry.startedAt?.description == "2026-11-20T09:00:00+01:00")
    }

    @Test("an end before the start is refused, also across offsets; an empty interval is none the worse")
    func endBeforeStart() throws {
        let problem = try Normalised.refusal(
            of: #"{"started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T09:30:00+02:00"}"#
        )
        #expect(problem.code == .endBeforeStart)
        #expect(problem.faults == ["end_before_start ended_at"])
        #expect(problem.detail.contains("2026-11-20T09:30:00+02:00"))
        let empty = try Normalised(#"{"started_at":"2026-11-20T09:00:00Z","ended_at":"2026-11-20T09:00:00Z"}"#)
        #expect(empty.entry.durationSeconds == 0)
    }

    @Test("duration_seconds counts before duration, and a difference is reported")
    func bothDurations() throws {
        let different = try Normalised(#"{"work_date":"2026-11-20","duration":"1h","duration_seconds":60}"#)
        #expect(different.entry.durationSeconds == 60)
        let note = try #require(different.report.note(.inconsistent, "duration"))
        #expect(note.asked == .string("1h"))
        #expect(note.sent == .integer(60))
        let same = try Normalised(#"{"work_date":"2026-11-20","duration":"1m","duration_seconds":60}"#)
        #expect(same.report.isEmpty)
    }

    @Test("no interval is longer than a year, however it is said")
    func longestInterval() throws {
        for text in [
            #"{"started_at":"2026-11-20T09:00:00Z","ended_at":"2062-11-20T09:00:00Z"}"#,
            #"{"started_at":"2026-11-20T09:00:00Z","ended_at":"9999-11-20T09:00:00Z"}"#,
            #"{"started_at":"2026-01-01T00:00:00Z","ended_at":"2027-01-02T00:00:01Z"}"#,
        ] {
            let problem = try Normalised.refusal(of: text)
            #expect(problem.faults == ["out_of_range ended_at"])
            #expect(problem.detail.contains("366 days"))
        }
        let year = try Normalised(#"{"started_at":"2026-01-01T00:00:00Z","ended_at":"2027-01-02T00:00:00Z"}"#)
        #expect(year.entry.durationSeconds == 31_622_400)
    }

    @Test("a length that leads out of the calendar is refused, and does not overflow")
    func outOfCalendar() throws {
        for seconds in [Int64.max, 1 << 40] {
            let after = try Normalised.refusal(
                of: #"{"started_at":"2026-11-20T09:00:00Z","duration_seconds":\#(seconds)}"#
            )
            #expect(after.faults == ["out_of_range duration_seconds"])
            let before = try Normalised.refusal(
                of: #"{"ended_at":"2026-11-20T09:00:00Z","duration_seconds":\#(seconds),"break_seconds":\#(seconds)}"#
            )
            #expect(before.faults == ["out_of_range duration_seconds"])
        }
    }

    // MARK: - Zones

    @Test("a time without an offset is local in the entry's zone, else in the connection's, and is reported")
    func localTimes() throws {
        let own = try Normalised(
            #"{"time_zone":"America/New_York","started_at":"2026-07-01T09:00:00","duration":"1h"}"#,
            zone: "Europe/Zagreb"
        )
        #expect(own.entry.startedAt?.description == "2026-07-01T09:00:00-04:00")
        #expect(own.report.lines == ["converted started_at"])
        #expect(own.group.zone?.name == "America/New_York")
        let connection = try Normalised(#"{"started_at":"2026-07-01T09:00:00","duration":"1h"}"#, zone: "Europe/Zagreb")
        #expect(connection.entry.startedAt?.description == "2026-07-01T09:00:00+02:00")
        let none = try Normalised.refusal(of: #"{"started_at":"2026-07-01T09:00:00","duration":"1h"}"#)
        #expect(none.faults == ["invalid_time started_at"])
        #expect(none.detail.contains("no offset"))
    }

    @Test("a local time that does not occur is refused with both candidates")
    func gap() throws {
        let problem = try Normalised.refusal(
            of: #"{"started_at":"2024-03-31T02:30:00","duration":"1h"}"#,
            zone: "Europe/Zagreb"
        )
        #expect(problem.faults == ["impossible_time started_at"])
        #expect(problem.detail.contains("2024-03-31T01:30:00+01:00"))
        #expect(problem.detail.contains("2024-03-31T03:30:00+02:00"))
    }

    @Test("a local time that occurs twice is refused with both candidates")
    func overlap() throws {
        let problem = try Normalised.refusal(
            of: #"{"ended_at":"2024-10-27T02:30:00","duration":"1h"}"#,
            zone: "Europe/Zagreb"
        )
        #expect(problem.faults == ["ambiguous_time ended_at"])
        #expect(problem.detail.contains("2024-10-27T02:30:00+02:00"))
        #expect(problem.detail.contains("2024-10-27T02:30:00+01:00"))
    }

    @Test("either candidate is accepted once it is written with its offset")
    func candidates() throws {
        for (text, instant) in [
            ("2024-10-27T02:30:00+02:00", "2024-10-27T00:30:00Z"),
            ("2024-10-27T02:30:00+01:00", "2024-10-27T01:30:00Z"),
        ] {
            let times = try Normalised(#"{"time_zone":"Europe/Zagreb","started_at":"\#(text)","duration":"1h"}"#)
            #expect(times.entry.startedAt?.epochSeconds == Timestamp(instant)?.epochSeconds)
        }
    }

    @Test("an interval across a change of the clocks has the length that passed")
    func acrossChange() throws {
        let times = try Normalised(
            #"{"started_at":"2024-03-31T01:00:00","ended_at":"2024-03-31T04:00:00"}"#,
            zone: "Europe/Zagreb"
        )
        #expect(times.entry.durationSeconds == 7200)
    }

    @Test("an offset that the entry's own zone does not have then is refused with the right time")
    func offsetNotInZone() throws {
        let problem = try Normalised.refusal(
            of: #"""
                {"time_zone":"Europe/Zagreb","started_at":"2026-07-01T09:00:00+01:00",
                 "ended_at":"2026-07-01T10:00:00+03:00","note":"x"}
                """#
        )
        #expect(problem.faults == ["offset_not_in_zone started_at", "offset_not_in_zone ended_at"])
        #expect(problem.errors[0].message.contains("2026-07-01T10:00:00+02:00"))
    }

    @Test("the connection's zone does not judge the offset that a caller wrote")
    func offsetElsewhere() throws {
        let times = try Normalised(
            #"{"started_at":"2026-07-01T09:00:00-04:00","duration":"1h"}"#,
            zone: "Europe/Zagreb"
        )
        #expect(times.entry.startedAt?.description == "2026-07-01T09:00:00-04:00")
    }

    @Test("Z beside a zone says the instant and nothing of the place")
    func zulu() throws {
        let times = try Normalised(
            #"{"time_zone":"Europe/Zagreb","started_at":"2026-07-01T23:30:00Z","duration":"1h"}"#
        )
        #expect(times.entry.startedAt?.description == "2026-07-01T23:30:00Z")
        #expect(times.entry.workDate?.description == "2026-07-02")
    }

    @Test("an unknown zone is refused with the one that was meant, and with nothing that follows from it")
    func unknownZone() throws {
        let problem = try Normalised.refusal(
            of: #"{"time_zone":"Europe/Zagrb","started_at":"2026-07-01T09:00:00","duration":"1h"}"#
        )
        #expect(problem.faults == ["invalid_time_zone time_zone"])
        #expect(problem.detail.contains("Europe/Zagreb"))
    }

    @Test(
        "a length beyond a leap year is a slip and is refused, up to the largest number there is",
        arguments: [
            (#""duration_seconds":31622401"#, "duration_seconds"),
            (#""duration_seconds":9223372036854775807"#, "duration_seconds"),
            (#""duration":"9223372036854775807s""#, "duration_seconds"),
            (#""duration_seconds":60,"break_seconds":9223372036854775807"#, "break_seconds"),
        ]
    )
    func tooLong(member: String, field: String) throws {
        let problem = try Normalised.refusal(of: #"{"work_date":"2026-07-01",\#(member)}"#)
        #expect(problem.faults == ["out_of_range \(field)"])
        #expect(
            try Normalised(#"{"work_date":"2026-07-01","duration_seconds":31622400}"#).entry.durationSeconds
                == 31_622_400
        )
    }

    // MARK: - The day

    @Test("the day is as given; else the start's in the zone, else in its offset; a bare Z tells none")
    func workDate() throws {
        let late = #""started_at":"2026-11-20T23:30:00Z","duration":"1h""#
        #expect(try Normalised("{\(late)}", zone: "Europe/Zagreb").entry.workDate?.description == "2026-11-21")
        #expect(try Normalised("{\(late)}", zone: "America/New_York").entry.workDate?.description == "2026-11-20")
        #expect(try Normalised("{\(late)}").entry.workDate == nil)
        let offset = try Normalised(#"{"started_at":"2026-11-21T00:30:00+01:00","duration":"1h"}"#)
        #expect(offset.entry.workDate?.description == "2026-11-21")
        let given = try Normalised("{\(late),\"work_date\":\"2026-11-21\"}", zone: "Europe/Zagreb")
        #expect(given.entry.workDate?.description == "2026-11-21")
        #expect(!given.group.isWorkDateDerived)
    }

    @Test(
        "a day that is not the start's is refused, in the zone as in the offset",
        arguments: [
            (#""started_at":"2026-11-20T23:30:00Z""#, "2026-11-20", "Europe/Zagreb" as String?),
            (#""started_at":"2026-11-20T09:00:00+01:00""#, "2026-11-21", nil),
            (#""started_at":"2026-11-20T09:00:00Z""#, "2026-11-22", nil),
        ]
    )
    func workDateContradicts(start: String, date: String, zone: String?) throws {
        let problem = try Normalised.refusal(of: #"{\#(start),"duration":"1h","work_date":"\#(date)"}"#, zone: zone)
        #expect(problem.faults == ["contradicting_times work_date"])
        #expect(problem.detail.contains(date))
    }

    @Test("without a zone, any day that some place on Earth has at that instant will do for a bare Z")
    func workDateOfZulu() throws {
        for date in ["2026-11-20", "2026-11-21"] {
            let times = try Normalised(
                #"{"started_at":"2026-11-20T12:00:00Z","duration":"1h","work_date":"\#(date)"}"#
            )
            #expect(times.entry.workDate?.description == date)
        }
    }

    @Test("the day of an entry that is told by its end is the day of its start")
    func workDateOfEnd() throws {
        let times = try Normalised(#"{"ended_at":"2026-11-21T00:30:00+01:00","duration":"1h"}"#)
        #expect(times.entry.workDate?.description == "2026-11-20")
    }
}
