import Testing

@testable import GatewayCore

/// What a list's cursor carries, and what it is checked for.
struct ListCursorTests {
    private let pages = PagingRule(
        style: .page(parameter: "page", end: .pages(["n"])),
        sizeParameter: "size",
        maximumSize: 200
    )

    @Test func cursorComesBackAsItWas() throws {
        let cursor = ListCursor(position: .page(3), size: 50, skip: 7, fingerprint: "abc")
        #expect(try ListCursor.read(cursor.text, fingerprint: "abc", pages) == cursor)
        let rule = PagingRule(
            style: .cursor(parameter: "c", next: .value(["next"])),
            sizeParameter: "n",
            maximumSize: 200
        )
        for text in [nil, "", "eyJ/+\"ü"] as [String?] {
            let cursor = ListCursor(position: .vendor(text), size: 1, skip: 0, fingerprint: "f")
            #expect(try ListCursor.read(cursor.text, fingerprint: "f", rule) == cursor)
        }
    }

    @Test func cursorOfAnotherListIsRefused() throws {
        let text = ListCursor(position: .page(1), size: 50, skip: 0, fingerprint: "abc").text
        let problem = #expect(throws: Problem.self) { try ListCursor.read(text, fingerprint: "abd", pages) }
        #expect(problem?.code == .cursorInvalid)
        #expect(problem?.detail.contains("another connection, filter or sort") == true)
    }

    @Test(arguments: ["", "a", "####", "bnVsbA", "e30", "eyJuIjo1MCwicyI6MCwiZiI6ImFiYyIsInAiOjB9"])
    func cursorThatNobodyGaveOutIsRefused(text: String) {
        let problem = #expect(throws: Problem.self) { try ListCursor.read(text, fingerprint: "abc", pages) }
        #expect(problem?.code == .cursorInvalid)
    }

    @Test func cursorWithAPageLargerThanTheVendorGivesIsRefused() {
        let text = ListCursor(position: .page(1), size: 201, skip: 0, fingerprint: "abc").text
        #expect(throws: Problem.self) { try ListCursor.read(text, fingerprint: "abc", pages) }
    }

    @Test(arguments: 0..<9)
    func base64OfAnyLengthComesBack(count: Int) {
        let bytes = (0..<count).map { UInt8($0 * 37 & 255) }
        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
}

/// Where a request to a vendor goes.
struct RequestTargetTests {
    @Test func whatACallerWroteStaysOneSegment() {
        let rule = OperationRule(method: "GET", path: "/v1/entries/{id}/approve")
        #expect(RequestTarget.make(rule, values: ["id": "7"]) == "/v1/entries/7/approve")
        #expect(RequestTarget.make(rule, values: ["id": "a/b?c#d e"]) == "/v1/entries/a%2Fb%3Fc%23d%20e/approve")
    }

    @Test func constantParametersAndOthersAreEscaped() {
        var rule = OperationRule(method: "GET", path: "/v1/entries")
        rule.query = [QueryItem("include", "person,task")]
        let items = [QueryItem("filter[date][gt_eq]", "2026-11-20"), QueryItem("q", "a&b=c")]
        #expect(
            RequestTarget.make(rule, items: items)
                == "/v1/entries?include=person%2Ctask&filter%5Bdate%5D%5Bgt_eq%5D=2026-11-20&q=a%26b%3Dc"
        )
        #expect(
            RequestTarget.make(OperationRule(method: "PATCH", path: "/stop?id={id}"), values: ["id": "7"], items: items)
                .hasPrefix("/stop?id=7&filter")
        )
    }

    @Test(arguments: ["", ".", "..", "a b", "a\u{0}", "a\n", String(repeating: "x", count: 256)])
    func identifierThatCouldLeadElsewhereIsNone(id: String) {
        #expect(!RequestTarget.isSafe(id))
    }
}
