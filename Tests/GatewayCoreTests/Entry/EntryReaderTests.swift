import JSON
import Testing

@testable import GatewayCore

@Suite("EntryReader")
struct EntryReaderTests {
    // MARK: - Names

    @Test(
        "an unknown member is refused with its path and the name that was meant, at every level",
        arguments: [
            (#"{"work_dat": "2026-11-20"}"#, "work_dat", "work_date"),
            (#"{"startet_at": null}"#, "startet_at", "started_at"),
            (#"{"usr": {"id": "7"}}"#, "usr", "user"),
            (#"{"user": {"idd": "7"}}"#, "user.idd", "id"),
            (#"{"user": {"nam": "Ana"}}"#, "user.nam", "name"),
            (#"{"billing": {"sate": "none"}}"#, "billing.sate", "state"),
            (#"{"approval": {"by": {"nme": "Ana"}}}"#, "approval.by.nme", "name"),
            (#"{"subjects": {"project": {"Id": "7"}}}"#, "subjects.project.Id", "id"),
            (#"{"more_subjects": [{"type": "task", "id": "1", "nmae": "x"}]}"#, "more_subjects[0].nmae", "name"),
        ]
    )
    func unknownMember(text: String, path: String, meant: String) throws {
        let problem = try refusal(of: text)
        let error = try #require(problem.errors.first { $0.field == path })
        #expect(error.code == "unknown_member")
        #expect(error.message == "There is no member \"\(path)\". Did you mean \"\(meant)\"?")
        #expect(error.hint?.isEmpty == false)
    }

    @Test("of very many faults a hundred are told, and nothing of a megabyte is said back")
    func manyFaults() throws {
        let names = (0..<20_000).map { "\"work_dat\($0)\":1" }.joined(separator: ",")
        let many = try refusal(of: "{\(names)}")
        #expect(many.errors.count == 100)
        #expect(many.detail.hasPrefix("20000 faults: There is no member \"work_dat0\"."))
        #expect(many.body(requestID: "r").count < 100_000)
        let long = String(repeating: "ä", count: 200_000)
        for text in [#"{"\#(long)": 1}"#, #"{"user": {"id": \#(String(repeating: "7", count: 200_000))}}"#] {
            let problem = try refusal(of: text)
            #expect(problem.body(requestID: "r").count < 5_000)
            #expect(problem.errors[0].message.contains("… ("))
            #expect(!problem.errors[0].message.contains("\u{FFFD}"))
        }
    }

    @Test("an unknown member that resembles none is refused without a guess")
    func unknownWithoutGuess() throws {
        let problem = try refusal(of: #"{"colour": "red"}"#)
        #expect(problem.code == .unknownMember)
        #expect(problem.detail == "There is no member \"colour\".")
        #expect(problem.origin == .caller)
        #expect(problem.sent == .no)
    }

    // MARK: - Types

    @Test(
        "a member of the wrong type is refused with the type that is expected and the JSON type that was found",
        arguments: [
            (#"{"note": 5}"#, "note", "note must be a string, not a number."),
            (#"{"note": ["a"]}"#, "note", "note must be a string, not a list."),
            (#"{"title": {"a": 1}}"#, "title", "title must be a string, not an object."),
            (#"{"title": true}"#, "title", "title must be a string, not true or false."),
            (#"{"billable": "yes"}"#, "billable", "billable must be true or false, not a string."),
            (#"{"billable": 1}"#, "billable", "billable must be true or false, not a number."),
            (#"{"user": "7"}"#, "user", "user must be an object, not a string."),
            (#"{"approval": {"by": []}}"#, "approval.by", "approval.by must be an object, not a list."),
            (#"{"tags": "a"}"#, "tags", "tags must be a list of strings, not a string."),
            (#"{"tags": ["a", 1]}"#, "tags", "tags must be a list of strings, not a list."),
            (#"{"external_refs": []}"#, "external_refs", "external_refs must be an object, not a list."),
            (#"{"custom_fields": 1}"#, "custom_fields", "custom_fields must be an object, not a number."),
            (#"{"vendor_fields": "x"}"#, "vendor_fields", "vendor_fields must be an object, not a string."),
            (#"{"more_subjects": {}}"#, "more_subjects", "more_subjects must be a list of {type, id}, not an object."),
            (#"{"timer_state": 1}"#, "timer_state", "timer_state must be a string, not a number."),
            (
                #"{"duration_seconds": {}}"#, "duration_seconds",
                "duration_seconds must be a whole number of seconds, not an object."
            ),
            (#"{"duration": {}}"#, "duration", #"duration must be a duration like "1h30m", not an object."#),
            (#"{"work_date": 20261120}"#, "work_date", #"work_date must be a date like "2026-11-20", not a number."#),
            (
                #"{"started_at": 1700000000}"#, "started_at",
                #"started_at must be a time like "2026-11-20T09:00:00+01:00", not a number."#
            ),
            (
                #"{"subjects": ["7"]}"#, "subjects",
                #"subjects must be an object by type, like {"project": {"id": "7"}}, not a list."#
            ),
            (
                #"{"subjects": {"project": "7"}}"#, "subjects.project",
                #"subjects.project must be an object like {"id": "7"}, not a string."#
            ),
            (
                #"{"subjects": {"project": {"id": "7", "name": 5}}}"#, "subjects.project.name",
                "subjects.project.name must be a string, not a number."
            ),
        ]
    )
    func wrongType(text: String, field: String, message: String) throws {
        let problem = try refusal(of: text)
        #expect(problem.code == .wrongType)
        #expect(problem.errors.map(\.field) == [field])
        #expect(problem.detail == message)
    }

    @Test(
        "an entry that is no object is refused with what it is",
        arguments: [
            ("[]", "a list"), ("5", "a number"),
            ("null", "null"), (#""x""#, "a string"),
        ]
    )
    func noObject(text: String, kind: String) throws {
        let problem = try refusal(of: text)
        #expect(problem.code == .wrongType)
        #expect(problem.detail == "The entry must be a JSON object, not \(kind).")
    }

    @Test(
        "a number where an identifier belongs is refused with the quotes that are missing",
        arguments: [
            (#"{"user": {"id": 8160}}"#, "user.id", #""8160""#),
            (#"{"activity": {"id": 12345678901234567890}}"#, "activity.id", #""12345678901234567890""#),
            (#"{"calendar_event_id": 1.5}"#, "calendar_event_id", #""1.5""#),
            (#"{"subjects": {"task": {"id": 7}}}"#, "subjects.task.id", #""7""#),
            (#"{"more_subjects": [{"type": "task", "id": 9}]}"#, "more_subjects[0].id", #""9""#),
        ]
    )
    func numberAsIdentifier(text: String, field: String, quoted: String) throws {
        let problem = try refusal(of: text)
        #expect(problem.faults == ["wrong_type \(field)"])
        #expect(problem.detail.contains("rite \(quoted), in quotes"))
    }

    @Test("an empty identifier is refused")
    func emptyIdentifier() throws {
        #expect(try refusal(of: #"{"user": {"id": ""}}"#).faults == ["invalid_value user.id"])
        #expect(try refusal(of: #"{"subjects": {"task": {"id": ""}}}"#).faults == ["wrong_type subjects.task.id"])
        #expect(try refusal(of: #"{"subjects": {"task": {}}}"#).faults == ["required subjects.task.id"])
        #expect(try refusal(of: #"{"more_subjects": [{"id": "1"}]}"#).faults == ["required more_subjects[0].type"])
    }

    // MARK: - Values

    @Test(
        "values that cannot be are refused, each with its own code",
        arguments: [
            (#"{"work_date": "2026-02-29"}"#, "invalid_date work_date"),
            (#"{"work_date": "20.11.2026"}"#, "invalid_date work_date"),
            (#"{"started_at": "yesterday"}"#, "invalid_time started_at"),
            (#"{"ended_at": "2026-11-20T25:00:00Z"}"#, "invalid_time ended_at"),
            (#"{"duration": "soon"}"#, "invalid_duration duration"),
            (#"{"duration": ""}"#, "invalid_duration duration"),
            (#"{"duration": "1.0001m"}"#, "invalid_duration duration"),
            (#"{"duration_seconds": -1}"#, "out_of_range duration_seconds"),
            (#"{"break_seconds": -60}"#, "out_of_range break_seconds"),
            (#"{"timer_state": "runing"}"#, "invalid_value timer_state"),
            (#"{"billing": {"state": "paid"}}"#, "invalid_value billing.state"),
            (#"{"approval": {"state": "Approved"}}"#, "invalid_value approval.state"),
        ]
    )
    func invalidValue(text: String, fault: String) throws {
        let problem = try refusal(of: text)
        #expect(problem.faults == [fault])
        #expect(problem.code.rawValue == problem.errors[0].code)
    }

    @Test("a value that is not one of a member's values names those it has, and the nearest")
    func enumeration() throws {
        let problem = try refusal(of: #"{"timer_state": "runing"}"#)
        #expect(problem.detail == #""runing" is not one of running, paused, stopped. Did you mean "running"?"#)
    }

    @Test("a bare number as a duration is refused: nobody knows of what")
    func bareDuration() throws {
        let problem = try refusal(of: #"{"duration": 90}"#)
        #expect(problem.faults == ["invalid_duration duration"])
        #expect(problem.detail == #"90 of what? Write "90m" or "90h", or give duration_seconds."#)
        #expect(try refusal(of: #"{"duration": "90"}"#).faults == ["invalid_duration duration"])
    }

    @Test("seconds are whole numbers; text belongs in duration")
    func seconds() throws {
        let text = try refusal(of: #"{"duration_seconds": "90m"}"#)
        #expect(text.detail == #"duration_seconds is a number of seconds, not text; "90m" can stand in "duration"."#)
        let fraction = try refusal(of: #"{"duration_seconds": 1.5}"#)
        #expect(fraction.detail == "duration_seconds is a whole number of seconds; 1.5 is not.")
        #expect(
            try refusal(of: #"{"duration_seconds": 9223372036854775808}"#).faults == ["out_of_range duration_seconds"]
        )
        #expect(try parse(#"{"duration_seconds": 9223372036854775807}"#).entry.durationSeconds == .max)
        #expect(try parse(#"{"duration_seconds": 0}"#).entry.durationSeconds == 0)
    }

    @Test("a long text is cut in the message that quotes it")
    func longText() throws {
        let problem = try refusal(of: #"{"work_date": "\#(String(repeating: "9", count: 5000))"}"#)
        #expect(problem.detail.count < 160)
        #expect(problem.detail.contains("…"))
    }

    // MARK: - What is read

    @Test("every kind of member is read")
    func everything() throws {
        let parsed = try parse(
            #"""
            {"work_date": "2026-11-20", "started_at": "2026-11-20T09:00:00+01:00", "time_zone": "Europe/Zagreb",
             "duration": "1h30m", "user": {"id": "7", "name": "Ana", "email": "ana@example.com"},
             "subjects": {"project": {"id": "p", "name": "Site"}, "task": null},
             "more_subjects": [{"type": "project", "id": "q"}], "activity": {"id": "a", "name": "Design"},
             "title": "T", "note": "N", "billable": true, "billable_seconds": 60, "billing": {"state": "none"},
             "locked": false, "external_refs": {"jira": {"id": "J-1"}}, "tags": ["a", "b"],
             "custom_fields": {"x": [1]}, "vendor_fields": {"y": {"z": null}}}
            """#
        )
        let entry = parsed.entry
        #expect(entry.workDate?.description == "2026-11-20")
        #expect(entry.startedAt?.description == "2026-11-20T09:00:00+01:00")
        #expect(entry.timeZone == "Europe/Zagreb")
        #expect(parsed.durationFromText == 5400)
        #expect(entry.userID == "7")
        #expect(entry[.userName]?.string == "Ana")
        #expect(
            entry.subjects == [Subject(type: "project", id: "p", name: "Site"), Subject(type: "task", isNull: true)]
        )
        #expect(entry[.moreSubjects]?.json == .array([["type": "project", "id": "q"]]))
        #expect(entry[.activityName]?.string == "Design")
        #expect(entry[.billable]?.bool == true)
        #expect(entry[.billableSeconds]?.integer == 60)
        #expect(entry[.billingState]?.string == "none")
        #expect(entry[.locked]?.bool == false)
        #expect(entry[.tags]?.json == .array(["a", "b"]))
        #expect(entry[.customFields]?.json == ["x": [1]])
        #expect(entry[.vendorFields]?.json == ["y": ["z": nil]])
        #expect(parsed.report.isEmpty)
    }

    @Test("null and absent differ; null of an object is null of what identifies it")
    func nulls() throws {
        let entry = try parse(
            #"""
            {"note": null, "started_at": null, "user": null, "activity": null, "billing": null,
             "subjects": {"task": null}}
            """#
        ).entry
        #expect(entry[.note] == .null)
        #expect(entry[.startedAt] == .null)
        #expect(entry[.userID] == .null)
        #expect(entry[.activityID] == .null)
        #expect(entry[.billingState] == .null)
        #expect(entry.subjects == [Subject(type: "task", isNull: true)])
        #expect(!entry.has(.title))
        #expect(!entry.has(.userName))
    }

    @Test("the bookkeeping members of an entry that was read are ignored, and each is reported")
    func bookkeeping() throws {
        let parsed = try parse(
            #"""
            {"id": "e-1", "connection": "acme", "vendor": "v", "version": "3", "shape": "interval",
             "completeness": "partial", "missing": ["user"], "raw": {"any": [1]}, "money": [],
             "created_at": "2026-11-20T09:00:00Z", "updated_at": null, "deleted_at": null,
             "created_by": {"id": "1", "name": "Ana"}, "updated_by": {"id": "2"}, "note": "N"}
            """#
        )
        #expect(parsed.entry.slots.map(\.member) == [.note])
        #expect(parsed.report.notes.allSatisfy { $0.kind == .dropped && !$0.why.isEmpty })
        #expect(
            Set(parsed.report.notes.map(\.field)) == [
                "id", "connection", "vendor", "version", "shape", "completeness", "missing", "raw", "money",
                "created_at", "updated_at", "deleted_at", "created_by.id", "created_by.name", "updated_by.id",
            ]
        )
    }

    @Test("a bookkeeping object that is null is ignored and reported like its members")
    func bookkeepingNull() throws {
        let parsed = try parse(#"{"created_by": null, "updated_by": null}"#)
        #expect(parsed.entry.slots.isEmpty)
        #expect(parsed.report.lines == ["dropped created_by.id", "dropped updated_by.id"])
    }

    @Test("bookkeeping of any type is ignored: an entry goes back as it came")
    func bookkeepingOfAnyType() throws {
        let parsed = try parse(#"{"id": 5, "version": 3, "created_at": "long ago", "money": {"a": 1}}"#)
        #expect(parsed.entry.slots.isEmpty)
        #expect(parsed.report.notes.count == 4)
    }

    @Test("a time without an offset is kept as a local time for the zone to decide")
    func localTimes() throws {
        let parsed = try parse(#"{"started_at": "2026-11-20T09:00:00", "ended_at": "2026-11-20T10:00:00Z"}"#)
        #expect(parsed.localTimes.map(\.member) == [.startedAt])
        #expect(parsed.localTimes.first?.time.description == "2026-11-20T09:00:00")
        #expect(!parsed.entry.has(.startedAt))
        #expect(parsed.entry.has(.endedAt))
    }

    // MARK: - Several faults

    @Test("all faults are told at once, in one problem, in the order of the entry")
    func severalFaults() throws {
        let problem = try refusal(
            of: #"""
                {"work_date": "2026-13-01", "usr": 1, "user": {"id": 7, "nam": "x"}, "duration": 5, "billable": "no",
                 "subjects": {"project": {"id": 1}, "task": {}}, "tags": {}}
                """#
        )
        #expect(problem.code == .invalidEntry)
        #expect(problem.code.status == 422)
        #expect(
            problem.faults == [
                "invalid_date work_date", "unknown_member usr", "wrong_type user.id", "unknown_member user.nam",
                "invalid_duration duration", "wrong_type billable", "wrong_type subjects.project.id",
                "required subjects.task.id", "wrong_type tags",
            ]
        )
        #expect(problem.detail.hasPrefix("9 faults: "))
    }

    @Test("several faults of one kind keep that kind's code")
    func severalFaultsOfOneKind() throws {
        let problem = try refusal(of: #"{"a_colour": 1, "b_colour": 2}"#)
        #expect(problem.code == .unknownMember)
        #expect(problem.errors.count == 2)
    }
}
