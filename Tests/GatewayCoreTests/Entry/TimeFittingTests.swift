import JSON
import Testing

@testable import GatewayCore

@Suite("Times as the vendor takes them")
struct TimeFittingTests {
    /// A vendor that takes a start and an end.
    static func instants(_ times: TimeRules) throws -> Vendor {
        try TestVendor.vendor(
            [
                TestVendor.line("start", .member(.startedAt), .rfc3339),
                TestVendor.line("end", .member(.endedAt), .rfc3339),
                TestVendor.line("seconds", .member(.durationSeconds), .seconds(alsoText: false)),
            ],
            times: times
        ) { $0.impliedUserSetting = "user_id" }
    }

    static func create(
        _ times: TimeRules,
        zone: String? = nil,
        settings: JSONObject = JSONObject()
    ) throws -> TestCreate {
        var settings = settings
        settings["user_id"] = "7"
        return TestCreate(try instants(times), try TestVendor.connection(zone: zone, settings: settings))
    }

    @Test(
        "each form with instants becomes the one that the vendor prefers, and what was worked out is reported",
        arguments: [
            (#""ended_at":"2026-11-20T10:00:00Z","duration":"1h""#, TimeForm.interval, ["derived started_at"]),
            (#""started_at":"2026-11-20T09:00:00Z","duration":"1h""#, .interval, ["derived ended_at"]),
            (#""started_at":"2026-11-20T09:00:00Z","ended_at":"2026-11-20T10:00:00Z""#, .interval, []),
            (
                #""started_at":"2026-11-20T09:00:00Z","ended_at":"2026-11-20T10:00:00Z""#, .startDuration,
                ["derived duration_seconds"]
            ),
            (
                #""started_at":"2026-11-20T09:00:00Z","ended_at":"2026-11-20T10:00:00Z""#, .endDuration,
                ["derived duration_seconds"]
            ),
        ]
    )
    func preferred(members: String, accepted: TimeForm, report: [String]) async throws {
        let plan = try await Self.create(TimeRules(accepts: [accepted])).plan("{\(members)}")
        #expect(plan.report.lines.filter { !$0.contains("user.id") } == report)
        let body: [(String, JSONValue, Bool)] = [
            ("start", "2026-11-20T09:00:00Z", accepted != .endDuration),
            ("end", "2026-11-20T10:00:00Z", accepted != .startDuration),
            ("seconds", 3600, accepted != .interval),
        ]
        for (name, value, isThere) in body {
            #expect(plan.body[name] == (isThere ? Optional(value) : .none))
        }
    }

    @Test("lenient handling is offered for breaks only where it would help", arguments: [true, false])
    func breaks(takesLength: Bool) async throws {
        let members = #""started_at":"2026-11-20T09:00:00Z","ended_at":"2026-11-20T10:00:00Z","break_seconds":600"#
        var create = try Self.create(TimeRules(accepts: takesLength ? [.interval, .startDuration] : [.interval]))
        let strict = try await #require(throws: Problem.self) { try await create.plan("{\(members)}") }
        #expect(strict.errors.map(\.field) == ["break_seconds"])
        #expect(strict.errors.first?.hint?.contains("handling=lenient") == takesLength, "\(strict.errors)")
        create.handling = Handling(isLenient: true)
        guard takesLength else {
            let lenient = try await #require(throws: Problem.self) { try await create.plan("{\(members)}") }
            #expect(lenient.errors.first?.hint?.contains("two entries") == true)
            return
        }
        #expect(try await create.plan("{\(members)}").body["seconds"] == 3000)
    }

    @Test(
        "a length that is no whole number of seconds is refused, or rounded where that is allowed",
        arguments: [
            ("09:00:00Z", "10:00:00.9Z", "3600.9", 3601, 3600, 3601),
            ("09:00:00.6Z", "10:00:00.4Z", "3599.8", 3600, 3599, 3600),
            ("09:00:00Z", "10:00:00.25Z", "3600.25", 3600, 3600, 3601),
            ("09:00:00.999999999Z", "10:00:00Z", "3599.000000001", 3599, 3599, 3600),
        ] as [(String, String, String, Int64, Int64, Int64)]
    )
    func fractions(
        start: String,
        end: String,
        exact: String,
        nearest: Int64,
        down: Int64,
        up: Int64
    ) async throws {
        let entry = #"{"started_at":"2026-11-20T\#(start)","ended_at":"2026-11-20T\#(end)"}"#
        for form in [TimeForm.startDuration, .endDuration] {
            let strict = try Self.create(TimeRules(accepts: [form]))
            let refusal = try await #require(throws: Problem.self) { try await strict.plan(entry) }
            #expect(refusal.code == .unrepresentable)
            #expect(refusal.errors.first?.field == "ended_at")
            #expect(refusal.detail.contains("are \(exact) s apart"))
            for (rounding, seconds) in [(nil, nearest), (.nearest, nearest), (.down, down), (.up, up)]
                as [(Rounding?, Int64)]
            {
                var lenient = strict
                lenient.handling = Handling(isLenient: true, rounding: rounding)
                let plan = try await lenient.plan(entry)
                #expect(plan.body["seconds"] == .integer(seconds))
                #expect(plan.report.lines.contains("rounded duration_seconds"))
            }
        }
        // Where the times themselves are sent nothing is lost.
        let plan = try await Self.create(TimeRules(accepts: [.interval])).plan(entry)
        #expect(plan.body["end"] == .string("2026-11-20T\(end)"))
    }

    @Test("times with the same fraction are whole seconds apart")
    func sameFraction() async throws {
        let plan = try await Self.create(TimeRules(accepts: [.startDuration]))
            .plan(#"{"started_at":"2026-11-20T09:00:00.5Z","ended_at":"2026-11-20T10:00:00.5Z"}"#)
        #expect(plan.body["seconds"] == 3600)
    }

    @Test("a form that the vendor takes as it is goes as it is, whatever it prefers")
    func asItIs() async throws {
        let plan = try await Self.create(TimeRules(accepts: [.interval, .endDuration])).plan(
            #"{"ended_at":"2026-11-20T10:00:00Z","duration_seconds":60}"#
        )
        #expect(plan.body["start"] == nil)
        #expect(plan.body["seconds"] == 60)
    }

    @Test("a form that cannot become another is refused with what the vendor takes")
    func unsupported() async throws {
        let create = try Self.create(TimeRules(accepts: [.interval]))
        let dated = try await create.refusal(#"{"work_date":"2026-11-20","duration":"1h"}"#)
        #expect(dated.faults == ["unsupported_time_form started_at"])
        #expect(dated.detail.hasSuffix("It takes: started_at and ended_at."))
        let bare = try await create.refusal(#"{"duration":"1h"}"#)
        #expect(bare.faults == ["unsupported_time_form work_date"])
        let running = try await create.refusal(#"{"timer_state":"running"}"#)
        #expect(running.faults == ["unsupported_time_form timer_state"])
        #expect(create.upstream.requests.isEmpty)
    }

    @Test("an assumed start is the setting's local time of that day, and is reported with the setting")
    func assumedStart() async throws {
        let rules = TimeRules(accepts: [.interval], assumedStartSetting: "assume_start")
        let create = try Self.create(rules, zone: "Europe/Zagreb", settings: ["assume_start": "09:00"])
        let plan = try await create.plan(#"{"work_date":"2026-07-01","duration":"1h"}"#)
        #expect(plan.body["start"] == "2026-07-01T09:00:00+02:00")
        #expect(plan.body["end"] == "2026-07-01T10:00:00+02:00")
        let note = try #require(plan.report.note(.derived, "started_at"))
        #expect(note.why.contains("assume_start is 09:00"))

        let unset = try await Self.create(rules, zone: "Europe/Zagreb").refusal(
            #"{"work_date":"2026-07-01","duration":"1h"}"#
        )
        #expect(unset.detail.contains("let the operator set assume_start"))
        let zoneless = try await Self.create(rules, settings: ["assume_start": "09:00"]).refusal(
            #"{"work_date":"2026-07-01","duration":"1h"}"#
        )
        #expect(zoneless.faults == ["unsupported_time_form time_zone"])
    }

    @Test("an assumed start that a change of the clocks makes impossible or ambiguous is refused with both")
    func assumedStartInChange() async throws {
        let rules = TimeRules(accepts: [.interval], assumedStartSetting: "assume_start")
        let create = try Self.create(rules, zone: "Europe/Zagreb", settings: ["assume_start": "02:30"])
        let gap = try await create.refusal(#"{"work_date":"2024-03-31","duration":"1h"}"#)
        #expect(gap.faults == ["impossible_time started_at"])
        #expect(gap.detail.contains("2024-03-31T01:30:00+01:00"))
        #expect(gap.detail.contains("2024-03-31T03:30:00+02:00"))
        let overlap = try await create.refusal(#"{"work_date":"2024-10-27","duration":"1h"}"#)
        #expect(overlap.faults == ["ambiguous_time started_at"])
        #expect(overlap.detail.contains("2024-10-27T02:30:00+02:00"))
    }

    @Test("a timer without a start begins now, in the entry's zone")
    func runningNow() async throws {
        let rules = TimeRules(accepts: [.interval], running: [.durationSeconds: .integer(0)])
        let plan = try await Self.create(rules, zone: "Europe/Zagreb").plan(#"{"timer_state":"running"}"#)
        #expect(plan.body["start"] == "2026-11-20T13:00:00+01:00")
        #expect(plan.body["end"] == nil)
        #expect(plan.body["seconds"] == 0)
        #expect(plan.report.note(.derived, "started_at")?.why == "The timer starts now.")
    }

    // MARK: - A day and a length only

    static let interval = #"""
        {"started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T10:30:00+01:00",
         "subjects":{"project":{"id":"p"}}}
        """#

    @Test("an interval at a vendor of days and lengths is refused, with what would be sent and what would be lost")
    func lossOfInstants() async throws {
        let problem = try await TestCreate().refusal(Self.interval)
        #expect(problem.faults == ["unrepresentable started_at", "unrepresentable ended_at"])
        for text in ["2026-11-20 with 5400 s", "2026-11-20T09:00:00+01:00", "2026-11-20T10:30:00+01:00"] {
            #expect(problem.detail.contains(text))
        }
        #expect(problem.errors[0].hint?.contains("Prefer: handling=lenient") == true)
    }

    @Test("lenient handling, or the connection's setting, records the length and reports both times as dropped")
    func allowedLossOfInstants() async throws {
        var lenient = try TestCreate()
        lenient.handling = Handling(isLenient: true)
        let rules = TimeRules(accepts: [.dateDuration], lengthOnlySetting: "length_is_enough")
        let allowed = TestCreate(
            try TestVendor.vendor(times: rules),
            try TestVendor.connection(settings: ["length_is_enough": true])
        )
        for create in [lenient, allowed] {
            let plan = try await create.plan(Self.interval)
            #expect(plan.body["minutes"] == 90)
            #expect(plan.body["day"] == "2026-11-20")
            #expect(plan.report.note(.dropped, "started_at")?.asked == .string("2026-11-20T09:00:00+01:00"))
            #expect(plan.report.note(.dropped, "ended_at") != nil)
        }
        let forbidden = TestCreate(
            try TestVendor.vendor(times: rules),
            try TestVendor.connection(settings: ["length_is_enough": false])
        )
        #expect(try await forbidden.refusal(Self.interval).errors[0].hint?.contains("length_is_enough: true") == true)
    }

    @Test("a bare Z with no zone is refused where the vendor needs the day, and taken with one")
    func zuluNeedsZone() async throws {
        let entry = #"{"started_at":"2026-11-20T23:30:00Z","duration":"1h","subjects":{"project":{"id":"p"}}}"#
        var create = try TestCreate()
        create.handling = Handling(isLenient: true)
        let problem = try await create.refusal(entry)
        #expect(problem.faults == ["missing_time work_date"])
        #expect(problem.errors[0].hint == "Add work_date, or time_zone, or write the local offset.")
        create.connection = try TestVendor.connection(zone: "Europe/Zagreb")
        let plan = try await create.plan(entry)
        #expect(plan.body["day"] == "2026-11-21")
        #expect(plan.report.note(.derived, "work_date")?.sent == .string("2026-11-21"))
    }
}
