import Glibc
import NIOCore

/// Bodies that are handed over while they arrive, and answers that are sent while they are made.
///
/// Both happen in the phase `responding`: `incoming` stands for the body until the answer has ended, `outgoing` for the
/// answer from its head to its end.
extension HTTPConnection {
    /// A socket whose client has closed its sending side is read to the end unasked, so what the kernel held then waits
    /// here; its receive buffer is 6 MiB at most unless the machine is set otherwise.
    private static let halfClosedByteLimit = 16 << 20

    var isBodyArriving: Bool { incoming?.isOpen ?? false }

    // MARK: - The request's body

    /// The head is complete, and its responder wants the body as it arrives.
    func stream(_ head: RequestHead, limit: Int) -> Bool {
        let awaitsContinue = head.expectsContinue && pending.readableBytes == 0
        switch head.framing {
        case .none: preconditionFailure("there is no body to stream")
        case .length(let length):
            guard length <= limit else {
                refuse(.bodyTooLarge(limit))
                return false
            }
            incoming = IncomingBody(length: length, awaitsContinue: awaitsContinue)
        case .chunked:
            let decoder = ChunkedBodyDecoder(bodyLimit: limit, fieldLimit: loop.configuration.limits.fieldCount)
            incoming = IncomingBody(chunked: decoder, awaitsContinue: awaitsContinue)
        }
        phase = .responding
        deadline = .max
        requestNumber += 1
        loop.responder.respond(
            to: StreamedRequest(
                head: head,
                body: StreamedBody(connection: self, requestNumber: requestNumber),
                remoteAddress: remoteAddress
            ),
            reply: ReplyHandle(connection: self, requestNumber: requestNumber)
        )
        return true
    }

    func readStreamedBody(_ number: UInt64, _ take: @escaping (BodyPart) -> Void) {
        guard number == requestNumber, let body = incoming else { return take(.broken(.answered)) }
        if let failure = body.failure { return take(.broken(failure)) }
        precondition(body.waiting == nil, "a streamed body is read before the part that was asked for has come")
        inviteBody(number)
        incoming?.waiting = take
        deadline = loop.now + bodyPatience
        // Within a request's turn `process` does nothing, and a body that came with the head would only be handed over behind it.
        if isProcessing { _ = deliverBody() } else { process() }
    }

    /// The rest of a body, if all of it is here.
    func takeRestOfBody(_ number: UInt64) -> [UInt8]? {
        guard number == requestNumber, let body = incoming, body.failure == nil, body.ends(in: pending),
            case .bytes(let bytes)? = nextPart(), incoming?.failure == nil
        else { return nil }
        return bytes
    }

    func inviteBody(_ number: UInt64) {
        guard number == requestNumber, incoming?.awaitsContinue == true else { return }
        incoming?.awaitsContinue = false
        guard outgoing == nil, pending.readableBytes == 0 else { return }
        writeContinue()
        if !isProcessing { flushNow() }
    }

    /// How long a responder waits for the next byte of a body.
    private var bodyPatience: UInt64 {
        loop.isDraining ? min(loop.deadlines.linger, loop.deadlines.bodyPause) : loop.deadlines.bodyPause
    }

    /// Hands the next part to who waits for it.
    /// - Returns: whether there may be more to do now.
    func deliverBody() -> Bool {
        guard incoming?.waiting != nil, let part = nextPart() else { return false }
        resumeReader(part)
        return true
    }

    private func resumeReader(_ part: BodyPart) {
        guard let take = incoming?.waiting else { return }
        incoming?.waiting = nil
        if phase == .responding { deadline = .max }
        take(part)
    }

    /// Nil if it has not come yet.
    private func nextPart() -> BodyPart? {
        guard let body = incoming else { return nil }
        if body.isComplete { return .end }
        do throws(RequestFault) {
            guard let bytes = try incoming?.take(from: &pending) else { return nil }
            countWaitingBody()
            bytesIn += bytes.count
            if !bytes.isEmpty { return .bytes(bytes) }
        } catch {
            breakBody(error)
            return nil
        }
        if incoming?.isComplete == true { return .end }
        guard inputClosed else { return nil }
        incoming?.failure = .incomplete
        return .broken(.incomplete)
    }

    /// What follows in the stream cannot be read any more. A client that has not seen an answer's head yet is told why.
    private func breakBody(_ fault: RequestFault) {
        incoming?.failure = BodyBreak(fault)
        pending = ByteBuffer()
        stopCountingBody()
        if head != nil { refuse(fault) }
        resumeReader(.broken(BodyBreak(fault)))
    }

    /// Called when the client of a streamed exchange is gone.
    func breakStreams() {
        if isBodyArriving {
            incoming?.failure = .disconnected
            resumeReader(.broken(.disconnected))
        }
        resumeWriter(false)
    }

    /// The responder has waited for more of the body for too long.
    func bodyIsOverdue() {
        breakBody(loop.isDraining ? .stopping : .bodyTimeout)
    }

    /// The server is stopping: a client that pauses in its body is not waited for as long as before.
    func hurryBody() {
        guard incoming?.waiting != nil else { return }
        deadline = min(deadline, loop.now + bodyPatience)
    }

    /// Makes what waits of a streamed body count where it is more than a socket's usual share.
    func countWaitingBody() {
        let waiting = pending.readableBytes > Self.pendingByteLimit ? pending.readableBytes : 0
        loop.arrivingBodyBytes += waiting - countedBodyBytes
        countedBodyBytes = waiting
        guard waiting > 0 else { return }
        if waiting > Self.halfClosedByteLimit
            || loop.arrivingBodyBytes > loop.configuration.limits.arrivingBodiesPerLoop
        {
            breakBody(.bufferFull)
        }
    }

