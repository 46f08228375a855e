import JSON
import Testing
import VendorSimulators

@Suite struct AworkBatchTests {
    private static let unknown = "00000000-0000-4000-8000-00000000ffff"
    private static let denied = "123e4567-e89b-12d3-a456-4266141740dd"
    private static let value = "123e4567-e89b-12d3-a456-4266141740ee"

    private static func body(_ ids: [String], _ more: String = "") -> String {
        #"{"timeEntryIds":["# + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]\(more)}"
    }

    @Test func deleteTellsWhatHappenedToEach() async throws {
        try await withSimulator(.awork) { simulator in
            let ids = [try simulator.aworkEntry(), try simulator.aworkEntry(["isBilled": "true"])]
            let body = Self.body(ids + [Self.unknown, ids[0]])
            let answer = try simulator.awork("POST", "/timeentries/batch/delete", body)
            #expect(answer.status == 207)
            #expect(answer.json?.keys == ["ok", "notFound", "unauthorized", "badRequest"])
            #expect(answer.json?["ok"] == ["ids": .array(ids.map(JSONValue.string))])
            #expect(answer.json?["notFound"] == ["ids": [.string(Self.unknown)]])
            #expect(answer.json?["unauthorized"] == ["ids": []])
            #expect(answer.json?["badRequest"] == ["ids": []])
            #expect(try simulator.awork("GET", "/timeentries").text == "[]")
            #expect(
                simulator.ledger()[2].stored == .init(operation: "delete", id: ids.joined(separator: ","))
            )
        }
    }

    @Test(arguments: [
        ("setTypeOfWork", #""newTypeOfWorkId":"\#(value)""#, "typeOfWorkId", JSONValue.string(value)),
        ("setProject", #""newProjectId":"\#(value)""#, "projectId", .string(value)),
        ("setProject", #""newProjectId":"\#(value)""#, "taskId", .null),
        ("setTask", #""newTaskId":"\#(value)""#, "taskId", .string(value)),
        ("setUser", #""newUserId":"\#(value)""#, "userId", .string(value)),
        ("setIsBillable", #""isBillable":true"#, "isBillable", true),
        ("setIsBillable", #""isBillable":false"#, "isBilled", false),
        ("setIsBilled", #""isBilled":false"#, "isBilled", false),
    ])
    func setChangesTheEntry(operation: String, value: String, member: String, expected: JSONValue) async throws {
        try await withSimulator(.awork) { simulator in
            let before = try CreateRequest(.awork)
                .with(members: ["taskId": "\"\(Self.unknown)\"", "isBilled": "true"]).send(to: simulator).json
            let id = try #require(before?["id"]?.string)
            let answer = try simulator.awork("POST", "/timeentries/batch/\(operation)", Self.body([id], "," + value))
            #expect(answer.status == 207)
            #expect(simulator.ledger().last?.stored == .init(operation: operation, id: id))
            let after = try simulator.awork("GET", "/timeentries/\(id)").json
            #expect(after?[member] == expected)
            let versions = (before?["resourceVersion"]?.int64 ?? 0, after?["resourceVersion"]?.int64 ?? 0)
            #expect(versions.0 < versions.1)
        }
    }

    @Test func setTaskSetsItsProjectToo() async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry()
            let body = Self.body([id], #","newTaskId":"\#(Self.value)""#)
            _ = try simulator.awork("POST", "/timeentries/batch/setTask", body)
            #expect(try simulator.awork("GET", "/timeentries/\(id)").json?["projectId"]?.string != nil)
        }
    }

    @Test func allOrNothingChangesNothingWhereOneIsUnknown() async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry()
            let body = Self.body([id, Self.unknown], #","requireAllTimeEntries":true"#)
            let answer = try simulator.awork("POST", "/timeentries/batch/delete", body)
            #expect(answer.status == 207)
            #expect(answer.json?["ok"] == ["ids": []])
            #expect(answer.json?["notFound"] == ["ids": [.string(Self.unknown)]])
            #expect(simulator.ledger().last?.stored == nil)
            #expect(try simulator.awork("GET", "/timeentries/\(id)").status == 200)
        }
    }

    @Test func entriesOfAnotherUserAreUnauthorized() async throws {
        try await withSimulator(.awork, { $0.deniedUserIDs = [Self.denied] }) { simulator in
            let id = try simulator.aworkEntry()
            let body = Self.body([id], #","newUserId":"\#(Self.denied)""#)
            let answer = try simulator.awork("POST", "/timeentries/batch/setUser", body)
            #expect(answer.json?["unauthorized"] == ["ids": [.string(id)]])
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test(arguments: [
        ("setStatus", #"{"timeEntryIds":["\#(unknown)"]}"#, "invalid-batch-operation"),
        ("delete", "{}", "validation-failed"), ("delete", #"{"timeEntryIds":[]}"#, "validation-failed"),
        ("delete", #"{"timeEntryIds":["1"]}"#, "validation-failed"),
        ("delete", #"{"timeEntryIds":["\#(unknown)",1]}"#, "validation-failed"),
        ("delete", #"{"timeEntryIds":["\#(unknown)"],"isBilled":true}"#, "validation-failed"),
        ("setIsBilled", #"{"timeEntryIds":["\#(unknown)"]}"#, "validation-failed"),
        ("setIsBilled", #"{"timeEntryIds":["\#(unknown)"],"isBilled":null}"#, "validation-failed"),
        ("setUser", #"{"timeEntryIds":["\#(unknown)"],"newUserId":"x"}"#, "validation-failed"),
        ("setTypeOfWork", #"{"timeEntryIds":["\#(unknown)"],"newTypeOfWorkId":"\#(denied)"}"#, "validation-failed"),
        ("delete", "[]", "invalid-model"),
    ])
    func wrongFormIsRefused(operation: String, body: String, code: String) async throws {
        try await withSimulator(.awork, { $0.missingReferences = [Self.denied] }) { simulator in
            let answer = try simulator.awork("POST", "/timeentries/batch/\(operation)", body)
            #expect(answer.status == 400)
            #expect(answer.json?["code"]?.string == code)
        }
    }
}
