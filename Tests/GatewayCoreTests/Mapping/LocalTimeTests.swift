import JSON
import Testing

@testable import GatewayCore

/// Times that a vendor holds as a date and a time of day.
struct LocalTimeTests {
    private static let entry = #"""
        {"started_at":"2026-11-20T08:00:00","time_zone":"America/New_York","duration":"1h","subjects":{"project":{"id":"p"}}}
        """#

    private func create(writesZone: Bool) throws -> TestCreate {
        let start = FieldLine(
            paths: [try #require(VendorPath("from_day")), try #require(VendorPath("from_clock"))],
            target: .member(.startedAt),
            converter: .localDateAndTime
        )
        var fields = TestVendor.minutes.filter { $0.target != .member(.workDate) } + [start]
        if writesZone { fields.append(TestVendor.line("zone", .member(.timeZone), .zone)) }
        let vendor = try TestVendor.vendor(fields, times: TimeRules(accepts: [.startDuration]))
        return TestCreate(vendor, try TestVendor.connection(zone: "Europe/Zagreb"))
    }

    @Test("where the vendor is not told the zone of an entry, its times go out in the zone in which they are read")
    func connectionsZone() async throws {
        let plan = try await create(writesZone: false).plan(Self.entry)
        #expect(plan.body["from_day"] == "2026-11-20T00:00:00")
        #expect(plan.body["from_clock"] == "14:00:00")
        let next = try await create(writesZone: false).plan(Self.entry.replacing("T08:00", with: "T20:00"))
        #expect(next.body["from_day"] == "2026-11-21T00:00:00")
        #expect(next.body["from_clock"] == "02:00:00")
    }

    @Test("where it is told, they go out in the entry's own")
    func ownZone() async throws {
        let plan = try await create(writesZone: true).plan(Self.entry)
        #expect(plan.body["from_clock"] == "08:00:00")
        #expect(plan.body["zone"] == "America/New_York")
    }

    @Test(
        "the second of two hours that are written alike is not sent as the first",
        arguments: [
            ("2026-10-25T02:30:00+02:00", "02:30:00"), ("2026-10-25T02:30:00+01:00", nil),
            ("2026-10-25T01:00:00Z", nil),
            ("2026-10-25T02:00:00Z", "03:00:00"), ("2026-03-29T01:30:00Z", "03:30:00"),
        ] as [(String, String?)]
    )
    func repeatedHour(start: String, clock: String?) async throws {
        let entry = #"{"started_at":"\#(start)","duration":"1h","subjects":{"project":{"id":"p"}}}"#
        for handling in [Handling.strict, Handling(isLenient: true)] {
            var create = try create(writesZone: false)
            create.handling = handling
            guard let clock else {
                let problem = await #expect(throws: Problem.self) { try await create.plan(entry) }
                #expect(problem?.errors.first?.code == "unrepresentable", "\(problem.debugDescription)")
                #expect(problem?.errors.first?.message.contains("occurs twice in Europe/Zagreb") == true)
                continue
            }
            #expect(try await create.plan(entry).body["from_clock"]?.string == clock)
        }
    }

    @Test(
        "a time of day of twelve hours is read as it is meant, and what is no time is said",
        arguments: [("8:00am", "08:00"), ("10:00pm", "22:00"), ("10:00 and something", nil)] as [(String, String?)]
    )
    func answered(clock: String, time: String?) async throws {
        var create = try create(writesZone: true)
        create.upstream = RecordingUpstream(
            status: 201,
            body: #"{"id":"e-1","from_day":"2026-11-20","from_clock":"\#(clock)","zone":"America/New_York"}"#
        )
        let recorded = try await create.recorded(Self.entry)
        let note = recorded.report.notes.first { $0.kind == .inconsistent && $0.field == "started_at" }
        guard let time else {
            #expect(note?.why.contains("cannot be read") == true)
            return
        }
        #expect(recorded.entry.startedAt?.description == "2026-11-20T\(time):00-05:00")
        #expect((note == nil) == (time == "08:00"))
    }
}
