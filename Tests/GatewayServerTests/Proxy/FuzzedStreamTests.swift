import Foundation
import GatewayServer
import JSON
import Testing

/// Streams that the fuzzer made (`Fuzz/run --corpus`), the smallest of each kind of outcome, which nginx and HAProxy had nothing
/// against: what came of them comes of them again, whole and byte by byte.
@Suite("Streams of the fuzzer")
struct FuzzedStreamTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        let way: String
        let text: String
        /// `passed`, or the code of a refusal, or the status of one that has none.
        let answers: [String]
        /// Method, target and body of what the vendor gets.
        let vendor: [String]

        var testDescription: String { "\(answers) \(text.prefix(60).debugDescription)" }

        init(_ value: JSONValue) {
            way = value["way"]?.string ?? ""
            text = value["stream"]?.string ?? ""
            answers = value["answers"]?.array?.compactMap(\.string).map { String($0.split(separator: " ").last!) } ?? []
            vendor = value["vendor"]?.array?.compactMap(\.string) ?? []
        }

        /// The bytes for a gateway of a test; each character is one byte.
        func bytes(vendorPort: Int) -> [UInt8] {
            let filled =
                text
                .replacing("{name}", with: "acme").replacing("{host}", with: "acme.gateway.test")
                .replacing("{port}", with: "\(vendorPort)").replacing("{key}", with: "tg_canary_key_of_jane")
            return filled.unicodeScalars.map { UInt8($0.value) }
        }
    }

    static let all: [Stream] = {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let file = tests.appending(path: "FuzzedStreams/streams.json")
        guard let data = try? Data(contentsOf: file), let value = try? JSONValue(parsing: Array(data)) else {
            return []
        }
        return (value.array ?? []).map { Stream($0) }
    }()

    @Test func thereAreManyOfEachKind() {
        #expect(Self.all.count >= 60)
        #expect(Self.all.count { !$0.vendor.isEmpty } >= 15)
        #expect(Self.all.allSatisfy { !$0.text.isEmpty && !$0.answers.isEmpty })
    }

    @Test("each comes to the same again", arguments: all)
    func comesToTheSame(stream: Stream) async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0), hosts: ["acme.gateway.test"])
        try await withProxy(rules, vendor: vendor) { gateway in
            let bytes = stream.bytes(vendorPort: vendor.port)
            let port = stream.way == "listener" ? gateway.proxyPort("acme") : gateway.port
            for size in [bytes.count, 1] {
                let answers = try await gateway.blocking { () throws -> [String] in
                    let client = try Wire(port: port, timeout: 10)
                    var rest = bytes[...]
                    while !rest.isEmpty {
                        client.send(Array(rest.prefix(size)))
                        rest = rest.dropFirst(size)
                    }
                    shutdown(client.descriptor, CInt(SHUT_WR))
                    var answers: [String] = []
                    while let answer = try client.message(isAnswer: true) {
                        let isVendors = answer.status == 200 && answer.body == Array("hi".utf8)
                        answers.append(isVendors ? "passed" : answer.value("timegate-error") ?? "\(answer.status)")
                    }
                    return answers
                }
                // A refusal before the body has come closes the connection, and what stands behind it is not read.
                let refused = stream.answers.firstIndex { $0 != "passed" } ?? stream.answers.count - 1
                let isCutShort = size == 1 && answers == Array(stream.answers[...refused])
                #expect(answers == stream.answers || isCutShort, "in pieces of \(size)")
                let got = vendor.takeMessages().map { message in
                    let body = String(String.UnicodeScalarView(message.body.map { Unicode.Scalar($0) }))
                    return message.line.split(separator: " ").prefix(2).joined(separator: " ") + " " + body
                }
                let passed = answers.count { $0 == "passed" }
                #expect(got == Array(stream.vendor.prefix(passed)), "in pieces of \(size)")
            }
        }
    }
}
