import NIOCore

/// One HTTP/1.1 connection: the only handler of its channel.
///
/// It reads one request at a time. What a client sends ahead (pipelining) waits as bytes, and the socket is not read while
/// there are any and a request is being answered; so a connection holds one request and one socket read, whatever the client
/// does. A responder may ask for a body as it arrives, and send its answer in parts: then up to two socket reads wait. Or it
/// may open a tunnel: then the connection carries bytes both ways, and no more requests.
///
/// Reading is in `HTTPConnection+reading.swift`, answering in `HTTPConnection+answering.swift`, streams in
/// `HTTPConnection+streaming.swift`, tunnels in `HTTPConnection+tunnelling.swift`, deadlines in
/// `HTTPConnection+deadlines.swift`.
final class HTTPConnection: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Between requests, no byte of the next one has come. Next: readingHead, responding, lingering, closed.
        case idle
        /// Next: readingBody, responding, lingering, closed.
        case readingHead
        /// Next: responding, lingering, closed.
        case readingBody
        /// The responder has the request. Next: idle, tunnelling, closing, lingering, closed.
        case responding
        /// Bytes pass both ways, unread. Next: closed.
        case tunnelling
        /// The last answer is on its way out. Next: closed.
        case closing
        /// A refusal is on its way out; what the client still sends is dropped. Next: closed.
        case lingering
        case closed
    }

    /// More than this is dropped unread while lingering, then the connection is closed.
    static let lingerByteLimit = 1 << 20
    /// What may wait while a request is being answered. Reached only by a client that closes its sending side behind a
    /// long pipeline, since the channel then reads to the end unasked.
    static let pendingByteLimit = 256 << 10

    let loop: HTTPLoop
    let eventLoop: any EventLoop
    /// Index in the loop's list of connections.
    var slot = -1
    var context: ChannelHandlerContext?
    var remoteAddress: SocketAddress?
    private var peer: ConnectionAdmission.Peer?
    private var verdict = ConnectionAdmission.Verdict.admitted

    var phase = Phase.idle
    /// When the current phase is overdue; nanoseconds of the loop's clock.
    var deadline = UInt64.max

    /// Bytes that have come and not been taken yet.
    var pending = ByteBuffer()
    var parser: RequestHeadParser
    var head: RequestHead?
    var body: [UInt8] = []
    var bodyLimit = 0
    /// Bytes missing of a body with a declared length.
    var bodyRemaining = 0
    var chunked: ChunkedBodyDecoder?
    var bodyBegan: UInt64 = 0
    /// What of `body` counts in the loop's `arrivingBodyBytes`.
    var countedBodyBytes = 0

    /// The body of the request at hand, if it is handed over as it arrives.
    var incoming: IncomingBody?
    /// The answer to the request at hand, if it is sent in parts and has begun.
    var outgoing: OutgoingBody?
    /// What the connection has become in the phase `tunnelling`.
    var tunnel: Tunnel?

    /// Counts the requests handed to the responder, so that a reply finds its own request or none.
    var requestNumber: UInt64 = 0
    var headArrived: UInt64 = 0
    var bytesIn = 0

    /// Inside `process`: answers are flushed, and the next request is looked for, when it returns.
    var isProcessing = false
    var needsFlush = false
    var isWritable = true
    /// The client has closed its sending side: nothing more comes after `pending`.
    var inputClosed = false
    var readWanted = false
    var discardedBytes = 0

    /// An answer may still wait in the channel; `waitingBytes` of it at `waitingSince`.
    var mayHaveUnsentBytes = false
    var waitingBytes = Int.max
    var waitingSince: UInt64 = 0

    init(loop: HTTPLoop) {
        self.loop = loop
        self.eventLoop = loop.eventLoop
        self.parser = RequestHeadParser(
            limits: loop.configuration.limits,
            takesAbsoluteForm: loop.configuration.takesAbsoluteForm
        )
    }

    // MARK: - Channel events

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        remoteAddress = context.remoteAddress
        peer = ConnectionAdmission.Peer(remoteAddress)
        deadline = loop.now + loop.deadlines.idle
        verdict = loop.admission.enter(peer)
        loop.add(self)
        switch verdict {
        case .refused: refuse(.overloaded)
        case .dropped: closeNow()
        case .admitted: if loop.isDraining { closeNow() }
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.context != nil {
            self.context = nil
            loop.admission.leave(peer, verdict)
            loop.remove(self)
        }
        stopCountingBody()
        phase = phase == .responding ? .responding : .closed
        pending = ByteBuffer()
        breakStreams()
        endTunnel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    /// Passes a read on, unless there is enough to do: see the type's description.
    func read(context: ChannelHandlerContext) {
        if wantsMoreBytes {
            context.read()
        } else {
            readWanted = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            resumeWriter(true)
            tunnel?.far.resumeReading()
            process()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            inputClosed = true
            switch phase {
            case .idle, .readingHead, .readingBody:
                // What has come is no whole request, unless it waits for an earlier answer to be taken.
                if isWritable { closeNow() }
            case .lingering: closeNow()
            case .responding: if incoming != nil { process() }
            case .tunnelling: tunnel?.far.endOutput()
            case .closing, .closed: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed write: there is nobody left to tell.
        closeNow()
    }

    // MARK: - Closing

    func closeNow() {
        breakTunnel(.client)
        markAsBrokenOff()
        context?.close(promise: nil)
    }

    func closeIfIdle() {
        if phase == .idle, pending.readableBytes == 0 { closeNow() }
    }
}
