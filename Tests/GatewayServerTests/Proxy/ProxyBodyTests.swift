import GatewayServer
import Glibc
import Testing

@Suite("Bodies of every length through the proxy, byte for byte", .serialized, .timeLimit(.minutes(2)))
struct ProxyBodyTests {
    /// Around the sizes of a chunk, of a socket's read and of the gateway's windows, and what is far above them.
    static let lengths = [
        0, 1, 1_023, 16_384, 65_535, 65_536, 65_537, 131_072, 262_145, 1 << 20, (8 << 20) + 1, 64 << 20,
    ]

    /// No two parts of 64 KiB are the same, so that none can stand for another.
    private static func pattern(_ length: Int) -> [UInt8] {
        let part: [UInt8] = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length + part.count)
        while bytes.count < length {
            let number = bytes.count / part.count
            bytes += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
            bytes += part.dropFirst(2)
        }
        bytes.removeLast(bytes.count - length)
        return bytes
    }

    /// Where two bodies differ first; nil where they do not.
    private static func difference(_ one: [UInt8], _ two: [UInt8]) -> Int? {
        let isSame = one.withUnsafeBytes { one in
            two.withUnsafeBytes { two in
                one.count == two.count && (one.isEmpty || memcmp(one.baseAddress!, two.baseAddress!, one.count) == 0)
            }
        }
        return isSame ? nil : zip(one, two).enumerated().first { $1.0 != $1.1 }?.offset ?? min(one.count, two.count)
    }

    private static func send(_ body: [UInt8], _ head: String, isChunked: Bool, on wire: Wire) {
        guard isChunked else {
            wire.send("\(head)Content-Length: \(body.count)\r\n\r\n")
            wire.send(body)
            return
        }
        wire.send("\(head)Transfer-Encoding: chunked\r\n\r\n")
        // Chunks that fit to nothing else.
        for start in stride(from: 0, to: body.count, by: 50_021) {
            let part = body[start..<min(start + 50_021, body.count)]
            wire.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + Array("\r\n".utf8))
        }
        wire.send("0\r\n\r\n")
    }

    @Test("what the vendor gets, and what the client gets, is what was sent", arguments: lengths, [true, false])
    func length(length: Int, isChunked: Bool) async throws {
        let body = Self.pattern(length)
        let vendor = try RecordingVendor { message, wire in
            Self.send(message.body, "HTTP/1.1 200 OK\r\n", isChunked: isChunked, on: wire)
            return true
        }
        try await withProxy(vendor: vendor) { gateway in
            let head = "PUT /proxy/acme/x HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n"
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                Self.send(body, head, isChunked: isChunked, on: client)
                return try #require(try client.message(isAnswer: true))
            }
            let got = try #require(vendor.takeMessages().first)
            #expect(got.body.count == length && Self.difference(got.body, body) == nil, "up")
            #expect(answer.status == 200)
            #expect(answer.body.count == length && Self.difference(answer.body, body) == nil, "down")
        }
    }
}
