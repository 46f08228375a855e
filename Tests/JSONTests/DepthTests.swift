import JSON
import Testing

@Suite struct DepthTests {
    static func nested(_ depth: Int, open: String = "[", close: String = "]", core: String = "") -> String {
        String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
    }

    @Test(arguments: [0, 1, 63, 64])
    func depthUpToTheDefaultLimitIsAccepted(depth: Int) throws {
        #expect(try JSONDocument(parsing: Self.nested(depth, core: "1")).bytes.count == depth * 2 + 1)
        let objects = Self.nested(depth, open: "{\"a\":", close: "}", core: "1")
        #expect(try JSONValue(parsing: objects).serialized() == objects)
    }

    @Test(arguments: [65, 66, 511, 100_000])
    func depthBeyondTheDefaultLimitIsRefusedAtTheFirstBracketTooMany(depth: Int) {
        expect(Self.nested(depth), isRefusedWith: .tooDeep, at: 64)
        expect(Self.nested(depth, open: "[[],"), isRefusedWith: .tooDeep, at: 253)
        expect(String(repeating: "[", count: depth), isRefusedWith: .tooDeep, at: 64)
        expect(Self.nested(depth, open: "{\"a\":", close: "}", core: "1"), isRefusedWith: .tooDeep, at: 64 * 5)
    }

    @Test func closedContainersDoNotCountAsDepth() throws {
        let text = "[" + Array(repeating: Self.nested(63), count: 50).joined(separator: ",") + "]"
        #expect(try JSONDocument(parsing: text).root.count == 50)
    }

    @Test func parsingNeedsNoStackWhereTheLimitIsRaised() throws {
        let limits = JSONLimits(maximumBytes: 1 << 22, maximumDepth: 100_000)
        let arrays = try JSONDocument(parsing: Self.nested(100_000), limits: limits)
        var view: JSONView? = arrays.root
        var depth = 0
        while let current = view {
            depth += 1
            view = current[0]
        }
        #expect(depth == 100_000)
        let objects = Self.nested(100_000, open: "{\"a\":", close: "}", core: "1")
        #expect(try JSONDocument(parsing: objects, limits: limits).root.count == 1)
        do {
            _ = try JSONDocument(parsing: Self.nested(100_001), limits: limits)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .tooDeep)
            #expect(error.offset == 100_000)
        }
    }

    @Test func limitOfZeroAcceptsOnlyScalars() throws {
        let limits = JSONLimits(maximumDepth: 0)
        #expect(try JSONDocument(parsing: "1", limits: limits).root.int64 == 1)
        #expect(throws: JSONError.self) { try JSONDocument(parsing: "[]", limits: limits) }
    }
}
