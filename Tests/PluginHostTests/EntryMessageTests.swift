import GatewayCore
import JSON
import LuaRuntime
import Testing

@testable import PluginHost

/// Entries are written for scripts member by member, without a JSON value being made of them.
@Suite("Entries as scripts are handed them") struct EntryMessageTests {
    /// An entry with a value of each kind, and every group of members.
    private static let whole: JSONValue = [
        "id": "7", "connection": "acme-main", "version": "3", "work_date": "2026-11-20",
        "started_at": "2026-11-20T09:00:00.250+01:00", "ended_at": "2026-11-20T10:30:00Z", "time_zone": "Europe/Berlin",
        "duration_seconds": 5400, "break_seconds": 0, "breaks": [["seconds": 60]], "timer_state": "stopped",
        "user": ["id": "8160", "name": "Jane", "email": "jane@example.com"],
        "subjects": ["project": ["id": "1"], "task": ["id": "2", "name": "Ünïcode"], "client": nil],
        "activity": ["id": "a", "name": "Work"], "title": "A title", "note": "Line\nline \"two\"", "billable": true,
        "billable_seconds": 0, "billing": ["state": "open", "invoice_id": "i"], "locked": false,
        "approval": [
            "state": "approved", "at": "2026-11-21T00:00:00Z", "by": ["id": "9", "name": "Joe"], "reason": "good",
        ],
        "external_refs": ["jira": ["issue": "T-1"]], "tags": ["a", "b", []], "custom_fields": ["x": nil, "y": [:]],
        "created_at": "2026-11-20T09:00:00Z", "created_by": ["id": "1", "name": "One"],
        "updated_by": ["id": "2", "name": "Two"], "vendor_fields": ["exact": 0.1, "list": [1, 2]],
    ]

    /// What a script is handed, by a function that gives it back.
    private func handed(_ entry: Entry) throws -> JSONValue? {
        let state = try LuaState()
        let definition = try state.load(source: Array("return {f = function(e) return e end}".utf8), chunkName: "x")
        let function = try #require(definition.table?["f"]?.function)
        var writer = LuaMessageWriter()
        writer.entry(entry, EntryNames.all)
        guard case .returned(let results, _) = state.call(function, named: "f", message: writer.finish()) else {
            return Optional.none
        }
        return results.first?.json
    }

    @Test func everyMemberStandsWhereItStandsInTheJSON() throws {
        let entry = try Entry(golden: Self.whole)
        #expect(entry.slots.count == 38)
        let found = try #require(try handed(entry))
        #expect(found.isEquivalent(to: entry.json), "\(found.serialized(.compact)) \(entry.json.serialized(.compact))")
    }

    @Test func eachMemberAloneStandsWhereItStandsInTheJSON() throws {
        for slot in try Entry(golden: Self.whole).slots {
            var entry = Entry()
            entry[slot.member] = slot.value
            let found = try #require(try handed(entry))
            #expect(found.isEquivalent(to: entry.json), "\(slot.member.path)")
        }
    }

    @Test func entryWithoutMembersIsAnEmptyTable() throws {
        #expect(try handed(Entry()) == [:])
    }
}
