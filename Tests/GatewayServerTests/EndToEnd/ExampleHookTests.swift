import Foundation
import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// The hooks of `examples/hooks`, run from those very files.
struct ExampleHookTests {
    static func plan(_ name: String, settings: JSONObject = [:], roles: [String] = []) throws -> GatewayPlan {
        var plan = try GatewayPlan(.productive, .sonderplan)
        let hook = ConfiguredHook(try Plugins.exampleHook(name), settings: Settings(settings))
        for link in plan.links.indices { plan.links[link].hooks = [hook] }
        for connection in ["productive", "sonderplan"] { plan.keys[0].identities[connection]?.roles = roles }
        return plan
    }

    /// A day so many days before today, by the clock that the gateway goes by.
    static func day(_ daysAgo: Int) -> String {
        let seconds = Int64(Date().timeIntervalSince1970) - Int64(daysAgo) * 86_400
        return String("\(Date(timeIntervalSince1970: TimeInterval(seconds)).ISO8601Format())".prefix(10))
    }

    @Test func everyExampleIsTested() throws {
        let folder = URL(fileURLWithPath: Plugins.folder).deletingLastPathComponent()
            .appendingPathComponent("examples/hooks").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".lua") }
        #expect(
            files.sorted() == [
                "back_dating.lua", "no_weekend_work.lua", "note_required.lua", "six_minutes.lua",
                "title_from_project.lua",
            ]
        )
        let page = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
        for file in files { #expect(page.contains("[\(file)](\(file))"), "\(file) is not on the page") }
    }

    // MARK: - No weekend work

    @Test(arguments: [
        ("2026-11-20", 201), ("2026-11-21", 422), ("2026-11-22", 422), ("2026-11-23", 201), ("2028-02-29", 201),
        ("2000-01-01", 422), ("1999-12-31", 201), ("2100-02-28", 422), ("2100-03-01", 201),
    ])
    func weekendsAreNotBooked(day: String, status: Int) async throws {
        try await withGateway(Self.plan("no_weekend_work")) { gateway in
            let entry = Sample.entry(.productive).with(["work_date": .string(day)])
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == status, "\(answer.body)")
            if status == 422 {
                #expect(answer.code == "refused_by_hook")
                #expect(answer["rule"] == "no weekend work")
                #expect(answer["source"] == "hooks/no_weekend_work.lua")
                #expect(answer.error("work_date") != nil)
            }
        }
    }

    @Test func roleThatTheOperatorNamesMayWorkOnWeekends() async throws {
        let plan = try Self.plan("no_weekend_work", settings: ["allow_role": "support"], roles: ["support"])
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.productive).with(["work_date": "2026-11-21"])
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 201)
        }
    }

    @Test func dayOfAnIntervalIsTheLocalOne() async throws {
        try await withGateway(Self.plan("no_weekend_work")) { gateway in
            // Friday evening in New York is Saturday in UTC.
            let friday = Sample.entry(.sonderplan).with(["started_at": "2026-11-20T22:00:00-05:00"])
            let answer = try await gateway.create("sonderplan", friday)
            #expect(answer.status == 201)
        }
    }

    // MARK: - Six minutes

    @Test(arguments: [
        (3600, nil), (3660, 3960), (3601, 3960), (3959, 3960), (3960, nil), (1, 360), (360, nil), (0, nil),
    ])
    func billedTimeIsRoundedUpAndTheActualIsKept(actual: Int64, billed: Int64?) async throws {
        try await withGateway(Self.plan("six_minutes")) { gateway in
            let entry = Sample.entry(.sonderplan).with(["duration": nil, "duration_seconds": .integer(actual)])
            let answer = try await gateway.create(
                "sonderplan",
                entry,
                query: "?dry_run=true",
                headers: ["Prefer": "handling=lenient"]
            )
            #expect(answer["data.duration_seconds"]?.int64 == actual)
            let note = answer["mapping.defaulted"]?.array?.first { $0["field"] == "billable_seconds" }
            #expect(note?["sent"]?.int64 == billed, "\(answer.body)")
        }
    }

    @Test func changeOfTheActualTimeMovesWhatIsBilled() async throws {
        try await withGateway(Self.plan("six_minutes", settings: ["skip_create": true])) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            #expect(created.status == 201, "\(created.body)")
            let path = "/v1/productive/time-entries/\(created["data.id"]?.string ?? "")"
            for (change, actual, billed) in [
                (#"{"duration":"1h1m"}"#, 61, 66), (#"{"note":"again"}"#, 61, 66), (#"{"duration":"1h6m"}"#, 66, 66),
                (#"{"duration":"2m"}"#, 2, 6), (#"{"billable_seconds":600}"#, 2, 12),
            ] {
                let answer = try await gateway.send("PATCH", path, change)
                #expect(answer["data.duration_seconds"]?.int64 == Int64(actual * 60), "\(change): \(answer.body)")
                #expect(answer["data.billable_seconds"]?.int64 == Int64(billed * 60), "\(change): \(answer.body)")
            }
        }
    }

    @Test func vendorThatCannotHoldWhatIsBilledIsSaidToTheCaller() async throws {
        try await withGateway(Self.plan("six_minutes")) { gateway in
            let entry = Sample.entry(.productive).with(["duration": "61m"])
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 422)
            #expect(answer.error("billable_seconds") != nil)
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    // MARK: - A note is required

    @Test(
        arguments: [
            (nil, [:], 422, "required"), ("", [:], 422, "required"), (" \n", [:], 422, "required"),
            ("x", [:], 201, nil),
            ("Ärger", ["min_length": 6], 422, "invalid_value"), ("Ärger!", ["min_length": 6], 201, nil),
        ] as [(String?, JSONObject, Int, String?)]
    )
    func noteMustSaySomething(note: String?, settings: JSONObject, status: Int, code: String?) async throws {
        try await withGateway(Self.plan("note_required", settings: settings)) { gateway in
            let entry = Sample.entry(.productive).with(["note": note.map { .string($0) }])
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.code == code)
            if status == 422 { #expect(answer.error("note") != nil) }
        }
    }

    @Test func noteOfAnEntryThatExistsCannotBeTakenAway() async throws {
        try await withGateway(Self.plan("note_required")) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(created["data.id"]?.string ?? "")"
            let answer = try await gateway.send("PATCH", path, #"{"note":""}"#)
            #expect(answer.code == "required")
            let other = try await gateway.send("PATCH", path, #"{"duration":"1h"}"#)
            #expect(other.status == 200)
        }
    }

    @Test(arguments: [(true, 422), (false, 201)])
    func noteCanBeAskedForWhereTimeIsBilledOnly(billable: Bool, status: Int) async throws {
        try await withGateway(Self.plan("note_required", settings: ["only_billable": true])) { gateway in
            let entry = Sample.entry(.sonderplan).with(["note": nil, "billable": .bool(billable)])
            let answer = try await gateway.create("sonderplan", entry)
            #expect(answer.status == status)
        }
    }

    // MARK: - Back-dating

    @Test(arguments: [(0, 201), (6, 201), (7, 201), (8, 422), (400, 422), (-1, 201)])
    func entriesAreBookedWithinSoManyDays(daysAgo: Int, status: Int) async throws {
        try await withGateway(Self.plan("back_dating", settings: ["days": 7])) { gateway in
            let entry = Sample.entry(.productive).with(["work_date": .string(Self.day(daysAgo))])
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == status, "\(answer.body)")
            if status == 422 {
                #expect(answer["rule"] == "back-dating limit")
                #expect(answer.detail.contains("\(daysAgo) days ago; at most 7"))
            }
        }
    }

    @Test func oldEntryIsNotMovedToToday() async throws {
        var plan = try Self.plan("back_dating", settings: ["days": 7], roles: ["manager"])
        plan.links[0].hooks[0].settings = Settings(["days": 7, "exempt_role": "manager"])
        plan.keys.append(GatewayPlan.Key(name: "june", connections: ["productive"]))
        plan.keys[1].identities["productive"] = Identity(userID: "8160")
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.productive).with(["work_date": .string(Self.day(30))])
            let created = try await gateway.create("productive", entry)
            #expect(created.status == 201, "the limit does not hold for managers: \(created.body)")
            let path = "/v1/productive/time-entries/\(created["data.id"]?.string ?? "")"
            let moved = try await gateway.send("PATCH", path, #"{"work_date":"\#(Self.day(0))"}"#, key: "june")
            #expect(moved.code == "refused_by_hook")
        }
    }

    // MARK: - Title from the project

    @Test(
        arguments: [
            (["id": "5021"], nil, "Website"), (["id": "5021", "name": "Website relaunch"], nil, "Website relaunch"),
            (["id": "7"], nil, nil), (["id": "5021"], "Own", "Own"),
        ] as [(JSONValue, String?, String?)]
    )
    func titleComesFromTheProject(project: JSONValue, title: String?, expected: String?) async throws {
        let plan = try Self.plan("title_from_project", settings: ["titles": ["5021": "Website"]])
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.sonderplan).with([
                "subjects": ["project": project], "title": title.map { .string($0) },
            ])
            let answer = try await gateway.create("sonderplan", entry, query: "?dry_run=true")
            #expect(answer["data.title"]?.string == expected, "\(answer.body)")
        }
    }
}
