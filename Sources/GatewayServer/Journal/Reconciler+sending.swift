internal import GatewayCore

/// Writes at vendors that have keys of their own.
extension Reconciler {
    /// The same request under the same key, for a vendor that remembers keys.
    ///
    /// - Returns: whether that was possible.
    func sendAgain(_ job: Job) async throws(JournalFailure) -> Bool {
        let record = job.record
        guard let life = job.vendor.manifest.operations[record.scope.operation]?.idempotencyWindow,
            record.isKeyRemembered(for: life, now: writes.now(), settle: settle),
            let request = entries.pipeline.repeated(record, job.call, at: job.vendor)
        else { return false }
        let sending = Job(
            record: record.in(.sending),
            call: job.call,
            vendor: job.vendor,
            target: job.target
        )
        let resending = try await entries.pipeline.resend(
            request,
            job.call,
            at: job.vendor,
            entries.upstream
        ) { () throws(JournalFailure) in
            let again = WriteChange.sending(attempt: record.attempt + 1, at: writes.now())
            return try await writes.journal.change(record.id, from: .unknown, again)
        }
        guard case .sent(let result) = resending else { return true }
        switch result {
        case .success(let answer):
            let stored = StoredAnswer(status: answer.status, body: answer.body)
            let settlement = await entries.pipeline.settlement(
                of: stored,
                isRepetition: true,
                job.call,
                at: job.vendor,
                scripts: job.target.scripts
            )
            let how = "sent again with the same key"
            if settlement.isFinal, entries.pipeline.canTellDoubles(of: record.scope.operation, at: job.vendor) {
                // The answer is durable before the vendor is looked at.
                let answered = WriteChange.answered(stored, nil, at: writes.now())
                guard try await writes.journal.change(record.id, from: .sending, answered) else { return true }
                let looking = Job(record: record.in(.answered), call: job.call, vendor: job.vendor, target: job.target)
                try await conclude(settlement, looking, how: how)
            } else {
                try await apply(settlement, sending, answer: stored, how: how)
            }
        case .failure(let failure): try await apply(.unreadable(failure.message), sending, how: "")
        }
        return true
    }

    /// Ends a write by the vendor's answer, which the journal holds. Where it may have gone out more than once under a key of
    /// the vendor's, the vendor is looked at first.
    func conclude(_ settlement: Pipeline.Settlement, _ job: Job, how: String) async throws(JournalFailure) {
        let record = job.record
        guard record.intent.vendorKey != nil,
            entries.pipeline.canTellDoubles(of: record.scope.operation, at: job.vendor)
        else { return try await apply(settlement, job, how: how) }
        if record.intent.usesClientCredentials {
            // It was sent again by that client, if at all.
            let remark = record.attempt > 1 ? "Without the client's credentials nothing is looked at." : nil
            return try await apply(settlement, job, how: how, remark: remark)
        }
        let id: String? = if case .recorded(let recorded) = settlement { recorded.entry[.id]?.string } else { nil }
        let doubling = await entries.pipeline.doubling(
            of: record,
            answered: id,
            job.call,
            at: job.vendor,
            scripts: job.target.scripts,
            upstream: entries.upstream,
            journal: writes.journal
        )
        switch doubling {
        case .none: try await apply(settlement, job, how: how)
        case .untold(let reason): try await apply(settlement, job, how: how, remark: reason)
        case .found(let reason):
            let change = WriteChange.needsOperator(reason: reason, vendorEntryID: id, at: writes.now())
            if try await make(change, job) { writes.onDoubled(record.id, record.scope.connection, reason) }
        }
    }
}

extension Pipeline.Settlement {
    /// Whether the write ends with it, by what the vendor says of an entry.
    fileprivate var isFinal: Bool {
        switch self {
        case .recorded, .refused: true
        case .deleted, .absent, .unclear, .unreadable, .unmapped: false
        }
    }
}
