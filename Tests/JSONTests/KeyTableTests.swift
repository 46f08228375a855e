import JSON
import Testing

@Suite struct KeyTableTests {
    @Test func everyNameHasItsPositionAndNoOtherHasOne() throws {
        for count in [0, 1, 2, 3, 8, 9, 42, 300] {
            let names = (0..<count).map { "member_name_\($0)" }
            let table = JSONKeyTable(names)
            #expect(table.names == names)
            for (index, name) in names.enumerated() {
                #expect(table.index(of: name) == index)
                #expect(table.index(of: try key(name)) == index)
                #expect(table.index(of: name + "x") == nil)
                #expect(table.index(of: try key(name + "x")) == nil)
            }
            #expect(table.index(of: "") == nil)
        }
    }

    @Test func shortEmptyAndNonASCIINamesAreFound() throws {
        let names = [
            "", "a", "b", "ab", "1234567", "12345678", "123456789", "é", "e\u{301}", "€", "\0", "a\0", "\"", "\\",
        ]
        let table = JSONKeyTable(names)
        for (index, name) in names.enumerated() {
            #expect(table.index(of: name) == index)
            #expect(table.index(of: try key(name)) == index)
        }
    }

    @Test func escapedNameInTheDocumentIsFound() throws {
        let table = JSONKeyTable(["id", "date", "straße"])
        let document = try JSONDocument(parsing: #"{"\u0064ate":1,"i\u0064":2,"stra\u00dfe":3,"\u0064":4}"#)
        #expect(document.root.members.map { table.index(of: $0.key) } == [1, 0, 2, nil])
    }

    @Test func namesWithOneHashAreToldApart() throws {
        let names = Array(CollidingNames.names[..<40])
        let table = JSONKeyTable(Array(names[..<20]))
        for (index, name) in names.enumerated() {
            #expect(table.index(of: name) == (index < 20 ? index : nil))
            #expect(table.index(of: try key(name)) == (index < 20 ? index : nil))
        }
    }

    @Test func firstOfTwoEqualNamesCounts() {
        let table = JSONKeyTable(["a", "b", "a"])
        #expect(table.index(of: "a") == 0)
        #expect(table.index(of: "b") == 1)
    }

    @Test func contentOfAStringIsLookedUpWithoutMakingOne() throws {
        let table = JSONKeyTable(["EUR", "USD"])
        let document = try JSONDocument(parsing: #"["USD","\u0045UR","CHF",1]"#)
        #expect(document.root.elements.map { $0.withUTF8 { table.index(of: $0) } ?? nil } == [1, 0, nil, nil])
    }

    private func key(_ name: String) throws -> JSONKey {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name(name)
        writer.null()
        writer.endObject()
        let document = try JSONDocument(parsing: writer.finish())
        return try #require(document.root.members.first { _ in true }).key
    }
}
