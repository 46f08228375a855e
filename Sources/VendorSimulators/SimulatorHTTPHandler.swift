import Glibc
import NIOCore
import NIOHTTP1

/// Reads requests of one connection, and writes each answer as one buffer, in the order of the requests.
///
/// NIO's response encoder is left out on purpose: answers that are cut inside the header need the raw bytes.
final class SimulatorHTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let engine: SimulatorEngine
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isBodyTooLarge = false
    /// Requests that came while an earlier one was not answered yet.
    private var waiting: [SimulatorRequest] = []
    private var isBusy = false
    /// Nothing more is read or written once the connection is to end.
    private var isEnding = false

    init(_ engine: SimulatorEngine) {
        self.engine = engine
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.removeAll(keepingCapacity: true)
            isBodyTooLarge = false
            if !isBusy, head.headers.contains(name: "expect") {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")),
                    promise: nil
                )
            }
        case .body(let part):
            guard !isBodyTooLarge else { return }
            if body.count + part.readableBytes > engine.configuration.maximumBodyBytes {
                // The rest is read and dropped: a close with unread bytes sends RST, which can take the answer along.
                isBodyTooLarge = true
                body = []
            } else {
                body.append(contentsOf: part.readableBytesView)
            }
        case .end:
            finishRequest(context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isEnding, error is HTTPParserError else {
            context.close(promise: nil)
            return
        }
        transmit(.init(answer: .empty(400)), isKeepAlive: false, isHead: false, context: context)
    }

    private func finishRequest(context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        waiting.append(
            SimulatorRequest(
                method: head.method,
                target: head.uri,
                headers: head.headers,
                body: body,
                isBodyTooLarge: isBodyTooLarge,
                isKeepAlive: head.isKeepAlive && !isBodyTooLarge
            )
        )
        handleWaiting(context: context)
    }

    private func handleWaiting(context: ChannelHandlerContext) {
        while !isBusy, !isEnding, !waiting.isEmpty {
            let request = waiting.removeFirst()
            isBusy = true
            switch engine.admit(request) {
            case .answer(let answer):
                complete(.init(answer: answer), request, context: context)
            case .perform(let applied, delayMilliseconds: 0):
                deliver(engine.perform(request, applied), request, context: context)
            case .perform(let applied, let delay):
                // The work is done even if the client has gone away meanwhile, as a server would do it.
                after(delay, context: context) {
                    self.deliver(self.engine.perform(request, applied), request, context: context)
                    self.handleWaiting(context: context)
                }
            }
        }
    }

    private func deliver(
        _ delivery: SimulatorEngine.Delivery,
        _ request: SimulatorRequest,
        context: ChannelHandlerContext
    ) {
        guard delivery.delayMilliseconds > 0 else {
            complete(delivery, request, context: context)
            return
        }
        after(delivery.delayMilliseconds, context: context) {
            self.complete(delivery, request, context: context)
            self.handleWaiting(context: context)
        }
    }

    private func complete(
        _ delivery: SimulatorEngine.Delivery,
        _ request: SimulatorRequest,
        context: ChannelHandlerContext
    ) {
        if case .hang = delivery.transport { return }
        isBusy = false
        guard context.channel.isActive else { return }
        transmit(
            delivery,
            isKeepAlive: request.isKeepAlive,
            isHead: request.method == .HEAD,
            context: context
        )
    }

    private func after(_ milliseconds: Int64, context: ChannelHandlerContext, _ action: @escaping () -> Void) {
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds), action)
    }

    private func transmit(
        _ delivery: SimulatorEngine.Delivery,
        isKeepAlive: Bool,
        isHead: Bool,
        context: ChannelHandlerContext
    ) {
        let answer = delivery.answer
        switch delivery.transport {
        case .send:
            var buffer = headBuffer(answer, bodyBytes: answer.body.count, isKeepAlive: isKeepAlive, context: context)
            if !isHead { buffer.writeBytes(answer.body) }
            finish(buffer, isKeepAlive: isKeepAlive, context: context)
        case .close(let reset):
            isEnding = true
            if reset, let provider = context.channel as? any SocketOptionProvider {
                // With a linger time of zero, close(2) sends RST instead of FIN.
                _ = provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            context.close(promise: nil)
        case .cut(let point):
            var buffer = headBuffer(answer, bodyBytes: answer.body.count, isKeepAlive: true, context: context)
            switch point {
            case .header: buffer = buffer.getSlice(at: 0, length: buffer.readableBytes / 2) ?? buffer
            case .body: buffer.writeBytes(answer.body.prefix(answer.body.count / 2))
            }
            finish(buffer, isKeepAlive: false, context: context)
        case .huge(let bytes):
            writeHuge(answer, bytes: bytes, isKeepAlive: isKeepAlive, context: context)
        case .hang:
            break
        }
    }

    private func finish(_ buffer: ByteBuffer, isKeepAlive: Bool, context: ChannelHandlerContext) {
        guard !isKeepAlive else {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            return
        }
        isEnding = true
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    /// All parts share one buffer's storage, so that the size of the answer costs no memory here.
    private func writeHuge(_ answer: SimulatorAnswer, bytes: Int, isKeepAlive: Bool, context: ChannelHandlerContext) {
        let opening = "{\"filler\":\""
        let closing = "\"}"
        var first = headBuffer(answer, bodyBytes: bytes, isKeepAlive: isKeepAlive, context: context)
        first.writeString(opening)
        context.write(wrapOutboundOut(first), promise: nil)
        let chunk = ByteBuffer(repeating: UInt8(ascii: "a"), count: 1 << 16)
        var left = bytes - opening.utf8.count - closing.utf8.count
        while left > 0 {
            let part = chunk.getSlice(at: 0, length: min(left, chunk.readableBytes)) ?? chunk
            context.write(wrapOutboundOut(part), promise: nil)
            left -= part.readableBytes
        }
        finish(ByteBuffer(string: closing), isKeepAlive: isKeepAlive, context: context)
    }

    private func headBuffer(
        _ answer: SimulatorAnswer,
        bodyBytes: Int,
        isKeepAlive: Bool,
        context: ChannelHandlerContext
    ) -> ByteBuffer {
        var buffer = context.channel.allocator.buffer(capacity: 512 + answer.body.count)
        let status = HTTPResponseStatus(statusCode: answer.status)
        buffer.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        buffer.writeString("date: \(InstantFormat.httpDate(engine.configuration.clock()))\r\n")
        if let contentType = answer.contentType { buffer.writeString("content-type: \(contentType)\r\n") }
        if status.code != 204 { buffer.writeString("content-length: \(bodyBytes)\r\n") }
        for (name, value) in answer.headers { buffer.writeString("\(name): \(value)\r\n") }
        if !isKeepAlive { buffer.writeString("connection: close\r\n") }
        buffer.writeString("\r\n")
        return buffer
    }
}
