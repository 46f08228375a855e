internal import JSON

/// The way into the journal: one write for one key. A class, since each call hands it on some times.
public final class Writes: Sendable {
    public let journal: any Journal
    public let claims: WriteClaims
    /// Milliseconds since 1970.
    public let now: @Sendable () -> Int64
    /// Told of a vendor that has recorded a write more than once against its word, with the write's number and connection.
    public let onDoubled: @Sendable (_ number: Int64, _ connection: String, _ reason: String) -> Void

    public init(
        journal: any Journal,
        claims: WriteClaims,
        now: @escaping @Sendable () -> Int64,
        onDoubled: @escaping @Sendable (_ number: Int64, _ connection: String, _ reason: String) -> Void = { _, _, _ in
        }
    ) {
        self.journal = journal
        self.claims = claims
        self.now = now
        self.onDoubled = onDoubled
    }

    /// What a key stands for.
    public enum Claim: Sendable {
        /// A new write, for the caller of this function to finish.
        case claimed(JournaledWrite)
        /// The write is done: this is what was answered.
        ///
        /// `isSettled`: whether it was not answered by its own call, but settled afterwards, in the words of the unified API.
        case replay(StoredReply, isSettled: Bool)
    }

    /// Takes a key.
    ///
    /// - Parameters:
    ///   - isKeyGenerated: a key that the gateway has just made is in no journal, so it is not looked up.
    ///   - vendorHasKeys: whether the request goes out under a key that the vendor removes doubles by.
    ///   - canRepeat: whether a write of unknown outcome may be sent again by this request, because the vendor removes doubles
    ///     by the key in it and still remembers it.
    /// - Throws: `idempotency_in_progress`, `idempotency_outcome_unknown`, `idempotency_key_reused`, `journal_unavailable`.
    public func claim(
        _ scope: WriteScope,
        fingerprint: [UInt8],
        isKeyGenerated: Bool,
        vendorHasKeys: Bool = false,
        canRepeat: (WriteRecord) -> Bool = { _ in false }
    ) async throws(Problem) -> Claim {
        switch claims.take(scope, fingerprint) {
        case .taken: break
        case .busy(isSameRequest: true): throw Writes.inProgress(scope)
        case .busy(isSameRequest: false): throw Writes.reused(scope)
        }
        if isKeyGenerated { return .claimed(newWrite(scope, fingerprint, isKeyGenerated: true)) }
        return try await claimGiven(scope, fingerprint, vendorHasKeys: vendorHasKeys, canRepeat: canRepeat)
    }

    private func newWrite(
        _ scope: WriteScope,
        _ fingerprint: [UInt8],
        isKeyGenerated: Bool,
        vendorKey: String? = nil
    ) -> JournaledWrite {
        JournaledWrite(
            self,
            scope,
            fingerprint,
            isKeyGenerated: isKeyGenerated,
            createdAt: now(),
            vendorKey: vendorKey
        )
    }

    /// Takes a key that came with the request, so that it may be in the journal. The rows that are read make it a large function:
    /// a write without a key has no room for them.
    @inline(never)
    private func claimGiven(
        _ scope: WriteScope,
        _ fingerprint: [UInt8],
        vendorHasKeys: Bool,
        canRepeat: (WriteRecord) -> Bool
    ) async throws(Problem) -> Claim {
        var vendorKey: String?
        let found: WriteRecord?
        do throws(JournalFailure) {
            found = try await journal.find(scope)
            if found == nil, vendorHasKeys { vendorKey = try await lastVendorKey(scope, fingerprint) }
        } catch {
            claims.release(scope)
            throw error.problem
        }
        guard let found else {
            return .claimed(newWrite(scope, fingerprint, isKeyGenerated: false, vendorKey: vendorKey))
        }
        // What the vendor has named an entry for is not sent again.
        if found.fingerprint == fingerprint, found.state.step(on: .resend) != nil, found.vendorEntryID == nil,
            canRepeat(found)
        {
            return .claimed(JournaledWrite(self, repeating: found))
        }
        claims.release(scope)
        return .replay(try Writes.reply(of: found, fingerprint), isSettled: found.settledBy != nil)
    }

    /// Milliseconds for which a settled write answers its key again.
    public static let replayLife: Int64 = 24 * 3_600_000

    /// The vendor's key of the same request, if that was found not recorded: should it arrive after all, or the word on it
    /// be wrong, the vendor removes the double. What was done meanwhile under the key of the caller has had it for longer
    /// than that.
    private func lastVendorKey(_ scope: WriteScope, _ fingerprint: [UInt8]) async throws(JournalFailure) -> String? {
        let query = JournalQuery(
            states: [.notRecorded],
            caller: scope.caller,
            connection: scope.connection,
            key: scope.key,
            limit: 200
        )
        let oldest = now() - Writes.replayLife
        return try await journal.list(query).last {
            $0.scope == scope && $0.fingerprint == fingerprint && $0.createdAt > oldest && $0.intent.vendorKey != nil
        }?.intent.vendorKey
    }

    /// Takes a write that is in the journal, to settle it while nobody else does.
    public func hold(_ record: WriteRecord) -> Bool {
        claims.take(record.scope, record.fingerprint) == .taken
    }

    public func letGo(_ record: WriteRecord) { claims.release(record.scope) }

    // MARK: - What a key in the journal answers

    /// The stored answer of a write that has one, to a request that is the same.
    static func reply(of record: WriteRecord, _ fingerprint: [UInt8]) throws(Problem) -> StoredReply {
        guard record.fingerprint == fingerprint else { throw reused(record.scope) }
        switch record.state {
        case .done, .answered:
            if let reply = record.reply { return reply }
            throw unsettled(record)
        case .claimed: throw inProgress(record.scope)
        case .sending, .unknown, .reconciling, .needsOperator, .notRecorded, .expired: throw unsettled(record)
        }
    }

    static func inProgress(_ scope: WriteScope) -> Problem {
        Problem(
            .idempotencyInProgress,
            "A request with the key \(scope.key) is under way.",
            origin: .gateway,
            sent: .maybe,
            retry: .sameKey,
            retryAfter: 1
        ).naming(scope)
    }

    private static func reused(_ scope: WriteScope) -> Problem {
        Problem(
            .idempotencyKeyReused,
            "The key \(scope.key) belongs to another request of this caller.",
            origin: .caller
        )
    }

    private static func unsettled(_ record: WriteRecord) -> Problem {
        var problem = Problem(
            .idempotencyOutcomeUnknown,
            "It is not known yet what became of the request with the key \(record.scope.key)"
                + (record.reason.map { ": \($0)" } ?? "."),
            origin: .gateway,
            sent: .maybe,
            retry: .sameKey
        )
        if record.state == .needsOperator {
            problem.detail += " An operator has to look at the vendor: timegate journal show \(record.id)."
        } else {
            problem.retryAfter = 10
        }
        return problem.naming(record.scope)
    }
}

extension Problem {
    /// The member that says that a refusal is remembered under its key: what is corrected needs another one.
    public static let spentKey = "key_is_spent"

    /// The problem of a write, with where to ask what became of it.
    public func naming(_ scope: WriteScope) -> Problem {
        var problem = self
        problem.extra["idempotency_key"] = .string(scope.key)
        problem.extra["outcome"] = .string("/v1/outcomes/\(scope.key)")
        return problem
    }
}
