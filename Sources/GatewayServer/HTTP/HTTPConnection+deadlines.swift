import NIOCore

extension HTTPConnection {
    /// What a client must take of a waiting answer in one write deadline.
    private static let leastWriteProgress = 16384

    /// Called by the loop's sweep.
    func enforceDeadlines(now: UInt64) {
        if mayHaveUnsentBytes, !checkUnsentBytes(now: now) { return }
        switch phase {
        case .idle:
            if mayHaveUnsentBytes {
                deadline = now + loop.deadlines.idle
            } else if now >= deadline {
                closeNow()
            }
        case .readingHead:
            if now >= deadline { refuse(.headTimeout) }
        case .readingBody:
            if now >= deadline || isBodyTooSlow(now: now) { refuse(.bodyTimeout) }
        case .lingering:
            if now >= deadline { closeNow() }
        case .responding:
            if now >= deadline { bodyIsOverdue() }
        case .tunnelling:
            checkTunnel(now: now)
        case .closing, .closed:
            break
        }
    }

    private func isBodyTooSlow(now: UInt64) -> Bool {
        let rated = bodyBegan + loop.deadlines.bodyRateGrace
        guard now > rated else { return false }
        let expected = (now - rated) / 1_000_000 * loop.deadlines.minimumBodyRate / 1000
        return UInt64(body.count) < expected
    }

    /// - Returns: false if the connection was closed because its client does not read.
    private func checkUnsentBytes(now: UInt64) -> Bool {
        guard let context, let options = context.channel.syncOptions,
            let unsent = try? options.getOption(.bufferedWritableBytes)
        else { return true }
        if unsent == 0 {
            mayHaveUnsentBytes = false
        } else if waitingBytes == .max || unsent <= waitingBytes - Self.leastWriteProgress {
            waitingBytes = unsent
            waitingSince = now
        } else if now - waitingSince >= loop.deadlines.write {
            closeNow()
            return false
        }
        return true
    }
}
