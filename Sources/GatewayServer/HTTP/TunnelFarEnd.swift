import Glibc
import NIOCore

/// The far end of a tunnel: the only handler of the connection to where it leads, on the event loop of the client's.
///
/// Neither end is read while the other does not take what was read. Each end's closed sending side is passed on behind what
/// came before it.
final class TunnelFarEnd: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    /// `nil` before the tunnel stands, and when it has ended.
    private var near: HTTPConnection?
    private(set) var isWritable = true
    private var readWanted = false
    private var hasEnded = false
    private var endsOutput = false
    /// All that was sent has been taken, and the sending side is closed.
    private var outputIsClosed = false
    private var isBroken = false
    /// What came before the tunnel stood.
    private var early = ByteBuffer()

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let near = near
        self.near = nil
        // Where both of its sides had been closed SwiftNIO closes it, and tells of no end of input then.
        near?.farIsGone(isWhole: outputIsClosed && !isBroken)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if let near { near.takeFromFar(bytes) } else { early.writeBuffer(&bytes) }
    }

    func read(context: ChannelHandlerContext) {
        if near?.takesFromFar == true { context.read() } else { readWanted = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { near?.process() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            hasEnded = true
            near?.farHasEnded()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed write: `channelInactive` tells the client.
        breakOff()
    }

    // MARK: - The client's side

    /// From now on bytes pass.
    func join(_ near: HTTPConnection) {
        guard context != nil else { return near.farIsGone(isWhole: false) }
        self.near = near
        if early.readableBytes > 0 { near.takeFromFar(early) }
        early = ByteBuffer()
        if hasEnded { near.farHasEnded() }
        resumeReading()
    }

    func send(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func resumeReading() {
        guard readWanted, near?.takesFromFar == true, let context else { return }
        readWanted = false
        context.read()
    }

    /// Closes the sending side behind what was sent.
    func endOutput() {
        guard let context, !endsOutput else { return }
        endsOutput = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenSuccess {
            bound.value.outputIsClosed = true
            bound.value.context?.close(mode: .output, promise: nil)
        }
    }

    /// Closes in a way that does not look like an end.
    func breakOff() {
        isBroken = true
        guard let context else { return }
        let channel = context.channel as? any SocketOptionProvider
        _ = channel?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        context.close(promise: nil)
    }

    /// The client has all that it will get; what is still on its way to the far end has so much time, in nanoseconds.
    func finishAlone(within patience: UInt64) {
        endOutput()
        near = nil
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let timer = context.eventLoop.scheduleTask(in: .nanoseconds(Int64(patience))) { bound.value.breakOff() }
        context.channel.closeFuture.whenComplete { _ in timer.cancel() }
    }
}
