import GatewayServer
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// Between requests in the reference server's answer; none of the test bytes holds it.
private let separator: Character = "\u{1E}"

/// Whatever the front end accepts, SwiftNIO's own decoder (llhttp) must accept too and read the same way. A request that two
/// parsers frame differently is how a second request is smuggled past the first of them.
struct ReferenceDecoderTests {
    /// Says what SwiftNIO's decoder reads, in the words of `TestResponder.description`, one line for each request.
    private final class ReferenceHandler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private var text = ""
        private var head: HTTPRequestHead?
        private var body = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = ""
            case .body(let buffer):
                body += String(buffer: buffer)
            case .end:
                guard let head else { return }
                let fields = head.headers.map { name, value in
                    // llhttp leaves the space behind a value; RFC 9110 section 5.5 says it is no part of it.
                    let end = value.utf8.lastIndex { $0 != 0x20 && $0 != 0x09 }
                    return name + "=" + value[..<(end.map { value.utf8.index(after: $0) } ?? value.startIndex)]
                }
                text += "\(head.method.rawValue)|\(head.uri)|\(fields.joined(separator: "&"))|\(body)\(separator)"
                // What follows a last request is not read; llhttp alone would.
                if !head.isKeepAlive { finish(context) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            text += "error\(separator)"
            finish(context)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { finish(context) }
        }

        private func finish(_ context: ChannelHandlerContext) {
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
            text = ""
        }
    }

    private static let seeds = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/acme/time-entries?from=2026-01-01&vendor[x]=%20y HTTP/1.1\r\nHost: a.example:8080\r\nAccept: */*\r\n\r\n",
        "POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d e\"\r\nabc\r\n0\r\nT: u\r\n\r\n",
        "PUT /x HTTP/1.1\r\nhost:a\r\ncontent-length: 1 \r\nX-Empty:\r\nX-Tab:\ta\tb\t\r\n\r\nzGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        "DELETE /x HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
        "\r\nPATCH /a;b=c HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a.b-c_d~e+f/g==\r\nContent-Length: 2\r\n\r\nhi",
    ]

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private static let pieces: [[UInt8]] =
        [
            "\r", "\n", "\r\n", " ", "\t", ":", ";", ",", "0", "1", "A", "f", "x", "-", "_", "%", "/", "?", "#", "\"",
            "=",
            "\0", "\u{0B}", "\u{7F}", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Host: b\r\n",
            "Connection: keep-alive\r\n", "\r\n\r\n", "0\r\n\r\n", "chunked", ", ", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1", "HTTP/1.0", " \r\n", "\r\n ", "3\r\nabc\r\n",
        ].map { Array($0.utf8) } + [[0x80], [0xC3, 0xA9], [0xFF]]

    /// One to three random changes to a seed, always the same for the same generator.
    private static func mutated(_ random: inout SplitMix) -> [UInt8] {
        var bytes = Array(seeds.randomElement(using: &random)!.utf8)
        for _ in 0...Int.random(in: 0...2, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let piece = pieces.randomElement(using: &random)!
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.insert(contentsOf: piece, at: place)
            case 1: bytes.replaceSubrange(place..<min(place + piece.count, bytes.count), with: piece)
            case 2: bytes.removeSubrange(place..<min(place + Int.random(in: 1...3, using: &random), bytes.count))
            default:
                let end = min(place + Int.random(in: 1...40, using: &random), bytes.count)
                bytes.insert(contentsOf: bytes[place..<end], at: end)
            }
        }
        return bytes
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func everything(_ port: Int, _ bytes: [UInt8]) throws -> RawClient {
        let client = try RawClient(port: port)
        client.send(bytes)
        client.closeSendingSide()
        return client
    }

    @Test func whatIsAcceptedTheReferenceDecoderReadsTheSameWay() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let reference = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try channel.pipeline.syncOperations.addHandler(ReferenceHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let referencePort = reference.localAddress!.port!

        try await withServer { server, _ in
            var random = SplitMix(state: 1)
            var accepted = 0
            for number in 0..<1500 {
                let bytes = Self.mutated(&random)
                let client = try Self.everything(server.localPort, bytes)
                var ours: [String] = []
                while true {
                    let response = try client.response()
                    guard response.status == 200 else { break }
                    ours.append(response.body)
                }
                // llhttp has a list of methods; the front end leaves unknown ones to the responder.
                guard !ours.isEmpty, ours.allSatisfy({ Self.methods.contains(String($0.prefix { $0 != "|" })) }) else {
                    continue
                }
                accepted += 1
                let theirs = try Self.everything(referencePort, bytes).everything()
                let expected = theirs.split(separator: separator).prefix(ours.count).map(String.init)
                #expect(ours == expected, "case \(number): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
            // The comparison means something only if enough was accepted and enough refused.
            #expect((200...1200).contains(accepted))
        }
        try await reference.close().get()
        try await group.shutdownGracefully()
    }
}
