import NIOCore

/// A connection that has become one end of a tunnel. What passes is not looked at.
extension HTTPConnection {
    // MARK: - From the client

    /// Answers CONNECT, and passes on what the client has sent behind it.
    /// - Returns: false if the client has gone.
    func openTunnel(
        _ number: UInt64,
        _ response: OutboundResponse,
        _ far: TunnelFarEnd,
        _ ended: @escaping (TunnelSummary) -> Void
    ) -> Bool {
        guard number == requestNumber, phase == .responding, let head, context != nil, response.isSendable else {
            return false
        }
        self.head = nil
        phase = .tunnelling
        deadline = loop.now + tunnelPatience
        // RFC 9110 section 9.3.6: no length of any kind.
        let headBytes = write(response, to: head, closes: false, length: .untold)
        tunnel = Tunnel(
            far: far,
            head: head,
            status: response.status,
            headBytes: headBytes,
            began: loop.now,
            ended: ended
        )
        needsFlush = false
        context?.flush()
        let early = pending
        pending = ByteBuffer()
        if early.readableBytes > 0 { forward(early) }
        if inputClosed { far.endOutput() }
        far.join(self)
        process()
        return true
    }

    func forward(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        bytesIn += count
        tunnel?.toFar += count
        tunnel?.hasMoved = true
        tunnel?.far.send(bytes)
    }

    // MARK: - From the far end

    /// Whether the client takes what the far end sends.
    var takesFromFar: Bool { phase == .tunnelling && isWritable && context != nil }

    func takeFromFar(_ bytes: ByteBuffer) {
        guard let context, tunnel != nil else { return }
        tunnel?.toClient += bytes.readableBytes
        tunnel?.hasMoved = true
        mayHaveUnsentBytes = true
        waitingBytes = .max
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// The far end has closed its sending side: so is the client's receiving side, behind what is still on its way.
    func farHasEnded() {
        guard let context, tunnel?.farEnded == false else { return }
        tunnel?.farEnded = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenSuccess {
            bound.value.tunnel?.clientOutputIsClosed = true
            bound.value.context?.close(mode: .output, promise: nil)
        }
    }

    /// - Parameter isWhole: it has ended, and not broken off: what it sent may still be on its way to the client.
    func farIsGone(isWhole: Bool) {
        if isWhole { return farHasEnded() }
        breakTunnel(.vendor)
        closeNow()
    }

    // MARK: - Ends

    private var tunnelPatience: UInt64 {
        loop.isDraining ? min(loop.deadlines.linger, loop.deadlines.tunnelPause) : loop.deadlines.tunnelPause
    }

    /// Called by the loop's sweep.
    func checkTunnel(now: UInt64) {
        if tunnel?.hasMoved == true {
            tunnel?.hasMoved = false
            deadline = now + tunnelPatience
        } else if now >= deadline {
            breakTunnel(loop.isDraining ? .stopped : .idle)
            closeNow()
        }
    }

    /// The server is stopping: a tunnel through which nothing goes is not kept as long as before.
    func hurryTunnel() {
        guard phase == .tunnelling else { return }
        deadline = min(deadline, loop.now + tunnelPatience)
    }

    /// The first reason counts.
    func breakTunnel(_ reason: TunnelSummary.End) {
        guard let tunnel, tunnel.reason == nil else { return }
        self.tunnel?.reason = reason == .client && loop.isDraining ? .stopped : reason
    }

    /// The client's connection is closed: by SwiftNIO where both of its sides had been, which tells of no end of input then.
    func endTunnel() {
        guard let tunnel else { return }
        self.tunnel = nil
        let isWhole = tunnel.reason == nil && tunnel.clientOutputIsClosed
        if isWhole { tunnel.far.finishAlone(within: loop.deadlines.write) } else { tunnel.far.breakOff() }
        let end: TunnelSummary.End = isWhole ? .closed : tunnel.reason ?? .client
        tunnel.ended(
            TunnelSummary(
                end: end,
                toFar: tunnel.toFar,
                toClient: tunnel.toClient,
                microseconds: Int((loop.now - tunnel.began) / 1000)
            )
        )
        finish(
            tunnel.head,
            status: tunnel.status,
            bytesOut: tunnel.headBytes + tunnel.toClient,
            wasDelivered: isWhole
        )
    }
}
