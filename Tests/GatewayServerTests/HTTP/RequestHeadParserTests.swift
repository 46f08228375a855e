import Testing

@testable import GatewayServer

struct RequestHeadParserTests {
    private static func parser() -> RequestHeadParser {
        RequestHeadParser(limits: HTTPServerConfiguration.Limits(), takesAbsoluteForm: false)
    }

    private static func head(_ text: String) throws -> RequestHead {
        var parser = parser()
        guard case .complete(_, let head) = Array(text.utf8).withUnsafeBytes({ parser.advance($0) }) else {
            throw RawClient.Failure(description: "no complete head")
        }
        return head
    }

    @Test func headIsTheSameWhereverItIsSplit() {
        let bytes = Array(
            "\r\nPOST /a/b?c=d HTTP/1.1\r\nHost: h:1\r\nX-Long:  v w \r\nContent-Length: 3\r\n\r\nabc".utf8
        )
        for split in 0..<(bytes.count - 3) {
            var parser = Self.parser()
            let first = bytes[..<split].withUnsafeBytes { parser.advance($0) }
            guard case .incomplete = first else {
                Issue.record("not incomplete at \(split)")
                continue
            }
            guard case .complete(let length, let head) = bytes.withUnsafeBytes({ parser.advance($0) }) else {
                Issue.record("not complete at \(split)")
                continue
            }
            #expect(length == bytes.count - 3)
            #expect(head.method == .post)
            #expect(head.path == "/a/b")
            #expect(head.query == "c=d")
            #expect(head.framing == .length(3))
            #expect(head.headers.firstString("x-long") == "v w")
        }
    }

    @Test func fieldsAreFoundWhateverTheirCase() throws {
        let head = try Self.head("GET / HTTP/1.1\r\nhOST: h\r\nX-A: 1\r\nx-a: 2\r\nX-AB: 3\r\nX-Empty:\r\n\r\n")
        #expect(head.headers.firstString("host") == "h")
        #expect(head.headers.firstString("x-a") == "1")
        #expect(head.headers.count(of: "x-a") == 2)
        #expect(head.headers.all("x-a").map { String(decoding: $0, as: UTF8.self) } == ["1", "2"])
        #expect(head.headers.firstString("x-empty") == "")
        #expect(head.headers.first("x-absent") == nil)
        #expect(!head.headers.contains("x"))
        #expect(head.headers.count == 5)
    }

    @Test(
        arguments: [
            ("/", "/", nil), ("/?", "/", ""), ("/a?b?c", "/a", "b?c"), ("/a%2Fb", "/a%2Fb", nil), ("//a", "//a", nil),
            ("/?a=[b]|{c}", "/", "a=[b]|{c}"),
        ] as [(String, String, String?)]
    )
    func targetIsSplitAtTheFirstQuestionMark(target: String, path: String, query: String?) throws {
        let head = try Self.head("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(head.path == path)
        #expect(head.query == query)
        #expect(head.absoluteAuthority == nil)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "keep-alive", true),
        ("HTTP/1.1", "keep-alive, close", false), ("HTTP/1.1", " a ,, CLOSE ", false), ("HTTP/1.1", "closed", true),
        ("HTTP/1.0", "", false), ("HTTP/1.0", "Keep-Alive", true), ("HTTP/1.0", "keep-alive, close", false),
    ])
    func connectionOptionsDecideWhetherTheConnectionIsKept(version: String, options: String, isKept: Bool) throws {
        let head = try Self.head("GET / \(version)\r\nHost: h\r\nConnection: \(options)\r\n\r\n")
        #expect(head.keepAlive == isKept)
    }

    @Test(arguments: ["a", "a.b-c_d:80", "1.2.3.4", "[::1]", "[fe80::1:2.3.4.5]:65535", "a:", "a.b."])
    func hostIsTaken(host: String) throws {
        #expect(try Self.head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").headers.firstString("host") == host)
    }
}
