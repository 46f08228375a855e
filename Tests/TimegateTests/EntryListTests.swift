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

    /// An empty page and two of two entries, of which the last may be a problem; what standard output gets.
    private func document(endsInProblem: Bool) async throws -> (text: String, exit: ExitCode?) {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.handle("output")
        let run = EntryListRun(
            order: APIOrder(method: "GET", connection: "acme"),
            limit: 2,
            cursor: nil,
            followsPages: true,
            printer: EntryListPrinter(
                format: .json,
                hasPages: true,
                data: Output(descriptor: file.fileDescriptor)
            )
        )
        var pages = 0
        var exit: ExitCode?
        do {
            try await run.run { _ in
                pages += 1
                if pages == 3, endsInProblem { return EntryAnswer(Problem(.vendorUnreachable, "gone")) }
                var body: JSONObject = ["data": [["id": .string("\(pages)a")], ["id": .string("\(pages)b")]]]
                if pages == 1 { body["data"] = [] }
                if pages < 3 { body["next_cursor"] = .string("c\(pages)") }
                return EntryAnswer(status: 200, body: .object(body))
            }
        } catch let error as ExitCode {
            exit = error
        }
        return (scratch.read("output"), exit)
    }

    @Test func allPagesAreOneDocument() async throws {
        let (text, exit) = try await document(endsInProblem: false)
        let body = try JSONValue(parsing: text)
        #expect(body["data"]?.array?.compactMap { $0["id"]?.string } == ["2a", "2b", "3a", "3b"])
        #expect(body["next_cursor"] == nil)
        #expect(exit == nil)
    }

    @Test func pagesThatEndInAProblemAreOneDocumentWithIt() async throws {
        let (text, exit) = try await document(endsInProblem: true)
        let body = try JSONValue(parsing: text)
        #expect(body["data"]?.array?.count == 2)
        #expect(body["next_cursor"] == "c2")
        #expect(body["problem"]?["code"] == "vendor_unreachable")
        #expect(exit == ExitStatus.partly.exit)
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
