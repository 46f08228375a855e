internal import GatewayCore

/// Writes that the vendor has answered, and whose answer has become no entry yet.
extension Reconciler {
    /// A plugin that could not read the vendor's answer may be able to by now.
    func mapAgain(_ job: Job) async throws(JournalFailure) {
        guard let answer = job.record.answer else { return }
        if !job.record.intent.usesClientCredentials,
            entries.pipeline.endsWithoutEntry(answer, job.call, at: job.vendor)
        {
            return try await readAgain(job)
        }
        let settlement = await entries.pipeline.settlement(
            of: answer,
            job.call,
            at: job.vendor,
            scripts: job.target.scripts
        )
        switch settlement {
        case .recorded, .deleted, .refused: try await conclude(settlement, job, how: "mapped again")
        case .unreadable: try await apply(settlement, job, how: "")
        case .unclear(let reason), .unmapped(let reason):
            memory.unmapped.insert(job.record.id)
            if job.record.reason != nil { return }
            // A process that ended before it could read the answer has left none.
            let change = WriteChange.answered(answer, job.record.reply, reason: reason, at: writes.now())
            _ = try await writes.journal.change(job.record.id, from: .answered, change)
        case .absent: memory.unmapped.insert(job.record.id)
        }
    }

    /// A change that the vendor has made, and whose entry could not be read then, may be readable by now. Until then its key
    /// answers that. The older it is, the less often: some eighty times in a day, after which it stays as it is.
    private func readAgain(_ job: Job) async throws(JournalFailure) {
        let (id, now) = (job.record.id, writes.now())
        let age = now - job.record.createdAt
        guard now - memory.readAgain[id, default: 0] >= max(settle, age / 10) else { return }
        memory.readAgain[id] = now
        let settlement = await entries.pipeline.readAgain(
            job.call,
            at: job.vendor,
            scripts: job.target.scripts,
            upstream: entries.upstream
        )
        if case .recorded = settlement {
            try await apply(settlement, job, how: "read again")
        } else if age > Reconciler.patience {
            memory.unmapped.insert(id)
        } else {
            return
        }
        memory.readAgain[id] = nil
    }
}
