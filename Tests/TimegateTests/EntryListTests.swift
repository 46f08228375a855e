import ArgumentParser
import GatewayCore
import JSON
import Testing

@testable import timegate

/// What a list's flags ask for, and how it is shown.
struct EntryListTests {
    private func query(_ arguments: String...) throws -> [String] {
        let today = try #require(CivilDate("2026-11-21"))
        return try ListFlags.parse(arguments).query(today: today).map { "\($0.name)=\($0.value)" }
    }

    @Test func flagsBecomeTheParametersOfTheAPI() throws {
        #expect(
            try query("--on", "this-week", "--user", "me", "--subject", "task:9", "--sort", "-work_date")
                == ["from=2026-11-16", "to=2026-11-22", "user=me", "subject=task:9", "sort=-work_date"]
        )
        #expect(
            try query("--from", "last-month", "--to", "last-month", "--vendor", "time[gt]=60", "--vendor", "id=a=b")
                == ["from=2026-10-01", "to=2026-10-31", "vendor[time][gt]=60", "vendor[id]=a=b"]
        )
    }

    @Test func flagsThatContradictEachOtherAreRefused() {
        #expect(throws: ValidationError.self) { try query("--on", "today", "--from", "today") }
        #expect(throws: ValidationError.self) { try query("--on", "someday") }
        #expect(throws: ValidationError.self) { try query("--vendor", "time") }
    }

    @Test func requestIsEscaped() {
        var order = APIOrder(method: "GET", connection: "acme", segments: ["a/b c", "approve"])
        order.query = [("vendor[time][gt]", "60"), ("search", "a&b=ü")]
        #expect(order.path == "/v1/acme/time-entries/a%2Fb%20c/approve")
        #expect(order.queryText == "vendor%5Btime%5D%5Bgt%5D=60&search=a%26b%3D%C3%BC")
    }

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("two\nlines", "\"two\nlines\""),
        ("=SUM(A1)", "'=SUM(A1)"), ("-1", "'-1"), ("@x", "'@x"), ("", ""),
    ])
    func csvCellIsQuotedAndNoFormula(text: String, cell: String) {
        #expect(CSVText.cell(text) == cell)
    }

    @Test func columnsOfAnEntry() {
        let entry: JSONValue = [
            "id": "7", "duration_seconds": 5400, "user": ["id": "u"], "billable": true,
            "subjects": ["project": ["id": "1"], "task": ["name": "Dig"]], "approval": ["state": "approved"],
            "ended_at": nil,
        ]
        let cells = EntryListPrinter.columns.map { EntryListPrinter.cell($0, entry) }
        #expect(
            cells == ["7", "", "", "", "5400", "u", "project:1 task:Dig", "", "", "", "true", "approved", "", "", ""]
        )
    }

    @Test(arguments: [(0, "0:00"), (5400, "1:30"), (59, "0:00:59"), (360_000, "100:00")])
    func lengthIsShownAsAClockShowsIt(seconds: Int64, text: String) {
        #expect(ClockText.hours(seconds) == text)
    }
}
