import NIOCore

extension HTTPConnection {
    /// False while a request is being answered, or an answer waits for its reader, and the next request has begun to come.
    var wantsMoreBytes: Bool {
        switch phase {
        case .responding: pending.readableBytes < (isBodyArriving ? IncomingBody.portion : 1)
        case .idle, .readingHead: isWritable || pending.readableBytes == 0
        case .tunnelling: tunnel?.far.isWritable ?? true
        case .readingBody, .closing, .lingering, .closed: true
        }
    }

    func take(_ incoming: ByteBuffer) {
        var incoming = incoming
        switch phase {
        case .lingering:
            discardedBytes += incoming.readableBytes
            if discardedBytes > Self.lingerByteLimit { closeNow() }
            return
        case .closing, .closed:
            return
        case .tunnelling:
            return forward(incoming)
        case .idle, .readingHead, .readingBody, .responding:
            break
        }
        let sharesReadBuffer = pending.readableBytes == 0
        if sharesReadBuffer {
            pending = incoming
        } else {
            if self.incoming != nil { pending.discardReadBytes() }
            pending.writeBuffer(&incoming)
        }
        if isBodyArriving { countWaitingBody() }
        process()
        if pending.readableBytes == 0 {
            pending = ByteBuffer()
        } else if pending.readableBytes > Self.pendingByteLimit, !isBodyArriving {
            // Only behind a closed sending side; the request at hand is still answered. What is meant for a tunnel must not
            // go missing.
            if head?.isConnect == true { return closeNow() }
            inputClosed = true
            pending = ByteBuffer()
        } else if sharesReadBuffer {
            // Keep the few bytes, not the channel's read buffer, which is then used again.
            pending = ByteBuffer(bytes: pending.readableBytesView)
        }
    }

    /// Takes requests out of `pending` for as long as each is answered at once.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        while step() {}
        isProcessing = false
        if needsFlush {
            needsFlush = false
            context?.flush()
        }
        if inputClosed, context != nil, isWritable {
            switch phase {
            case .idle, .readingHead, .readingBody: closeNow()
            case .responding, .tunnelling, .closing, .lingering, .closed: break
            }
        }
        if readWanted, wantsMoreBytes, let context {
            readWanted = false
            context.read()
        }
    }

    /// - Returns: whether there may be more to do now.
    private func step() -> Bool {
        guard context != nil else { return false }
        switch phase {
        case .idle, .readingHead:
            guard pending.readableBytes > 0 else { return false }
            if !isWritable {
                // A client that pipelines without reading. The flush may change that, and calls `process` if it does later.
                guard needsFlush else { return false }
                needsFlush = false
                context?.flush()
                return isWritable
            }
            return readHead()
        case .readingBody:
            return pending.readableBytes > 0 && readBody()
        case .responding:
            return incoming != nil && deliverBody()
        case .tunnelling, .closing, .lingering, .closed:
            return false
        }
    }

    private func readHead() -> Bool {
        switch pending.withUnsafeReadableBytes({ parser.advance($0) }) {
        case .incomplete:
            if phase == .idle {
                phase = .readingHead
                deadline = loop.now + loop.deadlines.head
            }
            return false
        case .fault(let fault):
            bytesIn = pending.readableBytes
            refuse(fault)
            return false
        case .complete(let length, let head):
            pending.moveReaderIndex(forwardBy: length)
            parser.reset()
            bytesIn = length
            headArrived = loop.now
            return begin(head)
        }
    }

    /// The head is complete: makes ready for the body, if there is one.
    private func begin(_ head: RequestHead) -> Bool {
        self.head = head
        if head.framing == .none {
            handOver(head, body: [])
            return true
        }
        if let limit = loop.responder.streamLimit(of: head) { return stream(head, limit: limit) }
        bodyLimit = loop.configuration.bodyLimit?(head) ?? loop.configuration.limits.body
        switch head.framing {
        case .none: break
        case .length(let length):
            guard length <= bodyLimit else {
                refuse(.bodyTooLarge(bodyLimit))
                return false
            }
            if pending.readableBytes >= length {
                // The usual case: head and body came in one piece.
                let body = pending.withUnsafeReadableBytes { Array($0.sub(0, length)) }
                pending.moveReaderIndex(forwardBy: length)
                bytesIn += length
                handOver(head, body: body)
                return true
            }
            bodyRemaining = length
            // What is announced need never come: room is made for what a small body needs, then as bytes arrive.
            body.reserveCapacity(min(length, 65536))
        case .chunked:
            chunked = ChunkedBodyDecoder(bodyLimit: bodyLimit, fieldLimit: loop.configuration.limits.fieldCount)
        }
        phase = .readingBody
        bodyBegan = headArrived
        deadline = headArrived + loop.deadlines.body
        if head.expectsContinue, pending.readableBytes == 0 { writeContinue() }
        return true
    }

    private func readBody() -> Bool {
        let before = body.count
        if chunked != nil {
            let taken = pending.withUnsafeReadableBytes { bytes in
                Result { () throws(RequestFault) in try chunked!.decode(bytes, into: &body) }
            }
            switch taken {
            case .success(let count):
                pending.moveReaderIndex(forwardBy: count)
            case .failure(let fault):
                refuse(fault)
                return false
            }
        } else {
            let count = min(bodyRemaining, pending.readableBytes)
            pending.withUnsafeReadableBytes { body.append(contentsOf: $0.sub(0, count)) }
            pending.moveReaderIndex(forwardBy: count)
            bodyRemaining -= count
        }
        let arrived = body.count - before
        bytesIn += arrived
        countedBodyBytes += arrived
        loop.arrivingBodyBytes += arrived

        if chunked.map({ $0.isComplete }) ?? (bodyRemaining == 0) {
            stopCountingBody()
            chunked = nil
            let whole = body
            body = []
            handOver(head!, body: whole)
            return true
        }
        guard loop.arrivingBodyBytes <= loop.configuration.limits.arrivingBodiesPerLoop else {
            refuse(.bufferFull)
            return false
        }
        return false
    }

    func stopCountingBody() {
        loop.arrivingBodyBytes -= countedBodyBytes
        countedBodyBytes = 0
    }

    private func handOver(_ head: RequestHead, body: [UInt8]) {
        phase = .responding
        deadline = .max
        requestNumber += 1
        loop.responder.respond(
            to: InboundRequest(head: head, body: body, remoteAddress: remoteAddress),
            reply: ReplyHandle(connection: self, requestNumber: requestNumber)
        )
    }
}
