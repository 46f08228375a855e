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

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

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
            var changed = ChangedRequests(seed: 1)
            var accepted = 0
            for number in 0..<1500 {
                let bytes = changed.next()
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
