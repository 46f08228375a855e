import NIOCore

/// A request's body that is handed over while it arrives.
struct IncomingBody {
    private enum Framing {
        case length(missing: Int)
        case chunked(ChunkedBodyDecoder)
    }

    /// The most bytes taken at once, and how many may wait before the socket is no longer read.
    static let portion = 65536

    private var framing: Framing
    /// What is wrong behind the bytes that were taken last.
    private var fault: RequestFault?
    /// Who has asked for the next part.
    var waiting: ((BodyPart) -> Void)?
    var failure: BodyBreak?
    /// The client waits to be told to send the body.
    var awaitsContinue: Bool

    init(length: Int, awaitsContinue: Bool) {
        framing = .length(missing: length)
        self.awaitsContinue = awaitsContinue
    }

    init(chunked decoder: ChunkedBodyDecoder, awaitsContinue: Bool) {
        framing = .chunked(decoder)
        self.awaitsContinue = awaitsContinue
    }

    var isComplete: Bool {
        switch framing {
        case .length(let missing): missing == 0
        case .chunked(let decoder): decoder.isComplete
        }
    }

    /// Whether `pending` holds what is left of a body with a length, and that is one portion.
    func ends(in pending: ByteBuffer) -> Bool {
        guard case .length(let missing) = framing else { return false }
        return missing > 0 && missing <= min(pending.readableBytes, Self.portion)
    }

    /// What stands behind a chunked body that is complete.
    var trailers: RequestHeaders? {
        guard case .chunked(let decoder) = framing, decoder.isComplete else { return nil }
        return decoder.trailers
    }

    /// Whether more of it is to come.
    var isOpen: Bool { failure == nil && !isComplete }

    /// Takes the next bytes of the body out of `pending`, and nothing behind its end. A fault is thrown when the bytes
    /// before it have been taken, however the stream was cut.
    /// - Returns: no bytes if `pending` holds nothing but framing, or nothing.
    mutating func take(from pending: inout ByteBuffer) throws(RequestFault) -> [UInt8] {
        if let fault { throw fault }
        var bytes: [UInt8] = []
        switch framing {
        case .length(let missing):
            let count = min(missing, pending.readableBytes, Self.portion)
            bytes = pending.withUnsafeReadableBytes { Array($0.sub(0, count)) }
            pending.moveReaderIndex(forwardBy: count)
            framing = .length(missing: missing - count)
        case .chunked(var decoder):
            while bytes.isEmpty, pending.readableBytes > 0, !decoder.isComplete {
                let length = min(pending.readableBytes, Self.portion)
                let taken = pending.withUnsafeReadableBytes { readable in
                    Result { () throws(RequestFault) in try decoder.decode(readable.sub(0, length), into: &bytes) }
                }
                switch taken {
                case .success(let count): pending.moveReaderIndex(forwardBy: count)
                case .failure(let fault):
                    self.fault = fault
                    if bytes.isEmpty { throw fault }
                    return bytes
                }
            }
            framing = .chunked(decoder)
        }
        return bytes
    }
}

extension BodyBreak {
    static let disconnected = BodyBreak(reason: .disconnected, detail: "The client has closed the connection.")
    static let incomplete = BodyBreak(reason: .incomplete, detail: "The request's body ended before it was whole.")
    static let answered = BodyBreak(reason: .answered, detail: "The answer has been sent already.")

    init(_ fault: RequestFault) {
        switch fault {
        case .bodyTimeout: self.init(reason: .timeout, detail: "The request's body paused for too long.")
        case .bufferFull: self.init(reason: .overloaded, detail: "Too many request bodies are arriving at once.")
        case .stopping: self.init(reason: .stopping, detail: fault.detail)
        default: self.init(reason: fault.status == 413 ? .tooLarge : .malformed, detail: fault.detail)
        }
    }
}
