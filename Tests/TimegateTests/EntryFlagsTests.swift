import ArgumentParser
import JSON
import Testing

@testable import timegate

@Suite("An entry in flags")
struct EntryFlagsTests {
    @Test(
        "A time without its seconds is a full minute, with an offset and without",
        arguments: [
            ("2026-11-20T09:00+01:00", "2026-11-20T09:00:00+01:00"), ("2026-11-20T09:00Z", "2026-11-20T09:00:00Z"),
            ("2026-11-20T09:00-03:30", "2026-11-20T09:00:00-03:30"), ("2026-11-20T09:00", "2026-11-20T09:00:00"),
            ("2026-11-20T09:00:05+01:00", "2026-11-20T09:00:05+01:00"), ("2026-11-20T9+01:00", "2026-11-20T9+01:00"),
        ]
    )
    func minutes(given: String, sent: String) throws {
        #expect(try Self.entry("--start", given)?["started_at"]?.string == sent)
        #expect(try Self.entry("--end", given)?["ended_at"]?.string == sent)
    }

    static func entry(_ arguments: String...) throws -> JSONValue? {
        try EntryFlags.parse(arguments).entry().map { .object($0) }
    }

    @Test("Each flag becomes its member, and nothing else is there")
    func allFlags() throws {
        let entry = try Self.entry(
            "--project",
            "1",
            "--task",
            "2",
            "--service",
            "3",
            "--client",
            "4",
            "--booking",
            "5",
            "--subject",
            "case=6",
            "--user",
            "7",
            "--activity-id",
            "8",
            "--activity-name",
            "Design",
            "--date",
            "2026-11-20",
            "--start",
            "09:00",
            "--end",
            "2026-11-20T10:00:00+01:00",
            "--duration",
            "1h",
            "--time-zone",
            "Europe/Zagreb",
            "--running",
            "--title",
            "A",
            "--note",
            "B",
            "--not-billable",
            "--vendor-field",
            "owner.icon=\"star\"",
            "--vendor-field",
            "owner.size=3"
        )
        let expected: JSONValue = [
            "work_date": "2026-11-20", "started_at": "2026-11-20T09:00:00", "ended_at": "2026-11-20T10:00:00+01:00",
            "time_zone": "Europe/Zagreb", "duration": "1h", "timer_state": "running", "user": ["id": "7"],
            "subjects": [
                "project": ["id": "1"], "task": ["id": "2"], "service": ["id": "3"], "client": ["id": "4"],
                "booking": ["id": "5"], "case": ["id": "6"],
            ],
            "activity": ["id": "8", "name": "Design"], "title": "A", "note": "B", "billable": false,
            "vendor_fields": ["owner": ["icon": "star", "size": 3]],
        ]
        #expect(entry == expected)
    }

    @Test("No flags are no entry")
    func noFlags() throws {
        #expect(try Self.entry() == nil)
    }

    @Test(
        "What contradicts itself or is half said is refused",
        arguments: [
            ["--billable", "--not-billable"], ["--start", "09:00"], ["--subject", "case"], ["--subject", "=1"],
            ["--project", "1", "--subject", "project=2"], ["--vendor-field", "a"], ["--vendor-field", "a=star"],
            ["--vendor-field", "a..b=1"], ["--vendor-field", "a=1", "--vendor-field", "a.b=2"],
            ["--vendor-field", "a=1", "--vendor-field", "a=2"],
        ]
    )
    func refused(arguments: [String]) throws {
        let flags = try EntryFlags.parse(arguments)
        #expect(throws: ValidationError.self) { _ = try flags.entry() }
    }
}
