internal import JSON
internal import Synchronization

/// One write on its way through the journal, from the claim of its key to its end. It belongs to one call.
public final class JournaledWrite: Sendable {
    public let scope: WriteScope
    public let isKeyGenerated: Bool
    /// When the key was claimed: it tells this write from an earlier one with the same key, also to the vendor.
    public let createdAt: Int64
    /// The vendor's key that an earlier attempt at the same went out under; `nil` where there was none.
    public let vendorKey: String?
    private let fingerprint: [UInt8]
    private let writes: Writes

    private struct Progress {
        /// `claimed`, or that of the earlier attempt which is repeated.
        var state: WriteState? = .claimed
        var id: Int64 = 0
        var attempt = 1
        /// Whether the vendor may have acted on it.
        var hasLeft = false
        var answer: StoredAnswer?
        /// The status that the answer stands for.
        var status: Int?
        /// Whether an attempt before the answered one may have been acted on.
        var isRepetition = false
        /// What the journal is told of how it ended.
        var remark: String?
        /// Why only a person can end it although it was answered, and the entry of the answer.
        var personal: (reason: String, entryID: String?)?

        /// Whether the answer ends the write: it is done, or refused for what it says.
        var isAnswerFinal: Bool {
            switch status {
            case .some(200..<300): true
            case 400, 409, 422: !isRepetition
            default: false
            }
        }
    }

    private let progress = Mutex(Progress())

    init(
        _ writes: Writes,
        _ scope: WriteScope,
        _ fingerprint: [UInt8],
        isKeyGenerated: Bool,
        createdAt: Int64,
        vendorKey: String? = nil
    ) {
        self.vendorKey = vendorKey
        self.writes = writes
        self.scope = scope
        self.fingerprint = fingerprint
        self.isKeyGenerated = isKeyGenerated
        self.createdAt = createdAt
    }

    /// Goes on with a write whose outcome is not known: the same request with the same key of the vendor's.
    init(_ writes: Writes, repeating record: WriteRecord) {
        self.writes = writes
        scope = record.scope
        fingerprint = record.fingerprint
        isKeyGenerated = record.isKeyGenerated
        createdAt = record.createdAt
        vendorKey = record.intent.vendorKey
        let earlier = Progress(
            state: record.state,
            id: record.id,
            attempt: record.attempt + 1,
            hasLeft: true,
            isRepetition: true
        )
        progress.withLock { $0 = earlier }
    }

    /// Whether an attempt before this one may have been acted on.
    public var isRepetition: Bool { progress.withLock { $0.isRepetition } }

    /// Makes the intent durable. Only then may the request be handed to the network.
    ///
    /// - Throws: `journal_unavailable`; what an existing write with this key answers, if another process was faster.
    public func begin(_ intent: consuming WriteIntent) async throws(Problem) {
        let (state, id, attempt) = progress.withLock { ($0.state, $0.id, $0.attempt) }
        if let state, state.step(on: .resend) != nil { return try await repeatAttempt(attempt, of: id, from: state) }
        guard state?.step(on: .send) != nil else {
            throw Problem(.internalError, "A write was about to be sent twice.", origin: .gateway)
        }
        let outcome: JournalBegin
        do throws(JournalFailure) {
            outcome = try await writes.journal.begin(newWrite(consume intent))
        } catch {
            throw unbegun(error)
        }
        try begun(outcome)
    }

    // What works is not in `begin` itself, which holds room for all that stands in it while the journal writes: see `Delivery`.

    @inline(never)
    private func newWrite(_ intent: consuming WriteIntent) -> NewWrite {
        NewWrite(
            scope: scope,
            isKeyGenerated: isKeyGenerated,
            fingerprint: fingerprint,
            createdAt: createdAt,
            intent: intent
        )
    }

    @inline(never)
    private func unbegun(_ failure: JournalFailure) -> Problem {
        failure.isDoubtful ? JournaledWrite.doubtful(failure.problem) : failure.problem
    }

    @inline(never)
    private func begun(_ outcome: JournalBegin) throws(Problem) {
        switch outcome {
        case .begun(let id):
            progress.withLock { progress in
                progress.id = id
                progress.state = .sending
            }
        case .exists(let record):
            _ = try Writes.reply(of: record, fingerprint)
            throw Problem(
                .idempotencyInProgress,
                "Another process has done the request with the key \(scope.key).",
                origin: .gateway,
                retry: .sameKey,
                retryAfter: 1
            ).naming(scope)
        }
    }

    /// Whether anything of it was made durable, and so may have been sent.
    public var isBegun: Bool { progress.withLock { $0.state != .claimed } }

    /// Enters a change of nothing, which is sent nowhere: the key that the caller gave answers again all the same.
    ///
    /// - Throws: as `begin`.
    public func enterUnsent(_ entryID: String?, method: String) async throws(Problem) {
        try await begin(WriteIntent(entryID: entryID, method: method, url: "", body: nil, entry: Array("{}".utf8)))
        progress.withLock { $0.status = 200 }
    }

