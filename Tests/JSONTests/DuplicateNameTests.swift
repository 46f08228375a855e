import Testing

@testable import JSON

@Suite struct DuplicateNameTests {
    @Test(
        "a name that occurs twice is refused, however it is written",
        arguments: [
            ("{\"a\":1,\"a\":2}", 7), ("{\"\":1,\"\":2}", 6), ("{\"a\":1,\"b\":2,\"a\":1}", 13),
            ("{\"a\":1,\"\\u0061\":2}", 7),
            ("{\"\\u0061\":1,\"a\":2}", 12), ("{\"\\u0061\":1,\"\\u0061\":2}", 12), ("{\"é\":1,\"\\u00e9\":2}", 8),
            ("{\"\\u00E9\":1,\"\\u00e9\":2}", 12), ("{\"𝄞\":1,\"\\uD834\\uDD1E\":2}", 10),
            ("{\"a/b\":1,\"a\\/b\":2}", 9),
            ("{\"\\n\":1,\"\\u000a\":2}", 8), ("{\"a\":{},\"b\":[{}],\"a\":[]}", 17),
            ("[{\"x\":{\"a\":1,\"a\":2}}]", 13),
            ("{\"12345678\":1,\"1234567\\u0038\":2}", 14), ("{ \"a\" : 1 , \"a\" : 2 }", 12),
        ]
    )
    func duplicateNameIsRefused(text: String, offset: Int) {
        expect(text, isRefusedWith: .duplicateName, at: offset)
    }

    @Test(
        "names that only look alike are accepted",
        arguments: [
            "{\"a\":1,\"A\":2}", "{\"a\":1,\"a \":2}", "{\"a\":1,\"a\\u0000\":2}",
            "{\"\":1,\"\\u0000\":2,\"\\u0000\\u0000\":3}",
            "{\"\\u00e9\":1,\"e\\u0301\":2}", "{\"é\":1,\"e\u{301}\":2}",
            "{\"a\":{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]}}}",
            "{\"\\\\u0061\":1,\"a\":2}", "{\"12345678\":1,\"123456789\":2}", "{\"a/b\":1,\"a\\\\/b\":2}",
        ]
    )
    func differentNamesAreAccepted(text: String) throws {
        #expect(try ReferenceParser.parse(Array(text.utf8)) == JSONValue(parsing: text))
    }

    @Test func duplicateIsFoundInObjectsOfEverySizeAtEveryPlace() throws {
        for count in 2...40 {
            let names = (0..<count).map { "name\($0)" }
            #expect(try JSONDocument(parsing: object(names)).root.count == count)
            for later in 1..<count {
                var twice = names
                twice[later] = names[later / 2]
                let offset = object(Array(twice[..<later])).utf8.count
                expect(object(twice), isRefusedWith: .duplicateName, at: offset)
            }
        }
    }

    @Test func objectOfAHundredThousandMembersIsReadAndItsDuplicateFound() throws {
        let names = (0..<100_000).map { "n\($0)" }
        let limits = JSONLimits(maximumBytes: 1 << 22)
        #expect(try JSONDocument(parsing: object(names), limits: limits).root.count == 100_000)
        do {
            _ = try JSONDocument(parsing: object(names + ["n0"]), limits: limits)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .duplicateName)
            #expect(error.pointer == "/n0")
        }
    }

    @Test func namesMadeToCollideAreComparedBySorting() throws {
        let names = CollidingNames.names
        let hashes = Set(names.map { CollidingNames.hash(of: $0) })
        // All in one slot: 300 * 299 / 2 probes, far beyond what the table is allowed.
        #expect(hashes.count == 1)
        #expect(300 * 299 / 2 > 300 * JSONDuplicateFinder.probesPerName)
        let document = try JSONDocument(parsing: object(names))
        #expect(document.root.count == 300)
        for name in [names[0], names[1], names[150], names[299]] {
            #expect(document.root[name]?.int64 == 0)
            let text = object(names + [name])
            expect(text, isRefusedWith: .duplicateName, at: object(names).utf8.count)
        }
    }

    @Test func namesMadeToCollideAreUnescapedBeforeTheyAreSorted() throws {
        let names = CollidingNames.names
        let escaped = names.map { "\\u00" + String($0.utf8.first!, radix: 16) + $0.dropFirst() }
        let document = try JSONDocument(parsing: object(escaped))
        #expect(document.root.members.map(\.key.string) == names)
        expect(object(names + [escaped[7]]), isRefusedWith: .duplicateName, at: object(names).utf8.count)
        expect(object(escaped + [names[7]]), isRefusedWith: .duplicateName, at: object(escaped).utf8.count)
    }

    private func object(_ names: [String]) -> String {
        "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
    }
}
