internal import GatewayCore

/// What a batch's body says, line by line, as it arrives.
struct BatchLines {
    enum Step {
        /// A line, which may hold no entry: that is its own fault.
        case item(EntryBatch.Item)
        /// A line that is not looked at, or the end of a body that is not whole; nothing of it is sent.
        case refusal(Problem)
        /// The next part of the body is missing.
        case more
        case end
    }

    private enum Input {
        case open, whole, settled
        case broken(BodyBreak)
    }

    private var lines = LineReader(limit: BatchStream.longestLine)
    private var input = Input.open
    private var count = 0

    /// Takes the next part of the body; to be called only after `next` has asked for more.
    mutating func take(_ part: BodyPart) {
        switch part {
        case .bytes(let bytes): lines.take(bytes)
        case .end: input = .whole
        case .broken(let fault): input = .broken(fault)
        }
    }

    /// - Parameter isStopping: whether the gateway is stopping; lines are then refused.
    mutating func next(isStopping: Bool) -> Step {
        if case .settled = input { return .end }
        if let line = lines.next() { return step(line, isStopping) }
        switch input {
        case .open: return .more
        case .settled: return .end
        case .broken(let fault):
            input = .settled
            return .refusal(BatchLines.problem(fault))
        case .whole:
            input = .settled
            if let line = lines.rest() { return step(line, isStopping) }
            guard count == 0 else { return .end }
            return .refusal(Problem(.outOfRange, "The batch has no entries; it must have at least one."))
        }
    }

    private mutating func step(_ line: LineReader.Line, _ isStopping: Bool) -> Step {
        guard count < BatchStream.maximumLines else {
            input = .settled
            return .refusal(
                Problem(
                    .outOfRange,
                    "The batch has more than \(BatchStream.maximumLines) lines; this one and those behind it were not "
                        + "read. Send them in another request."
                )
            )
        }
        count += 1
        if isStopping { return .refusal(BatchLines.stopping) }
        switch line {
        case .text(let text): return .item(EntryBatch.item(line: text))
        case .tooLong:
            return .refusal(Problem(.bodyTooLarge, "The line is longer than \(BatchStream.longestLine) bytes."))
        }
    }

    private static var stopping: Problem {
        Problem(
            .shuttingDown,
            "The gateway is stopping; the line was not begun. Send it again in a moment.",
            origin: .gateway,
            retry: .after
        )
    }

    private static func problem(_ fault: BodyBreak) -> Problem {
        switch fault.reason {
        case .stopping: stopping
        case .tooLarge: Problem(.bodyTooLarge, "\(fault.detail) What follows the lines before was not read.")
        case .disconnected, .incomplete, .timeout, .malformed, .overloaded, .answered:
            Problem(
                .malformedJSON,
                "The body broke off here: \(fault.detail) The lines before are dealt with, this one was not begun."
            )
        }
    }
}
