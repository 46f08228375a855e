import CurlClient
import Testing

/// Answers with random faults: whatever comes, the request ends once, nothing is sent twice, and the client goes on.
@Suite struct MutatedAnswerTests {
    /// SplitMix64 (public domain, Sebastiano Vigna): the same sequence in every run.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: a\r\n\tb\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 201 Created\r\nLocation: /x\r\nSet-Cookie: a=b\r\n\r\nend",
        "HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: //x/\r\nContent-Encoding: gzip\r\nContent-Range: bytes 0-1/2\r\n\r\n",
    ]

    /// What parsers trip over.
    static let pieces = [
        "\r\n", "\n", "\r", " ", "\t", ":", "\u{0}", "0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 C\r\n\r\n",
        "\r\n X\r\n",
        "Content-Length: 99999999999999999999\r\n", "Content-Length: -5\r\n", "Transfer-Encoding: chunked\r\n",
        "ffffffffffffffff\r\n",
        "Connection: close\r\n", "Content-Length: 3\r\n", ";", "\u{7F}",
    ]

    static func mutate(_ answer: String, _ generator: inout Generator) -> [UInt8] {
        var bytes = Array(answer.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let position = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.insert(contentsOf: Array(pieces.randomElement(using: &generator, or: "").utf8), at: position)
            case 1: bytes.removeSubrange(position...)
            case 2 where position < bytes.count: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 3: bytes.insert(contentsOf: bytes.suffix(from: position), at: position)
            default:
                let end = min(bytes.count, position + Int.random(in: 0...12, using: &generator))
                bytes.removeSubrange(position..<end)
            }
        }
        return bytes
    }

    @Test(arguments: [1, 2, 3, 4]) func mutatedAnswersDoNoHarm(_ seed: UInt64) async throws {
        let rounds = 100
        // Each connection serves a proper answer, then a mutated one: what went before must not show after it.
        let server = FaultServer { connection in
            var generator = Generator(state: seed << 32 | UInt64(connection.number))
            guard connection.readRequest() != nil else { return }
            connection.answer("proper", fields: "X-A: b\r\n")
            guard connection.readRequest() != nil else { return }
            connection.send(Self.mutate(Self.answers.randomElement(using: &generator, or: ""), &generator))
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        for round in 0..<rounds {
            let fresh = CurlRequest.local("GET", server.url + "/proper") { $0.freshConnection = true }
            #expect(try await client.response(fresh).text == "proper")
            let completion = await client.perform(.local("POST", server.url + "/mutated/\(round)", body: [1]))
            #expect(completion.sent != .no)
        }
        // Fewer than rounds when one went over a connection that the server was just closing.
        let arrived = server.requests.map(\.line).filter { $0.contains("/mutated") }
        #expect(arrived.count > rounds / 2)
        #expect(Set(arrived).count == arrived.count)
        #expect(client.client.counters.started == 2 * rounds)
        #expect(client.unexpected == 0)
    }
}

extension Array {
    fileprivate func randomElement(using generator: inout some RandomNumberGenerator, or fallback: Element) -> Element {
        randomElement(using: &generator) ?? fallback
    }
}
