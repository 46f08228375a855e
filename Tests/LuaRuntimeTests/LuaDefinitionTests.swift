import LuaRuntime
import Testing

@Suite("Definitions") struct LuaDefinitionTests {
    @Test func tablesKeepListAndNamedParts() throws {
        let script = try Script(
            """
            return {
                api = 1, title = "Test", empty = {}, none = json.null, list = json.array{"x"},
                {"projectId", "subjects.project.id", "id", required = true},
                {"entryDate", "work_date", "date"},
                values = {[true] = "billed", [false] = "none"},
                methods = {[1] = "manual", [2] = "timer", [5] = "generated"},
                status = {[401] = "vendor_auth"},
                authorize = function() return 1 end,
                nested = {validate = function() return 2 end},
            }
            """
        )
        let table = try #require(script.definition.table)
        #expect(table["api"] == 1)
        #expect(table["empty"] == .table(LuaTable()))
        #expect(table["none"] == .null)
        #expect(table["list"] == ["x"])
        #expect(table.list.count == 2)
        #expect(table.list[0].table?.list == ["projectId", "subjects.project.id", "id"])
        #expect(table.list[0].table?["required"] == true)
        #expect(table["values"]?.table?[.bool(true)] == "billed")
        #expect(table["values"]?.table?.fields.map(\.key) == [.bool(false), .bool(true)])
        #expect(table["status"]?.table?[.integer(401)] == "vendor_auth")
        let methods = try #require(table["methods"]?.table)
        #expect(methods.entries.map(\.key) == [.integer(1), .integer(2), .integer(5)])
        #expect(methods[.integer(2)] == "timer")
        #expect(methods[.integer(5)] == "generated")
        #expect(
            table.fields.map(\.key) == [
                .string("api"), .string("authorize"), .string("empty"), .string("list"), .string("methods"),
                .string("nested"), .string("none"), .string("status"), .string("title"), .string("values"),
            ]
        )
        let nested = try #require(table["nested"]?.table?["validate"]?.function)
        #expect(try script.state.call(nested, named: "validate", []).results() == [2])
        #expect(try script.returns("authorize") == [1])
    }

    @Test func sameSourceGivesFunctionsThatWorkOnBothStates() throws {
        let source = "return {b = function() return 'b' end, a = function() return 'a' end}"
        let first = try Script(source)
        let second = try Script(source)
        #expect(first.definition == second.definition)
        #expect(try second.state.call(first.function("b"), named: "b", []).results() == ["b"])
    }

    @Test func definitionNeedNotBeATable() throws {
        #expect(try Script("return 42").definition == 42)
        #expect(try Script("").definition == .nil)
    }

    @Test func stateLoadsOnce() throws {
        let state = try LuaState()
        _ = try state.load(source: Array("return 1".utf8), chunkName: "a.lua")
        #expect(throws: LuaError.self) { try state.load(source: Array("return 2".utf8), chunkName: "b.lua") }
    }
}
