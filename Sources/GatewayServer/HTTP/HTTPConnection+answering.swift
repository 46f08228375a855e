import NIOCore

extension HTTPConnection {
    /// The largest answer whose buffer is kept for the next one.
    private static let largestKeptBuffer = 65536

    /// The responder's answer to request `number`.
    func answer(_ number: UInt64, _ response: OutboundResponse) {
        guard number == requestNumber, phase == .responding, let head else {
            assert(number <= requestNumber, "reply to a request that was never made")
            return
        }
        self.head = nil
        guard context != nil else {
            phase = .closed
            _ = settleBody()
            finish(head, status: response.status, bytesOut: 0, wasDelivered: false)
            return
        }
        let isSettled = incoming == nil || settleBody()
        let closes = !head.keepAlive || loop.isDraining || endsHere || !isSettled
        let response = response.isSendable ? response : replacement(for: response)
        let bytesOut = write(response, to: head, closes: closes)
        finish(head, status: response.status, bytesOut: bytesOut, wasDelivered: true)
        conclude(closes: closes, isCutShort: !isSettled)
    }

    /// Nothing can follow the request at hand.
    var endsHere: Bool { inputClosed && pending.readableBytes == 0 }

    /// The whole answer has been written. `isCutShort`: the client may still be sending the request's body.
    func conclude(closes: Bool, isCutShort: Bool) {
        if closes {
            close(lingering: isCutShort || pending.readableBytes > 0)
        } else {
            phase = .idle
            deadline = loop.now + loop.deadlines.idle
        }
        if isProcessing { return }
        if pending.readableBytes > 0 || inputClosed || readWanted {
            process()
        } else {
            needsFlush = false
            context?.flush()
        }
    }

    /// Answers with a problem and closes: after a refusal nobody can say where the next request begins.
    func refuse(_ fault: RequestFault) {
        guard context != nil else { return }
        let head = self.head
        self.head = nil
        body = []
        chunked = nil
        stopCountingBody()
        var response = loop.responder.problem(status: fault.status, code: fault.code, detail: fault.detail)
        if !response.isSendable { response = OutboundResponse(status: fault.status) }
        let bytesOut = write(response, to: head, closes: true)
        finish(head, status: response.status, bytesOut: bytesOut, wasDelivered: true)
        pending = ByteBuffer()
        close(lingering: true)
    }

    func writeContinue() {
        guard let context else { return }
        context.write(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        needsFlush = true
    }

    private func replacement(for response: OutboundResponse) -> OutboundResponse {
        let fault = RequestFault.responseHeader
        let problem = loop.responder.problem(status: fault.status, code: fault.code, detail: fault.detail)
        return problem.isSendable ? problem : OutboundResponse(status: 500)
    }

    /// Writes without flushing. `closes` is told to the client; closing is the caller's.
    func write(
        _ response: OutboundResponse,
        to head: RequestHead?,
        closes: Bool,
        length: ResponseEncoder.Length = .body
    ) -> Int {
        guard let context else { return 0 }
        var date = loop.date
        if date.refresh() { loop.date = date }
        // Taken from the loop while it is written to. If an earlier answer still waits in its channel this takes new memory,
        // else it is the same as last time.
        var scratch = ByteBuffer()
        swap(&scratch, &loop.scratch)
        scratch.clear(minimumCapacity: 1024)
        ResponseEncoder.write(
            response,
            isHead: head?.method == .head,
            closes: closes,
            announcesKeepAlive: head.map { !$0.isHTTP11 } ?? false,
            length: length,
            date: date,
            into: &scratch
        )
        let count = scratch.readableBytes
        context.write(wrapOutboundOut(scratch), promise: nil)
        loop.scratch =
            scratch.capacity > Self.largestKeptBuffer ? context.channel.allocator.buffer(capacity: 4096) : scratch
        needsFlush = true
        mayHaveUnsentBytes = true
        waitingBytes = .max
        return count
    }

    /// Closes once everything written has been sent. With `lingering`, only the sending side at first: closing a socket
    /// that holds unread bytes resets the connection, and a reset can overtake the answer.
    private func close(lingering: Bool) {
        guard let context else { return }
        if lingering {
            phase = .lingering
            deadline = .max
            needsFlush = false
            context.flush()
            let promise = eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            promise.futureResult.whenComplete { _ in bound.value.lingerFromNow() }
            context.close(mode: .output, promise: promise)
        } else {
            phase = .closing
            deadline = .max
            needsFlush = false
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in bound.value.closeNow() }
        }
    }

    private func lingerFromNow() {
        guard phase == .lingering else { return }
        mayHaveUnsentBytes = false
        if inputClosed {
            closeNow()
        } else {
            deadline = loop.now + loop.deadlines.linger
        }
    }

    func finish(_ head: RequestHead?, status: Int, bytesOut: Int, wasDelivered: Bool) {
        loop.responder.requestFinished(
            AccessRecord(
                head: head,
                status: status,
                bytesIn: bytesIn,
                bytesOut: bytesOut,
                microseconds: head == nil ? 0 : Int((loop.now - headArrived) / 1000),
                remoteAddress: remoteAddress,
                wasDelivered: wasDelivered
            )
        )
    }
}