    @inline(never)
    private func repeatAttempt(_ attempt: Int, of id: Int64, from state: WriteState) async throws(Problem) {
        let isChanged: Bool
        do throws(JournalFailure) {
            isChanged = try await writes.journal.change(id, from: state, .sending(attempt: attempt, at: writes.now()))
        } catch {
            // The earlier attempt is as unknown as it was.
            var problem = error.problem
            problem.sent = .maybe
            throw problem
        }
        guard isChanged else { throw Writes.inProgress(scope) }
        progress.withLock { $0.state = .sending }
    }

    /// Takes note of what the attempts came to so far.
    ///
    /// - Parameter mayHaveActed: whether the vendor may have acted on this attempt or on one before.
    public func note(_ result: Result<UpstreamAnswer, UpstreamFailure>, mayHaveActed: Bool) {
        progress.withLock { progress in
            progress.hasLeft = mayHaveActed
            progress.answer = nil
            progress.status = nil
            if case .success(let answer) = result {
                progress.answer = StoredAnswer(status: answer.givenStatus, body: answer.body)
                progress.status = answer.status
                progress.isRepetition = answer.isRepetition
            }
        }
    }

    func noteRetry() {
        progress.withLock { $0.attempt += 1 }
    }

    /// Stores the vendor's raw answer, before anything that could fail looks at it, if it is one that ends the write: after
    /// any other one the outcome is still to be found out. If it cannot be stored, the call goes on: the vendor's answer is
    /// the truth, and after a restart the outcome is unknown and looked for.
    public func storeAnswer() async {
        let (id, answer) = progress.withLock { progress in
            (progress.id, progress.state == .sending && progress.isAnswerFinal ? progress.answer : nil)
        }
        guard let answer else { return }
        do throws(JournalFailure) {
            _ = try await writes.journal.change(id, from: .sending, .answered(answer, nil, at: writes.now()))
            progress.withLock { $0.state = .answered }
        } catch {
            // Said above.
        }
    }

    // MARK: - Doubles

    var journal: any Journal { writes.journal }

    /// The row with the vendor's answer, which is durable then.
    ///
    /// - Returns: `nil` where it cannot be made durable: the write is settled once the journal can be used.
    func answered() async throws(JournalFailure) -> WriteRecord? {
        await storeAnswer()
        let (id, state) = progress.withLock { ($0.id, $0.state) }
        guard state == .answered else { return nil }
        return try await journal.list(JournalQuery(id: id, limit: 1)).first
    }

    /// Notes the entry that the vendor has named, and says whether it may have named it for another create.
    public func isNamedAgain(_ entryID: String) -> Bool { writes.claims.given.note(entryID) }

    /// Has the journal say something of how the write ended.
    func remark(_ text: String) { progress.withLock { $0.remark = text } }

    /// The write will end as one that only a person can settle, although it was answered.
    ///
    /// - Parameter entryID: the entry of the answer.
    func listForOperator(_ reason: String, entryID: String?) {
        let id = progress.withLock { progress in
            progress.personal = (reason, entryID)
            return progress.id
        }
        writes.onDoubled(id, scope.connection, reason)
    }

    // MARK: - Ends

    /// The call was answered.
    ///
    /// - Parameters:
    ///   - isUnderstood: whether the answer is one that the vendor gives. What comes from something between the gateway and
    ///     the vendor says nothing of the write, whatever its status.
    ///   - isUnread: whether it may be one, and could not be read: then the key answers with it, and a person says which entry
    ///     the write has made.
    ///   - reason: why it was refused, where it was.
    /// - Returns: what the caller is told in place of a refusal that the journal could not take note of.
    @discardableResult
    public func finish(
        _ reply: StoredReply,
        vendorEntryID: String?,
        isUnderstood: Bool = true,
        isUnread: Bool = false,
        reason: String? = nil
    ) async -> Problem? {
        let (id, state, status) = progress.withLock { ($0.id, $0.state, $0.status ?? 0) }
        guard let state, state == .sending || state == .answered else {
            end()
            return nil
        }
        let change = change(after: reply, vendorEntryID, isUnderstood: isUnderstood, isUnread: isUnread, reason)
        // Where the row cannot be written, the caller is told the truth all the same, and the row stays as it is. That a write
        // was refused is no truth any more: what is open may be sent once more.
        let wasRefused =
            switch change {
            case .released: true
            case .done: max(reply.status, status) >= 400
            default: false
            }
        let isNoted = (try? await writes.journal.change(id, from: state, consume change)) ?? false
        end()
        return isNoted || !wasRefused ? nil : JournaledWrite.doubtful(status: reply.status)
    }

    @inline(never)
    private static func doubtful(status: Int) -> Problem {
        doubtful(Problem(.outcomeUnknown, "The vendor answered \(status).", origin: .gateway, sent: .maybe))
    }

