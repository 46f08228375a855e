import JSON
import Testing

@testable import GatewayCore

@Suite("What a vendor cannot hold")
struct LossTests {
    static let modes = [Handling.strict] + [nil, .up, .down, .nearest].map { Handling(isLenient: true, rounding: $0) }

    static func entry(_ members: String = "") -> String {
        let length = members.contains("duration_seconds") ? "" : #""duration":"1h","#
        return #"{"work_date":"2026-11-20",\#(length)"subjects":{"project":{"id":"p"}}\#(members)}"#
    }

    // MARK: - Critical

    @Test("a critical member is never dropped, in no mode", arguments: modes)
    func critical(handling: Handling) async throws {
        var create = try TestCreate()
        create.handling = handling
        for (text, field) in [
            (Self.entry().replacing(#""project""#, with: #""booking":{"id":"b"},"project""#), "subjects.booking"),
            (Self.entry(#","more_subjects":[{"type":"project","id":"q"}]"#), "more_subjects"),
        ] {
            let problem = try await create.refusal(text)
            #expect(problem.faults == ["unrepresentable \(field)"])
            #expect(problem.errors[0].hint?.contains("never dropped") == true)
        }

        let userless = TestVendor.minutes.filter { $0.target != .member(.userID) }
        create.vendor = try TestVendor.vendor(userless)
        #expect(try await create.refusal(Self.entry(#","user":{"id":"7"}"#)).faults == ["unrepresentable user.id"])

        let dayless = TestVendor.minutes.filter { $0.target != .member(.workDate) }
        create.vendor = try TestVendor.vendor(dayless)
        #expect(try await create.refusal(Self.entry()).faults == ["unrepresentable work_date"])
        #expect(create.upstream.requests.isEmpty)
    }

    @Test("a required member that is missing is refused in every mode", arguments: modes)
    func required(handling: Handling) async throws {
        var create = try TestCreate()
        create.handling = handling
        let problem = try await create.refusal(#"{"work_date":"2026-11-20","duration":"1h"}"#)
        #expect(problem.faults == ["required subjects.project.id"])
        #expect(problem.errors[0].vendorField == "project_id")
        #expect(problem.detail.contains("Acme needs subjects.project.id"))
    }

    // MARK: - Values

    static let values = [
        (#""billing":{"state":"billed"}"#, "billing.state"), (#""locked":true"#, "locked"), (#""tags":["a"]"#, "tags"),
        (#""billable_seconds":60"#, "billable_seconds"), (#""activity":{"name":"Design"}"#, "activity.name"),
        (#""break_seconds":60"#, "break_seconds"), (#""calendar_event_id":"c""#, "calendar_event_id"),
        (#""external_refs":{"jira":{"id":"J-1"}}"#, "external_refs.jira.id"),
        (#""custom_fields":{"cost_centre":"X"}"#, "custom_fields.cost_centre"), (#""billable":false"#, "billable"),
    ]

    @Test(
        "a value that the vendor has no field for is refused in strict handling, with how to allow it",
        arguments: values
    )
    func valueStrict(member: String, field: String) async throws {
        let problem = try await TestCreate().refusal(Self.entry("," + member))
        #expect(problem.code == .unrepresentable)
        #expect(problem.faults == ["unrepresentable \(field)"])
        #expect(problem.errors[0].hint?.contains("Prefer: handling=lenient") == true)
        #expect(problem.errors[0].message.contains("cannot be sent"))
    }

    @Test("the same value is dropped in lenient handling, and reported with what was asked", arguments: values)
    func valueLenient(member: String, field: String) async throws {
        var create = try TestCreate()
        create.handling = Handling(isLenient: true)
        let plan = try await create.plan(Self.entry("," + member))
        let note = try #require(plan.report.note(.dropped, field))
        #expect(note.asked != nil)
        #expect(!note.why.isEmpty)
        #expect(plan.body.object?.keys.sorted() == ["day", "minutes", "person_id", "project_id"])
    }

    @Test("the vendor's own reason stands in the refusal")
    func reason() async throws {
        let problem = try await TestCreate().refusal(Self.entry(#","billable":false"#))
        #expect(problem.detail.contains("Acme decides by the project."))
        #expect(problem.errors[0].vendorField == "charge")
    }

    @Test("several losses are told at once")
    func severalLosses() async throws {
        let problem = try await TestCreate().refusal(Self.entry(#","tags":["a"],"locked":true,"duration_seconds":61"#))
        #expect(
            Set(problem.faults) == [
                "unrepresentable tags", "unrepresentable locked", "unrepresentable duration_seconds",
            ]
        )
    }

    // MARK: - Advisory

    @Test("an advisory member is dropped and reported, never refused", arguments: modes)
    func advisory(handling: Handling) async throws {
        var create = try TestCreate()
        create.handling = handling
        let plan = try await create.plan(
            Self.entry(#","time_zone":"Europe/Zagreb","user":{"id":"7","name":"Ana"},"approval":{"state":"draft"}"#)
        )
        for field in ["time_zone", "user.name", "approval.state"] {
            #expect(plan.report.note(.dropped, field) != nil, "\(field)")
        }
    }

    @Test("a title at a vendor of one text is put before the note, and reported as converted")
    func joined() async throws {
        let plan = try await TestCreate().plan(Self.entry(#","title":"T","note":"N""#))
        #expect(plan.body["text"] == "T\nN")
        #expect(plan.report.note(.converted, "title")?.sent == .string("T\nN"))
        let alone = try await TestCreate().plan(Self.entry(#","title":"T""#))
        #expect(alone.body["text"] == "T")
    }

    // MARK: - Rounding

    @Test("a length that is no whole minutes is refused in strict handling, with what it would become")
    func roundingStrict() async throws {
        let problem = try await TestCreate().refusal(Self.entry().replacing("1h", with: "61s"))
        #expect(problem.faults == ["unrepresentable duration_seconds"])
        #expect(problem.detail.contains("1 (60 s) or 2 (120 s)"))
        #expect(problem.errors[0].hint?.contains("rounding=nearest") == true)
    }

    @Test(
        "lenient handling rounds as it was asked to, and reports both numbers",
        arguments: [
            (61, Rounding.up, 2), (61, .down, 1), (61, .nearest, 1), (90, .nearest, 2), (89, .nearest, 1), (1, .up, 1),
            (59, .nearest, 1), (119, .down, 1),
        ] as [(Int64, Rounding, Int64)]
    )
    func rounding(seconds: Int64, rounding: Rounding, minutes: Int64) async throws {
        var create = try TestCreate()
        create.handling = Handling(isLenient: true, rounding: rounding)
        let plan = try await create.plan(Self.entry(#","duration_seconds":\#(seconds)"#))
        #expect(plan.body["minutes"] == .integer(minutes))
        let note = try #require(plan.report.note(.rounded, "duration_seconds"))
        #expect(note.asked == .integer(seconds))
        #expect(note.sent == .integer(minutes))
    }

    @Test("without a rounding, lenient handling rounds to the nearest")
    func roundingDefault() async throws {
        var create = try TestCreate()
        create.handling = Handling(isLenient: true)
        #expect(try await create.plan(Self.entry(#","duration_seconds":91"#)).body["minutes"] == 2)
        #expect(try await create.plan(Self.entry(#","duration_seconds":89"#)).body["minutes"] == 1)
    }

    @Test(
        "work never becomes zero",
        arguments: [(59, Rounding.down), (1, .down), (29, .nearest)] as [(Int64, Rounding)]
    )
    func neverZero(seconds: Int64, rounding: Rounding) async throws {
        var create = try TestCreate()
        create.handling = Handling(isLenient: true, rounding: rounding)
        let problem = try await create.refusal(Self.entry(#","duration_seconds":\#(seconds)"#))
        #expect(problem.faults == ["unrepresentable duration_seconds"])
        #expect(problem.errors[0].hint?.contains("rounding=up") == true)
    }

    @Test("whole minutes are a conversion that loses nothing, in every mode", arguments: modes)
    func exact(handling: Handling) async throws {
        var create = try TestCreate()
        create.handling = handling
        let plan = try await create.plan(Self.entry())
        #expect(plan.body["minutes"] == 60)
        #expect(plan.report.note(.converted, "duration_seconds")?.sent == .integer(60))
        #expect(plan.report.note(.rounded, "duration_seconds") == nil)
        #expect(try await create.plan(Self.entry(#","duration_seconds":0"#)).body["minutes"] == 0)
    }

    // MARK: - Decimal hours

    /// A vendor that counts hours with two decimals.
    private static func hours(_ handling: Handling = .strict) throws -> TestCreate {
        var create = try TestCreate()
        create.vendor = try TestVendor.vendor(
            TestVendor.minutes.map { line in
                guard line.target == .member(.durationSeconds) else { return line }
                return TestVendor.line("hours", .member(.durationSeconds), .hours(decimals: 2, alsoText: false))
            }
        )
        create.handling = handling
        return create
    }

    @Test(
        "a length that decimals can say goes out as a number, in every mode",
        arguments: modes,
        [("1h", "1"), ("1h45m", "1.75"), ("36s", "0.01"), ("7h30m", "7.5")]
    )
    func hoursExact(handling: Handling, length: (text: String, hours: String)) async throws {
        let plan = try await Self.hours(handling).plan(Self.entry().replacing("1h", with: length.text))
        #expect(plan.body["hours"]?.serialized(.compact) == length.hours)
        #expect(plan.report.note(.converted, "duration_seconds") != nil)
        #expect(plan.report.note(.rounded, "duration_seconds") == nil)
    }

    @Test("twenty minutes are no hundredths of an hour: refused, with what they would become")
    func hoursStrict() async throws {
        let problem = try await Self.hours().refusal(Self.entry().replacing("1h", with: "20m"))
        #expect(problem.faults == ["unrepresentable duration_seconds"])
        #expect(
            problem.detail
                == "Acme counts hours with 2 decimals; 1200 s would become 0.33 (1188 s) or 0.34 (1224 s) hours."
        )
        #expect(problem.errors[0].hint?.contains("0.01 hours are 36 s") == true)
        let short = try await Self.hours().refusal(Self.entry().replacing("1h", with: "10s"))
        #expect(short.detail.contains("10 s would become 0.01 (36 s) hours."))
    }

    @Test(
        "lenient handling rounds hours as it was asked to, and never to nothing",
        arguments: [
            (1200, Rounding.up, "0.34"), (1200, .down, "0.33"), (1200, .nearest, "0.33"), (1, .up, "0.01"),
            (10, .down, nil), (17, .nearest, nil), (18, .nearest, "0.01"),
        ] as [(Int64, Rounding, String?)]
    )
    func hoursRounded(seconds: Int64, rounding: Rounding, hours: String?) async throws {
        let create = try Self.hours(Handling(isLenient: true, rounding: rounding))
        let text = Self.entry(#","duration_seconds":\#(seconds)"#)
        guard let hours else {
            let problem = try await create.refusal(text)
            #expect(problem.faults == ["unrepresentable duration_seconds"])
            #expect(problem.errors[0].hint?.contains("0.01 hours") == true)
            return
        }
        let plan = try await create.plan(text)
        #expect(plan.body["hours"]?.serialized(.compact) == hours)
        #expect(plan.report.note(.rounded, "duration_seconds")?.sent == .number(hours))
    }

    @Test(
        "hours in an answer are read to the second, and compared as closely as the vendor tells",
        arguments: [
            ("1", 3600, true), ("1.0", 3600, true), ("1.0001", 3600, true), ("1.01", 3636, false),
            ("\"1\"", nil, false),
        ]
            as [(String, Int64?, Bool)]
    )
    func hoursAnswered(hours: String, seconds: Int64?, isSame: Bool) async throws {
        var create = try Self.hours()
        create.upstream = RecordingUpstream(status: 201, body: #"{"id":"e-1","hours":\#(hours)}"#)
        let recorded = try await create.recorded(Self.entry())
        // What cannot be read is said, and what was sent stands in its place.
        #expect(recorded.entry[.durationSeconds] == .integer(seconds ?? 3600))
        #expect((recorded.report.notes.contains { $0.kind == .inconsistent }) == !isSame, "\(recorded.report.lines)")
    }

    // MARK: - The vendor's own fields

    @Test(
        "a field of the vendor goes through; one with a member is refused with its name, an unknown one with a guess"
    )
    func vendorFields() async throws {
        let create = try TestCreate()
        let plan = try await create.plan(Self.entry(#","vendor_fields":{"meta":{"colour":[1,{"a":null}]}}"#))
        #expect(plan.body["meta"] == ["colour": [1, ["a": nil]]])
        let own = try await create.refusal(Self.entry(#","vendor_fields":{"minutes":60}"#))
        #expect(own.faults == ["unknown_member vendor_fields.minutes"])
        #expect(own.detail == "minutes has a member of its own: set duration_seconds.")
        let unknown = try await create.refusal(Self.entry(#","vendor_fields":{"meta":{"color":1}}"#))
        #expect(unknown.faults == ["unknown_member vendor_fields.meta.color"])
        #expect(unknown.detail.contains("Did you mean \"colour\"?"))
    }

    // MARK: - The report

    @Test("the report is JSON with one list for each kind that has lines, and nothing for the others")
    func reportJSON() throws {
        var report = MappingReport()
        report.add(.dropped, "tags", vendorField: "labels", asked: .json(["a"]), why: "none")
        report.add(.converted, "duration_seconds", asked: .integer(60), sent: .integer(1), why: "minutes")
        report.add(.dropped, "locked", why: "none")
        var writer = JSONWriter(reserving: 64)
        report.write(to: &writer)
        let json = try JSONValue(parsing: writer.finish())
        #expect(json.object?.keys == ["converted", "dropped"])
        #expect(
            json["dropped"]?[0] == ["field": "tags", "vendor_field": "labels", "asked": ["a"], "why": "none"]
        )
        #expect(json["converted"]?[0] == ["field": "duration_seconds", "asked": 60, "sent": 1, "why": "minutes"])
        #expect(json["dropped"]?.array?.count == 2)
        #expect(MappingReport.Kind.allCases.map { "\($0.name)" } == MappingReport.Kind.allCases.map { "\($0)" })
    }
}
