import Testing

@testable import GatewayServer

struct RequestPathTests {
    @Test(
        arguments: [
            ("/", [], false),
            ("/v1", ["v1"], false),
            ("/v1/", ["v1"], true),
            ("/v1/acme-productive/time-entries/2055", ["v1", "acme-productive", "time-entries", "2055"], false),
            ("/a%20b/c%2Bd+e", ["a b", "c+d+e"], false),
            ("/a%3Ab:c@d", ["a:b:c@d"], false),
            ("/%41%7e", ["A~"], false),
            ("/.../.a/a.", ["...", ".a", "a."], false),
            ("/a;b=c,d", ["a;b=c,d"], false),
            // Decoded once, not twice.
            ("/%252f", ["%2f"], false),
            ("/%252e%252e", ["%2e%2e"], false),
        ] as [(String, [String], Bool)]
    )
    func allowedPathIsSplitAndDecodedOnce(path: String, segments: [String], hasTrailingSlash: Bool) {
        #expect(
            RequestPath.parse(path)
                == .success(RequestPath(segments: segments, hasTrailingSlash: hasTrailingSlash))
        )
    }

    @Test(
        arguments: [
            ("", .notAbsolute), ("v1", .notAbsolute), ("*", .notAbsolute),
            ("//", .emptySegment), ("//v1", .emptySegment), ("/v1//a", .emptySegment), ("/v1//", .emptySegment),
            ("/.", .dotSegment), ("/..", .dotSegment), ("/v1/./a", .dotSegment), ("/v1/../a", .dotSegment),
            ("/v1/%2e/a", .dotSegment), ("/v1/%2E%2e/a", .dotSegment), ("/v1/.%2e", .dotSegment),
            ("/%", .invalidEscape), ("/%2", .invalidEscape), ("/%2/a", .invalidEscape), ("/%zz", .invalidEscape),
            ("/%%41", .invalidEscape), ("/a%2", .invalidEscape), ("/%+1", .invalidEscape),
            ("/a%2fb", .encodedSeparator), ("/a%2Fb", .encodedSeparator), ("/a%5cb", .encodedSeparator),
            ("/..%2f..", .encodedSeparator), ("/..%5C..", .encodedSeparator),
            ("/a%00", .controlCharacter), ("/a%0d%0a", .controlCharacter), ("/a%7f", .controlCharacter),
            ("/a\0", .controlCharacter), ("/a\n", .controlCharacter), ("/a\u{7F}", .controlCharacter),
            ("/\u{E9}", .nonASCII), ("/%C3%A9", .nonASCII), ("/%c0%af", .nonASCII), ("/%ff", .nonASCII),
            ("/a\\b", .forbiddenCharacter), ("/a b", .forbiddenCharacter), ("/a\"", .forbiddenCharacter),
            ("/a#b", .forbiddenCharacter), ("/a?b", .forbiddenCharacter), ("/<a>", .forbiddenCharacter),
            ("/a|b", .forbiddenCharacter), ("/[a]", .forbiddenCharacter), ("/{a}", .forbiddenCharacter),
        ] as [(String, RequestPath.Refusal)]
    )
    func ambiguousPathIsRefusedWithItsReason(path: String, refusal: RequestPath.Refusal) {
        #expect(RequestPath.parse(path) == .failure(refusal))
        #expect(RequestPath.parse(ArraySlice(path.utf8)) == .failure(refusal))
    }
}
