import JSON
import Testing

@Suite struct NamesTests {
    static let names = [
        "", "a", "1234567", "12345678", "123456789", "internal_overhead_cost_normalized", "é", "\"", "\\\n", "a\u{1}b",
    ]

    @Test func preparedNamesAreWrittenLikeTheSameTextsAtAnyPlace() {
        let prepared = JSONNames(Self.names)
        #expect(prepared.count == Self.names.count)
        for first in Self.names.indices {
            for second in Self.names.indices where second != first {
                var expected = JSONWriter(reserving: 0)
                var writer = JSONWriter(reserving: 0)
                expected.beginObject()
                writer.beginObject()
                for index in [first, second] {
                    expected.name(Self.names[index] as String)
                    expected.bool(true)
                    writer.name(index, of: prepared)
                    writer.bool(true)
                }
                expected.endObject()
                writer.endObject()
                #expect(writer.finish() == expected.finish())
            }
        }
    }

    @Test func preparedNameIsReadBackAsItWasGiven() throws {
        let prepared = JSONNames(Self.names)
        var writer = JSONWriter()
        writer.beginObject()
        for index in Self.names.indices {
            writer.name(index, of: prepared)
            writer.integer(index)
        }
        writer.endObject()
        let document = try JSONDocument(parsing: writer.finish())
        #expect(document.root.members.map { $0.key.string } == Self.names)
        #expect(document.root.members.map { $0.value.int64 } == Self.names.indices.map { Int64($0) })
    }
}
