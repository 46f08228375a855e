import Testing

@testable import PluginHost

@Suite("Times of day beside a day that they share")
struct TimeOfDayTests {
    private static func plugin(clock: String = "HH:MM", lines: String? = nil) -> String {
        let lines =
            lines
                ?? """
                { "from", "started_at", "local_time", day = "day", clock = "\(clock)" },
                { "to", "ended_at", "local_time", day = "day", clock = "\(clock)" },
                """
        return TemporaryPlugin.good
            .replacing("{ \"seconds\", \"duration_seconds\", \"seconds\" },", with: "")
            .replacing("{ \"from\", \"started_at\", \"rfc3339\" },", with: lines)
            .replacing("{ \"start_duration\", \"date_duration\" }", with: "{ \"interval\" }")
            .replacing(", assumed_start = \"settings.begin\"", with: "")
    }

    // MARK: - Writing

    private static func written(
        _ given: String,
        clock: String = "HH:MM",
        handling: String = "strict",
        _ expect: String
    ) async throws -> [String] {
        let text = #"""
            {"about": "An entry.", "direction": "write_request",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb", "handling": "\#(handling)"},
             "given": {"subjects": {"project": {"id": "p"}}, \#(given)}, "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: plugin(clock: clock))
    }

    private static func body(_ day: String, _ from: String, _ to: String) -> String {
        #""request": {"body": {"projectId": "p", "day": "\#(day)", "from": "\#(from)", "to": "\#(to)"}}"#
    }

    @Test(
        "a start and an end are written by the clocks of the zone",
        arguments: [
            ("HH:MM", "2026-11-20T08:00:00Z", "2026-11-20T13:30:00Z", "09:00", "14:30"),
            ("HH:MM:SS", "2026-11-20T08:00:05Z", "2026-11-20T13:30:00Z", "09:00:05", "14:30:00"),
            ("h:MMam", "2026-11-20T08:00:00Z", "2026-11-20T13:30:00Z", "9:00am", "2:30pm"),
            ("h:MMam", "2026-11-19T23:05:00Z", "2026-11-20T11:00:00Z", "12:05am", "12:00pm"),
        ]
    )
    func clocks(clock: String, start: String, end: String, from: String, to: String) async throws {
        let given = #""started_at": "\#(start)", "ended_at": "\#(end)""#
        #expect(try await Self.written(given, clock: clock, Self.body("2026-11-20", from, to)) == [])
    }

    @Test("an end after midnight is the next day's, as long as the clock shows it before the start")
    func night() async throws {
        let night =
            #""work_date": "2026-11-20", "started_at": "2026-11-20T22:00:00", "ended_at": "2026-11-21T06:00:00""#
        #expect(try await Self.written(night, Self.body("2026-11-20", "22:00", "06:00")) == [])
        let midnight = #""started_at": "2026-11-20T22:00:00", "ended_at": "2026-11-21T00:00:00""#
        #expect(try await Self.written(midnight, Self.body("2026-11-20", "22:00", "00:00")) == [])
    }

    @Test(
        "what would be read otherwise is refused: a day and more, another day, the second of two hours, seconds",
        arguments: [
            (#""started_at": "2026-11-20T22:00:00", "ended_at": "2026-11-21T22:00:00""#, "HH:MM:SS"),
            (#""started_at": "2026-11-20T22:00:00", "ended_at": "2026-11-22T06:00:00""#, "HH:MM"),
            (
                #"""
                "work_date": "2026-11-19", "started_at": "2026-11-19T23:30:00", "ended_at": "2026-11-20T00:30:00",
                "time_zone": "America/New_York"
                """#, "HH:MM"
            ),
            (#""started_at": "2026-10-25T01:10:00+02:00", "ended_at": "2026-10-25T02:30:00+01:00""#, "HH:MM"),
            (#""started_at": "2026-11-20T08:00:30", "ended_at": "2026-11-20T09:00:00""#, "HH:MM"),
            (#""started_at": "2026-11-20T08:00:00.5", "ended_at": "2026-11-20T09:00:00""#, "HH:MM:SS"),
        ]
    )
    func refused(given: String, clock: String) async throws {
        let expect = #""problem": {"status": 422, "code": "unrepresentable"}"#
        #expect(try await Self.written(given, clock: clock, expect) == [])
    }

    @Test("nothing is sent of which nothing would be left, lenient or not")
    func nothingLeft() async throws {
        let given = #""started_at": "2026-11-20T09:00:10", "ended_at": "2026-11-20T09:00:50""#
        let expect = #""problem": {"status": 422, "code": "unrepresentable"}"#
        #expect(try await Self.written(given, expect) == [])
        #expect(try await Self.written(given, handling: "lenient", expect) == [])
    }

    @Test("a day that nobody has named is that of the clocks that show the times, and not of the entry's zone")
    func derivedDay() async throws {
        let given = #"""
            "started_at": "2026-11-19T23:30:00", "ended_at": "2026-11-20T00:30:00", "time_zone": "America/New_York"
            """#
        #expect(try await Self.written(given, Self.body("2026-11-20", "05:30", "06:30")) == [])
    }

    @Test("without the connection's zone nobody knows what a time of day would be taken for, whatever the entry's is")
    func noZone() async throws {
        let text = #"""
            {"about": "An entry.", "direction": "write_request", "connection": {"settings": {"user_id": "7"}},
             "given": {"subjects": {"project": {"id": "p"}}, "time_zone": "America/New_York",
                       "started_at": "2026-11-20T09:00:00", "ended_at": "2026-11-20T10:00:00"},
             "expect": {"problem": {"status": 422, "code": "required"}}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.plugin()) == [])
    }

    @Test("a timer that starts now starts at what the vendor can hold, and one with a start of its own is not moved")
    func timer() async throws {
        let source = Self.plugin().replacing("{ \"interval\" }", with: "{ \"interval\" }, running = {}")
        func failures(_ given: String, _ expect: String) async throws -> [String] {
            let text = #"""
                {"about": "A timer.", "direction": "write_request", "now": "2026-11-20T10:00:42Z",
                 "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
                 "given": {"subjects": {"project": {"id": "p"}}, "timer_state": "running"\#(given)},
                 "expect": {\#(expect)}}
                """#
            return try await CaseRunnerTests.failures(text, source: source)
        }
        let body = #""request": {"body": {"projectId": "p", "day": "2026-11-20", "from": "11:00"}}"#
        #expect(try await failures("", body) == [])
        let refused = #""problem": {"status": 422, "code": "unrepresentable"}"#
        #expect(try await failures(#", "started_at": "2026-11-20T10:00:42Z""#, refused) == [])
    }

    @Test(
        "an assumed start leaves room for the breaks where the vendor has a field for them",
        arguments: [true, false]
    )
    func assumedStart(hasBreaks: Bool) async throws {
        let source = Self.plugin()
            .replacing("{ \"interval\" }", with: "{ \"interval\" }, assumed_start = \"settings.begin\"")
            .replacing(
                "{ \"colour\", \"vendor_fields\" },",
                with: hasBreaks ? "{ \"pause\", \"break_seconds\", \"minutes\" }," : ""
            )
        let expect =
            hasBreaks
            ? #"""
            "request": {"body": {"projectId": "p", "day": "2026-11-20", "from": "09:00", "to": "17:30", "pause": 30}}
            """# : #""problem": {"status": 422, "code": "unrepresentable"}"#
        let text = #"""
            {"about": "A day.", "direction": "write_request",
             "connection": {"settings": {"user_id": "7", "begin": "09:00"}, "time_zone": "Europe/Zagreb"},
             "given": {"subjects": {"project": {"id": "p"}}, "work_date": "2026-11-20", "duration": "8h",
                       "break_seconds": 1800},
             "expect": {\#(expect)}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: source) == [])
    }

    @Test("lenient handling leaves the seconds out and says so")
    func lenient() async throws {
        let given = #""started_at": "2026-11-20T08:00:30", "ended_at": "2026-11-20T09:00:00""#
        let expect =
            Self.body("2026-11-20", "08:00", "09:00") + #"""
                , "mapping": {"rounded": ["started_at"], "converted": ["ended_at", "ended_at", "started_at"],
                              "derived": ["work_date"], "defaulted": ["user.id"]}
                """#
        #expect(try await Self.written(given, handling: "lenient", expect) == [])
    }

    // MARK: - Reading

    private static func read(_ body: String, entry: String, _ source: String? = nil) async throws -> [String] {
        let text = #"""
            {"about": "An entry.", "direction": "read_answer",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
             "given": {"status": 200, "body": {"data": {"id": "1", \#(body)}}},
             "expect": {"entry": {"id": "1", \#(entry)}}}
            """#
        return try await CaseRunnerTests.failures(text, source: source ?? plugin())
    }

    private static func entry(_ day: String, _ start: String, _ end: String, _ seconds: Int) -> String {
        #""work_date": "\#(day)", "started_at": "\#(start)", "ended_at": "\#(end)", "duration_seconds": \#(seconds)"#
    }

    @Test(
        "an end before the start is read as the next day's",
        arguments: [
            (#""08:00""#, #""09:30""#, "2026-11-20T08:00:00+01:00", "2026-11-20T09:30:00+01:00", 5400),
            (#""8:00am""#, #""1:30pm""#, "2026-11-20T08:00:00+01:00", "2026-11-20T13:30:00+01:00", 19800),
            (#""22:00""#, #""06:00:00""#, "2026-11-20T22:00:00+01:00", "2026-11-21T06:00:00+01:00", 28800),
            (#""22:00""#, #""00:00""#, "2026-11-20T22:00:00+01:00", "2026-11-21T00:00:00+01:00", 7200),
            (#""10:00""#, #""10:00""#, "2026-11-20T10:00:00+01:00", "2026-11-20T10:00:00+01:00", 0),
        ]
    )
    func nextDay(from: String, to: String, start: String, end: String, seconds: Int) async throws {
        let body = #""day": "2026-11-20", "from": \#(from), "to": \#(to)"#
        #expect(try await Self.read(body, entry: Self.entry("2026-11-20", start, end, seconds)) == [])
    }

    @Test(
        "a night before the clocks change has the hours that were worked, and one on that day does not fall into the gap"
    )
    func clockChange() async throws {
        let spring = #""day": "2026-03-28", "from": "22:00", "to": "06:00""#
        let short = Self.entry("2026-03-28", "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00", 25200)
        #expect(try await Self.read(spring, entry: short) == [])
        // 02:30 does not occur on the 29th, and is meant of the 30th.
        let after = #""day": "2026-03-29", "from": "22:00", "to": "02:30""#
        let night = Self.entry("2026-03-29", "2026-03-29T22:00:00+02:00", "2026-03-30T02:30:00+02:00", 16200)
        #expect(try await Self.read(after, entry: night) == [])
    }

    @Test("a night in which the clocks change is told with both lengths", arguments: [true, false])
    func changeInBetween(isSpring: Bool) async throws {
        let given =
            isSpring
            ? #""started_at": "2026-03-28T22:00:00", "ended_at": "2026-03-29T06:00:00""#
            : #""started_at": "2026-10-24T22:00:00", "ended_at": "2026-10-25T06:00:00""#
        let expect =
            Self.body(isSpring ? "2026-03-28" : "2026-10-24", "22:00", "06:00") + #"""
                , "mapping": {"inconsistent": ["ended_at"],
                              "converted": ["ended_at", "ended_at", "started_at", "started_at"],
                              "derived": ["work_date"], "defaulted": ["user.id"]}
                """#
        #expect(try await Self.written(given, expect) == [])
    }

    @Test("the order of the lines means nothing")
    func order() async throws {
        let source = Self.plugin(
            lines: """
                { "to", "ended_at", "local_time", day = "day" },
                { "from", "started_at", "local_time", day = "day" },
                """
        )
        .replacing("{ \"day\", \"work_date\", \"date\" },", with: "")
        .replacing("{ \"colour\", \"vendor_fields\" },", with: "{ \"day\", \"work_date\", \"date\" },")
        let body = #""day": "2026-11-20", "from": "22:00", "to": "06:00""#
        let night = Self.entry("2026-11-20", "2026-11-20T22:00:00+01:00", "2026-11-21T06:00:00+01:00", 28800)
        #expect(try await Self.read(body, entry: night, source) == [])
    }

    @Test("a day alone is a day, and a time of day that cannot be read is kept as it came")
    func unread() async throws {
        let alone = #""day": "2026-11-20", "from": null, "to": null"#
        #expect(try await Self.read(alone, entry: #""work_date": "2026-11-20""#) == [])
        let odd = #""day": "2026-11-20", "from": "early""#
        #expect(
            try await Self.read(odd, entry: #""work_date": "2026-11-20", "vendor_fields": {"from": "early"}"#) == []
        )
        let dayless = #""from": "08:00""#
        #expect(try await Self.read(dayless, entry: #""vendor_fields": {"from": "08:00"}"#) == [])
    }

    // MARK: - Changing

    private static let changing = plugin().replacing(
        "create = { \"POST /entries\", entry = \"data\" },",
        with: """
            get = { "GET /entries/{id}" },
            update = { "PATCH /entries/{id}" },
            """
    )

    @Test("a change of one of the times writes the day and both, so that the night stays whole")
    func change() async throws {
        let text = #"""
            {"about": "The start moves to the day before.", "direction": "exchange", "operation": "update",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
             "caller": {"identity": {"user_id": "7"}},
             "given": {"id": "1", "entry": {"started_at": "2026-11-19T23:00:00+01:00"}},
             "answers": [
               {"status": 200, "body": {"id": "1", "day": "2026-11-20", "from": "01:00", "to": "06:00"}},
               {"status": 200, "body": {"id": "1", "day": "2026-11-19", "from": "23:00", "to": "06:00"}}],
             "expect": {
               "requests": [{"method": "GET"},
                 {"method": "PATCH", "body": {"day": "2026-11-19", "from": "23:00", "to": "06:00"}}],
               "entry": {"ended_at": "2026-11-20T06:00:00+01:00", "duration_seconds": 25200}}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.changing) == [])
    }

    @Test("a time that stays goes back as the vendor has it, whoever's clocks it shows")
    func unchanged() async throws {
        let source = Self.changing
            .replacing(
                "{ \"from\", \"started_at\",",
                with:
                    "{ \"at\", \"started_at\", \"rfc3339\", only = \"answer\", first = true }, { \"from\", \"started_at\","
            )
            .replacing(
                "{ \"to\", \"ended_at\", \"local_time\", day = \"day\", clock = \"HH:MM\" },",
                with: "{ \"seconds\", \"duration_seconds\", \"seconds\" },"
            )
            .replacing("{ \"interval\" }", with: "{ \"start_duration\" }")
        // Somebody in New York has begun at three by their own clocks.
        let entry = #""id": "1", "day": "2026-11-20", "from": "03:00", "at": "2026-11-20T08:00:00Z""#
        let text = #"""
            {"about": "Only the length changes.", "direction": "exchange", "operation": "update",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
             "caller": {"identity": {"user_id": "7"}},
             "given": {"id": "1", "entry": {"duration": "2h"}},
             "answers": [{"status": 200, "body": {\#(entry), "seconds": 3600}},
                         {"status": 200, "body": {\#(entry), "seconds": 7200}}],
             "expect": {
               "requests": [{"method": "GET"},
                 {"method": "PATCH", "body": {"day": "2026-11-20", "from": "03:00", "seconds": 7200}}],
               "entry": {"started_at": "2026-11-20T08:00:00Z", "duration_seconds": 7200}}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: source) == [])
    }

    @Test("where one time moves, both are written by the same clocks")
    func bothAnew() async throws {
        let text = #"""
            {"about": "The start moves.", "direction": "exchange", "operation": "update",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
             "caller": {"identity": {"user_id": "7"}},
             "given": {"id": "1", "entry": {"started_at": "2026-11-20T09:30:00+01:00"}},
             "answers": [
               {"status": 200, "body": {"id": "1", "day": "2026-11-20", "from": "03:00", "to": "04:00",
                 "at": "2026-11-20T08:00:00Z", "till": "2026-11-20T09:00:00Z"}},
               {"status": 200, "body": {"id": "1", "day": "2026-11-20", "from": "09:30", "to": "10:00",
                 "at": "2026-11-20T08:30:00Z", "till": "2026-11-20T09:00:00Z"}}],
             "expect": {
               "requests": [{"method": "GET"},
                 {"method": "PATCH", "body": {"day": "2026-11-20", "from": "09:30", "to": "10:00"}}],
               "entry": {"duration_seconds": 1800}}}
            """#
        let source = Self.changing.replacing(
            "{ \"colour\", \"vendor_fields\" },",
            with: """
                { "at", "started_at", "rfc3339", only = "answer", first = true },
                { "till", "ended_at", "rfc3339", only = "answer", first = true },
                """
        )
        #expect(try await CaseRunnerTests.failures(text, source: source) == [])
    }

    @Test("a native client's change of a time without its day is not held to rules that cannot see it")
    func nativeChange() async throws {
        let text = #"""
            {"about": "The end alone.", "direction": "proxy",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
             "given": {"method": "PATCH", "path": "/entries/1", "body": {"to": "07:00"}},
             "expect": {"code": "malformed_request"}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.changing) == [])
    }

    // MARK: - Loading

    @Test(
        "a time of day without its day, a start or a clock that there is, is told with its line",
        arguments: [
            (#"{ "from", "started_at", "local_time" },"#, "a local_time needs the place of its day"),
            (
                #"{ "from", "started_at", "local_time", day = "date" },"#,
                "from stands beside the day date, which no line of the table gives"
            ),
            (
                #"{ "from", "started_at", "rfc3339" }, { "to", "ended_at", "local_time", day = "day" },"#,
                "to is of the next day where it is before the start, and no line of the table gives a start beside day"
            ),
            (
                #"{ "from", "started_at", "local_time", day = "day", clock = "12h" },"#,
                #"fields[3].clock is "12h"; it must be one of "HH:MM:SS", "HH:MM", "h:MMam"."#
            ),
            (
                #"{ "from", "started_at", "rfc3339", clock = "HH:MM" },"#,
                "fields[3].clock is for local_time, and this line is rfc3339"
            ),
            (
                #"{ "from", "started_at", "rfc3339", also = { { "at", "local_time", day = "day" } } },"#,
                "fields[3].also: at cannot be another place of a local_time"
            ),
        ]
    )
    func faults(lines: String, message: String) throws {
        let faults = try TemporaryPlugin(Self.plugin(lines: lines)).faults()
        let text = faults.map { "\($0.place): \($0.message)" }.joined(separator: "\n")
        #expect(text.contains("plugin.lua:26: "), "\(text)")
        #expect(text.contains(message), "\(text)")
    }
}