    /// What becomes of a write that was answered. A request for several entries is answered also where its one request to
    /// the vendor came to nothing: each entry has its outcome in the answer then, and the write as a whole has its own.
    @inline(never)
    private func change(
        after reply: StoredReply,
        _ vendorEntryID: String?,
        isUnderstood: Bool,
        isUnread: Bool,
        _ reason: String?
    ) -> WriteChange {
        let progress = progress.withLock { $0 }
        let now = writes.now()
        guard let status = progress.status else {
            return progress.hasLeft
                ? .unknown(reason: "The vendor's answer did not come or broke off.", at: now) : .released
        }
        if !isUnderstood, status < 300 {
            return .unknown(reason: reason ?? "The vendor answered \(status), but not as it answers.", at: now)
        }
        if isUnread, status < 300 {
            let answer = progress.answer ?? StoredAnswer(status: status, body: reply.body)
            return .answered(answer, reply, reason: "The vendor's answer is coded, and was not read.", at: now)
        }
        if progress.isAnswerFinal {
            let reason = reason ?? progress.remark
            return .done(reply, vendorEntryID: vendorEntryID, reason: reason, settledBy: nil, at: now)
        }
        // What an attempt before this one has deleted is not there any more: the caller was told that it is gone.
        if scope.operation == .delete, progress.isRepetition, reply.status < 300, reply.status != 207 {
            let remark = "The vendor answered with the status \(status), after an attempt that was lost."
            return .done(reply, vendorEntryID: vendorEntryID, reason: reason ?? remark, settledBy: nil, at: now)
        }
        switch status {
        case ..<400, 408, 500...:
            return .unknown(reason: "The vendor answered with the status \(status).", at: now)
        default:
            return progress.isRepetition
                ? .unknown(
                    reason: "The vendor answered with the status \(status), after an attempt that was lost.",
                    at: now
                )
                : .released
        }
    }

    /// Whether this problem is what the key will answer from now on, when it is finished with it.
    public func remembers(_ problem: Problem) -> Bool {
        let progress = progress.withLock { $0 }
        guard progress.state == .sending || progress.state == .answered else { return false }
        let reply = StoredReply(status: problem.status, contentType: "", body: [])
        let change = JournaledWrite.change(after: problem, progress, reply, at: 0)
        if case .done = change { return true }
        return false
    }

    /// The call ended with a problem, whose answer is `reply`.
    ///
    /// - Returns: what the caller is told: the problem, unless the journal could not take note of it. The write is still open
    ///   then, and may be sent once more when it is settled: nobody can say any more that it was not or will not be recorded.
    public func finish(_ problem: Problem, _ reply: StoredReply) async -> Problem {
        let progress = progress.withLock { $0 }
        defer { end() }
        guard let state = progress.state, state == .sending || state == .answered,
            let change = JournaledWrite.change(after: problem, progress, reply, at: writes.now())
        else { return problem }
        let isNoted = (try? await writes.journal.change(progress.id, from: state, change)) ?? false
        switch change {
        case .released, .done: return isNoted ? problem : JournaledWrite.doubtful(problem)
        default: return problem
        }
    }

    /// What is said of a write that the journal may hold as open, whatever came of it so far.
    private static func doubtful(_ problem: Problem) -> Problem {
        var problem = problem
        problem.detail +=
            " The journal could not take note of it, so the write is open: it may still be recorded when it is settled."
        problem.code = .outcomeUnknown
        problem.sent = .maybe
        problem.extra[Problem.spentKey] = nil
        return problem
    }

    /// What becomes of a write that was begun and ended with a problem.
    private static func change(
        after problem: Problem,
        _ progress: Progress,
        _ reply: StoredReply,
        at now: Int64
    ) -> WriteChange? {
        if let personal = progress.personal {
            return .needsOperator(reason: personal.reason, vendorEntryID: personal.entryID, at: now)
        }
        guard let answer = progress.answer, let status = progress.status else {
            return progress.hasLeft ? .unknown(reason: problem.detail, at: now) : .released
        }
        if problem.code == .outcomeUnknown { return .unknown(reason: problem.detail, at: now) }
        switch status {
        case 200..<300: return .answered(answer, reply, reason: problem.detail, at: now)
        // A final answer. Other refusals become something else once a token, a permission or an account is repaired.
        case 400, 409, 422:
            return .done(reply, vendorEntryID: nil, reason: problem.detail, settledBy: nil, at: now)
        // A fault of the vendor's that the plugin vouches for. Should it be wrong there, nothing is sent twice.
        case ..<400 where problem.isFinalRefusal, 408 where problem.isFinalRefusal, 500... where problem.isFinalRefusal:
            return .done(reply, vendorEntryID: nil, reason: problem.detail, settledBy: nil, at: now)
        default: return .released
        }
    }

    /// Nothing came of it, and nothing is to be remembered.
    public func letGo() { end() }

    private func end() {
        progress.withLock { $0.state = nil }
        writes.claims.release(scope)
    }
}

extension Problem {
    /// Whether the vendor refuses what was asked for, and not who asks or when.
    fileprivate var isFinalRefusal: Bool { origin == .vendor && sent == .yes && [400, 409, 422].contains(status) }
}
