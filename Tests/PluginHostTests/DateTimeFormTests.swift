import Testing

@testable import PluginHost

@Suite("The forms in which vendors hold an instant or a length in one field")
struct DateTimeFormTests {
    private static func plugin(
        _ converter: String,
        length: String = "{ \"seconds\", \"duration_seconds\", \"seconds\" }"
    ) -> String {
        TemporaryPlugin.good
            .replacing("{ \"day\", \"work_date\", \"date\" },", with: "")
            .replacing("{ \"seconds\", \"duration_seconds\", \"seconds\" }", with: length)
            .replacing("{ \"from\", \"started_at\", \"rfc3339\" }", with: "{ \"from\", \"started_at\", \(converter) }")
            .replacing("\"start_duration\", \"date_duration\"", with: "\"start_duration\"")
    }

    // MARK: - Writing

    private static func written(
        _ plugin: String,
        start: String,
        expect: String,
        zone: String? = nil
    ) async throws -> [String] {
        let zone = zone.map { #", "time_zone": "\#($0)""# } ?? ""
        let text = #"""
            {"about": "An entry.", "direction": "write_request",
             "connection": {"settings": {"user_id": "7"}\#(zone)},
             "given": {"subjects": {"project": {"id": "p"}}, "duration": "30m", "started_at": "\#(start)"},
             "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: plugin)
    }

    @Test(
        "an instant is written in the vendor's form",
        arguments: [
            ("\"local_datetime\"", "2026-11-20T09:00:00Z", "Europe/Zagreb", #""2026-11-20T10:00:00""#),
            (
                "\"local_datetime\", separator = \" \"", "2026-11-20T09:00:00Z", "Europe/Zagreb",
                #""2026-11-20 10:00:00""#
            ),
            ("\"utc_datetime\"", "2026-11-20T10:00:00+01:00", "Europe/Zagreb", #""2026-11-20T09:00:00""#),
            ("\"unix_milliseconds\"", "2026-11-20T09:00:00.25Z", nil, "1795165200250"),
            ("\"unix_milliseconds\"", "1969-12-31T23:59:59.5Z", nil, "-500"),
            (
                "\"rfc3339\", fraction = 3, offset = \"+hhmm\"", "2026-11-20T10:00:00+01:00", nil,
                #""2026-11-20T10:00:00.000+0100""#
            ),
            (
                "\"rfc3339_utc\", fraction = 3, offset = \"+hhmm\"", "2026-11-20T10:00:00.25+01:00", nil,
                #""2026-11-20T09:00:00.250+0000""#
            ),
            (
                "\"rfc3339\", offset = \"+hhmm\"", "2026-11-20T09:00:00.050-03:30", nil,
                #""2026-11-20T09:00:00.050-0330""#
            ),
            ("\"rfc3339_utc\", fraction = 0", "2026-11-20T09:00:00.000Z", nil, #""2026-11-20T09:00:00Z""#),
            ("\"rfc3339\", fraction = 9", "2026-11-20T09:00:00.000000001Z", nil, #""2026-11-20T09:00:00.000000001Z""#),
        ] as [(String, String, String?, String)]
    )
    func instants(converter: String, start: String, zone: String?, sent: String) async throws {
        let expect = #""request": {"body": {"projectId": "p", "seconds": 1800, "from": \#(sent)}}"#
        let failures = try await Self.written(Self.plugin(converter), start: start, expect: expect, zone: zone)
        #expect(failures == [])
    }

    @Test(
        "what the form cannot say is refused: no zone, the second of two hours, a fraction",
        arguments: [
            ("\"local_datetime\"", "2026-11-20T09:00:00Z", nil, "required"),
            ("\"local_datetime\"", "2026-10-25T01:30:00Z", "Europe/Zagreb", "unrepresentable"),
            ("\"local_datetime\"", "2026-11-20T09:00:00.5Z", "Europe/Zagreb", "unrepresentable"),
            ("\"utc_datetime\"", "2026-11-20T09:00:00.5Z", nil, "unrepresentable"),
            ("\"unix_milliseconds\"", "2026-11-20T09:00:00.0005Z", nil, "unrepresentable"),
            ("\"rfc3339\", fraction = 0", "2026-11-20T09:00:00.5Z", nil, "unrepresentable"),
            ("\"rfc3339\", fraction = 3", "2026-11-20T09:00:00.0005Z", nil, "unrepresentable"),
        ] as [(String, String, String?, String)]
    )
    func refused(converter: String, start: String, zone: String?, code: String) async throws {
        let expect = #""problem": {"status": 422, "code": "\#(code)"}"#
        let failures = try await Self.written(Self.plugin(converter), start: start, expect: expect, zone: zone)
        #expect(failures == [])
    }

    @Test("a length is written in milliseconds")
    func length() async throws {
        let plugin = Self.plugin("\"rfc3339\"", length: "{ \"ms\", \"duration_seconds\", \"milliseconds\" }")
        let expect = #""request": {"body": {"projectId": "p", "ms": 1800000, "from": "2026-11-20T09:00:00Z"}}"#
        let failures = try await Self.written(plugin, start: "2026-11-20T09:00:00Z", expect: expect)
        #expect(failures == [])
    }

    // MARK: - Reading

    private static func answered(
        _ plugin: String,
        _ body: String,
        entry: String,
        mapping: String? = nil
    ) async throws -> [String] {
        let mapping = mapping.map { #", "mapping": \#($0)"# } ?? ""
        let text = #"""
            {"about": "An entry.", "direction": "read_answer",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Zagreb"},
             "given": {"status": 200, "body": {"data": {"id": "1", \#(body)}}},
             "expect": {"entry": {"id": "1", \#(entry)}\#(mapping)}}
            """#
        return try await CaseRunnerTests.failures(text, source: plugin)
    }

    @Test(
        "an instant is read, also where the vendor answers with an offset",
        arguments: [
            ("\"local_datetime\"", #""2026-11-20T10:00:00""#, "2026-11-20T10:00:00+01:00"),
            ("\"local_datetime\"", #""2026-11-20 10:00""#, "2026-11-20T10:00:00+01:00"),
            ("\"local_datetime\"", #""2026-11-20T11:00:00+0200""#, "2026-11-20T11:00:00+02:00"),
            ("\"utc_datetime\"", #""2026-11-20 09:00:00""#, "2026-11-20T09:00:00Z"),
            ("\"utc_datetime\"", #""2026-11-20T09:00:00Z""#, "2026-11-20T09:00:00Z"),
            ("\"rfc3339\", offset = \"+hhmm\"", #""2026-11-20T10:00:00+0100""#, "2026-11-20T10:00:00+01:00"),
            ("\"unix_milliseconds\"", "1795165200250", "2026-11-20T09:00:00.25Z"),
            ("\"unix_milliseconds\"", #""1795165200000""#, "2026-11-20T09:00:00Z"),
        ]
    )
    func read(converter: String, from: String, start: String) async throws {
        let end = start.replacing(":00:00", with: ":30:00")
        let entry = #"""
            "duration_seconds": 1800, "work_date": "2026-11-20", "started_at": "\#(start)", "ended_at": "\#(end)"
            """#
        let failures = try await Self.answered(
            Self.plugin(converter),
            #""seconds": 1800, "from": \#(from)"#,
            entry: entry
        )
        #expect(failures == [])
    }

    @Test("what is no time is said, and is not taken for one", arguments: ["\"yesterday\"", "7", "\"2026-11-20\""])
    func unreadable(from: String) async throws {
        let failures = try await Self.answered(
            Self.plugin("\"local_datetime\""),
            #""seconds": 1800, "from": \#(from)"#,
            entry: #""duration_seconds": 1800, "vendor_fields": {"from": \#(from)}"#,
            mapping: #"{"inconsistent": ["started_at"]}"#
        )
        #expect(failures == [])
    }

    @Test(
        "milliseconds are read to the nearest second, and what is left out is told",
        arguments: [
            ("1800000", 1800, #"{"derived": ["ended_at", "work_date"]}"#),
            ("1800499", 1800, #"{"rounded": ["duration_seconds"], "derived": ["ended_at", "work_date"]}"#),
            ("1800500", 1801, #"{"rounded": ["duration_seconds"], "derived": ["ended_at", "work_date"]}"#),
            (#""1800000""#, 1800, #"{"derived": ["ended_at", "work_date"]}"#),
        ]
    )
    func milliseconds(length: String, seconds: Int, mapping: String) async throws {
        let plugin = Self.plugin(
            "\"rfc3339\"",
            length: "{ \"ms\", \"duration_seconds\", \"milliseconds\", as_text = true }"
        )
        let body = #""ms": \#(length), "from": "2026-11-20T10:00:00+01:00""#
        let entry = #"""
            "duration_seconds": \#(seconds), "work_date": "2026-11-20", "started_at": "2026-11-20T10:00:00+01:00",
            "ended_at": "2026-11-20T10:30:0\#(seconds - 1800)+01:00"
            """#
        let failures = try await Self.answered(plugin, body, entry: entry, mapping: mapping)
        #expect(failures == [])
    }

    // MARK: - The table

    private static func faults(_ converter: String) throws -> [String] {
        try TemporaryPlugin(plugin(converter)).faults().map(\.message)
    }

    @Test("a separator that is none, and one for another converter, are refused with what there is")
    func separator() throws {
        let wrong = try Self.faults("\"local_datetime\", separator = \"/\"")
        #expect(wrong.contains { $0.contains("separator is \"/\"") }, "\(wrong)")
        let idle = try Self.faults("\"rfc3339\", separator = \" \"")
        #expect(idle.contains { $0.contains("separator is for utc_datetime, local_datetime, text_list") }, "\(idle)")
    }
    @Test("digits of a fraction and spellings of an offset that are none are refused with what there is")
    func spelling() throws {
        let digits = try Self.faults("\"rfc3339\", fraction = 10")
        #expect(
            digits.contains { $0.contains("fraction is 10; the fraction of a second has 0 to 9 digits") },
            "\(digits)"
        )
        let offset = try Self.faults("\"rfc3339\", offset = \"+0000\"")
        #expect(offset.contains { $0.contains("offset is \"+0000\"; it must be") }, "\(offset)")
        let idle = try Self.faults("\"unix_seconds\", fraction = 3")
        #expect(idle.contains { $0.contains("fraction is for rfc3339, rfc3339_utc") }, "\(idle)")
    }
}