    /// The answer has ended, and with it what may be asked of the body.
    /// - Returns: whether the next request can be found: the body is whole, or the rest of it has come already.
    func settleBody() -> Bool {
        guard var body = incoming else { return true }
        incoming = nil
        stopCountingBody()
        while body.isOpen, pending.readableBytes > 0 {
            do throws(RequestFault) {
                bytesIn += try body.take(from: &pending).count
            } catch {
                break
            }
        }
        let isSettled = body.failure == nil && body.isComplete
        if !isSettled { pending = ByteBuffer() }
        body.waiting?(.broken(.answered))
        return isSettled
    }

    // MARK: - The answer's body

    func startAnswer(_ number: UInt64, _ response: OutboundResponse, _ length: AnswerLength) {
        guard number == requestNumber, phase == .responding, let head else { return }
        guard response.isSendable else { return answer(number, response) }
        self.head = nil
        let framing: OutgoingBody.Framing =
            if head.method == .head || !ResponseEncoder.allowsBody(response.status) {
                .none
            } else if case .declared(let count) = length {
                .length(missing: count)
            } else {
                head.isHTTP11 ? .chunked : .untilClose
            }
        let closes = !head.keepAlive || loop.isDraining || framing == .untilClose
        outgoing = OutgoingBody(head: head, status: response.status, framing: framing, closes: closes, bytesOut: 0)
        let told = ResponseEncoder.Length(
            length,
            status: response.status,
            isHead: head.method == .head,
            isHTTP11: head.isHTTP11
        )
        outgoing?.bytesOut = write(response, to: head, closes: closes, length: told)
        if !isProcessing { scheduleFlush() }
        writePart(number, response.body)
    }

    func writePart(_ number: UInt64, _ bytes: [UInt8]) {
        guard number == requestNumber, let framing = outgoing?.framing, framing != .none, let context, !bytes.isEmpty
        else { return }
        // Room for a chunk's size and line ends.
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 20)
        switch framing {
        case .chunked:
            buffer.writeString(String(bytes.count, radix: 16))
            buffer.writeStaticString("\r\n")
            buffer.writeBytes(bytes)
            buffer.writeStaticString("\r\n")
        case .length(let missing):
            // More than announced would be read as the next answer.
            guard bytes.count <= missing else { return abortAnswer(number) }
            outgoing?.framing = .length(missing: missing - bytes.count)
            buffer.writeBytes(bytes)
        case .untilClose, .none:
            buffer.writeBytes(bytes)
        }
        outgoing?.bytesOut += buffer.readableBytes
        writeSoon(buffer)
    }

    /// Writes, and flushes once in a turn of the event loop.
    private func writeSoon(_ buffer: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(buffer), promise: nil)
        needsFlush = true
        mayHaveUnsentBytes = true
        waitingBytes = .max
        if !isProcessing { scheduleFlush() }
    }

    private func scheduleFlush() {
        if !isWritable { return flushNow() }
        guard outgoing?.flushIsScheduled == false else { return }
        outgoing?.flushIsScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute {
            bound.value.outgoing?.flushIsScheduled = false
            bound.value.flushNow()
        }
    }

    private func flushNow() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    func isReady(_ number: UInt64) -> Bool {
        number == requestNumber && outgoing != nil && context != nil && isWritable
    }

    func whenReady(_ number: UInt64, _ go: @escaping (Bool) -> Void) {
        guard number == requestNumber, outgoing != nil, context != nil else { return go(false) }
        precondition(outgoing?.waiting == nil, "a streamed answer is waited for twice")
        if isWritable { return go(true) }
        outgoing?.waiting = go
    }

    func resumeWriter(_ isReady: Bool) {
        guard let go = outgoing?.waiting else { return }
        outgoing?.waiting = nil
        go(isReady)
    }

    func endAnswer(_ number: UInt64, trailers: [UInt8] = []) {
        guard number == requestNumber, var answer = outgoing else { return }
        if case .length(let missing) = answer.framing, missing > 0 { return abortAnswer(number) }
        outgoing = nil
        guard let context else { return finishUndelivered(answer) }
        if answer.framing == .chunked {
            var last = ByteBuffer(staticString: "0\r\n")
            last.writeBytes(trailers)
            last.writeStaticString("\r\n")
            answer.bytesOut += last.readableBytes
            context.write(wrapOutboundOut(last), promise: nil)
            needsFlush = true
            mayHaveUnsentBytes = true
            waitingBytes = .max
        }
        let isSettled = settleBody()
        finish(answer.head, status: answer.status, bytesOut: answer.bytesOut, wasDelivered: true)
        conclude(closes: answer.closes || loop.isDraining || !isSettled || endsHere, isCutShort: !isSettled)
    }

    func abortAnswer(_ number: UInt64) {
        guard number == requestNumber, let answer = outgoing else { return }
        markAsBrokenOff()
        outgoing = nil
        flushNow()
        closeNow()
        finishUndelivered(answer)
    }

    private func finishUndelivered(_ answer: OutgoingBody) {
        phase = .closed
        _ = settleBody()
        finish(answer.head, status: answer.status, bytesOut: answer.bytesOut, wasDelivered: false)
        answer.waiting?(false)
    }

    /// Makes the end of the connection a reset, where a plain end would make what was sent look whole.
    func markAsBrokenOff() {
        guard outgoing?.framing == .untilClose || tunnel != nil else { return }
        let channel = context?.channel as? any SocketOptionProvider
        _ = channel?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
}
