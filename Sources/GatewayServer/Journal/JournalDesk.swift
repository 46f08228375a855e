public import GatewayCore
internal import JSON

/// What an operator does with the journal, over the admin listener or on the file itself.
public struct JournalDesk: Sendable {
    private let writes: Writes
    private let words = Turns()
    /// Milliseconds after which a request that has left has arrived, or never will.
    private let arrival: Int64
    private let connections: @Sendable () -> [ConfiguredConnection]

    /// - Parameter connections: as they are configured now, for the secrets that nobody is shown.
    init(
        _ writes: Writes,
        arrivalMilliseconds: Int,
        connections: @escaping @Sendable () -> [ConfiguredConnection]
    ) {
        self.writes = writes
        arrival = Int64(arrivalMilliseconds)
        self.connections = connections
    }

    public init(_ source: JournalSource, _ setup: GatewaySetup) {
        let writes = Writes(journal: source.make(nil), claims: WriteClaims(), now: SystemClock.milliseconds)
        self.init(writes, arrivalMilliseconds: setup.arrivalMilliseconds) { setup.connections }
    }

    /// The writes that a query asks for, as `{"data": […]}`.
    public func list(query: String?) async throws(Problem) -> [UInt8] {
        let query = try OutcomeQuery.read(query)
        let records = try await asked { journal throws(JournalFailure) in try await journal.list(query) }
        let next = records.count == query.limit ? records.last.map { String($0.id) } : nil
        return OutcomeBody.list(records, next: next, forOperatorOf: connections())
    }

    /// - Parameter name: its number, or its key; of several writes that have had the key the latest.
    public func show(_ name: String) async throws(Problem) -> [UInt8] {
        if Int64(name) == nil {
            for key in try IdempotencyKey.asked(name) {
                let query = JournalQuery(key: key, limit: 1_000)
                let found = try await asked { journal throws(JournalFailure) in try await journal.list(query) }
                if let record = found.last { return OutcomeBody.one(record, forOperatorOf: connections()) }
            }
        }
        return OutcomeBody.one(try await record(name), forOperatorOf: connections())
    }

    /// Settles a write by a person's word.
    ///
    /// - Parameter body: `{"recorded": "ID", "by": "who"}` or `{"not_recorded": true, "by": "who"}`; of a request for several
    ///   entries `{"recorded": ["ID", …], "by": "who"}` with those that it was done to. `"other_account": true` where another
    ///   connection has made an entry with that identifier in another account.
    public func resolve(_ number: String, _ body: [UInt8]) async throws(Problem) -> [UInt8] {
        let decision = try Decision(body)
        // One word at a time: whether an entry is another write's is looked up before it is written down.
        await words.take("")
        defer { words.pass("") }
        let record = try await record(number)
        let event: WriteEvent = decision.ids.isEmpty ? .resolvedNotRecorded : .resolvedRecorded
        guard record.state.step(on: event) != nil, writes.hold(record) else {
            throw Problem(
                .stateConflict,
                "The write \(record.id) is \(record.state.rawValue): only one that is not settled is settled by a person.",
                origin: .gateway
            )
        }
        defer { writes.letGo(record) }
        let change = try await change(record, decision)
        let isChanged = try await asked { journal throws(JournalFailure) in
            try await journal.change(record.id, from: record.state, change)
        }
        guard isChanged else {
            throw Problem(.stateConflict, "The write \(record.id) has just changed: look again.", origin: .gateway)
        }
        if case .done(_, let entryID?, _, _, _) = change { writes.claims.noteEntry(entryID) }
        return OutcomeBody.one(try await self.record(number), forOperatorOf: connections())
    }

    private func change(_ record: WriteRecord, _ decision: Decision) async throws(Problem) -> WriteChange {
        let now = writes.now()
        if decision.ids.isEmpty {
            try checkArrival(record, now)
            return .notRecorded(
                reason: "A person has looked at the vendor, which has it not.",
                settledBy: decision.by,
                at: now
            )
        }
        let reply: StoredReply
        if let sent = record.intent.sentIDs {
            for id in decision.ids where !sent.contains(where: { isSameID($0, id) }) {
                let meant = sent.joined(separator: ", ")
                throw JournalDesk.wrong(id, "The write \(record.id) is about \(meant), not \(id).")
            }
            reply = OutcomeReply.resolved(record, sent: sent, done: decision.ids)
        } else {
            guard decision.ids.count == 1 else {
                throw JournalDesk.wrong(decision.ids[1], "The write \(record.id) is about one entry.")
            }
            try await check(decision.ids[0], of: record, isOtherAccount: decision.isOtherAccount)
            reply = OutcomeReply.resolved(record, recordedAs: decision.ids[0])
        }
        return .done(
            reply,
            vendorEntryID: record.intent.sentIDs == nil ? decision.ids[0] : nil,
            reason: "A person has looked at the vendor.",
            settledBy: decision.by,
            at: now
        )
    }

    private static func wrong(_ id: String, _ detail: String) -> Problem {
        Problem(
            .invalidValue,
            detail,
            errors: [FieldError(.invalidValue, "recorded", "\(id.prefix(80)) is not of this write.")]
        )
    }

    /// What still travels arrives after the look that did not find it.
    private func checkArrival(_ record: WriteRecord, _ now: Int64) throws(Problem) {
        let left = record.createdAt + arrival - now
        guard record.state == .unknown, left > 0 else { return }
        throw Problem(
            .stateConflict,
            "The request of the write \(record.id) may still be on its way: look at the vendor in \(left / 1000 + 1) s again.",
            origin: .gateway,
            retry: .after,
            retryAfter: Int(left / 1000 + 1)
        )
    }

    /// A slip of the keyboard must not make two writes one entry.
    private func check(_ id: String, of record: WriteRecord, isOtherAccount: Bool) async throws(Problem) {
        if let meant = record.intent.entryID, !isSameID(meant, id) {
            throw JournalDesk.wrong(id, "The write \(record.id) is about the entry \(meant), not \(id).")
        }
        guard record.scope.operation == .create else { return }
        let query = JournalQuery(
            states: [.done, .answered, .needsOperator, .expired],
            vendorEntryID: id,
            limit: 1_000
        )
        let owners = try await asked { journal throws(JournalFailure) in try await journal.list(query) }
        // Where the vendor itself has named the entry for this write, another person's word does not stand against it.
        let isNamed = record.vendorEntryID.map { isSameID($0, id) } ?? false
        let others = owners.filter {
            $0.scope.operation == .create && $0.id != record.id && !(isNamed && $0.isSaidByPerson)
        }
        if let owner = others.first(where: { $0.scope.connection == record.scope.connection }) {
            throw JournalDesk.wrong(
                id,
                "The entry \(id) is that of the write \(owner.id): one entry cannot be two writes."
            )
        }
        if !isNamed { try await checkTwin(record, isOtherAccount: isOtherAccount) }
        guard !isOtherAccount, let owner = others.first(where: { $0.isAtSameVendor(as: record) }) else { return }
        var problem = JournalDesk.wrong(
            id,
            "The entry \(id) is that of the write \(owner.id), through the connection \(owner.scope.connection) to the "
                + "same origin: one entry cannot be two writes."
        )
        problem.errors[0].hint = JournalDesk.otherAccount
        throw problem
    }

    private static let otherAccount =
        "If the connections lead to different accounts, say so: other_account (--other-account)."

    /// Of two writes of the same entry nobody can see which one made it, and what the vendor says by its key comes later.
    private func checkTwin(_ record: WriteRecord, isOtherAccount: Bool) async throws(Problem) {
        let twin = try await asked { journal throws(JournalFailure) in try await journal.learningTwin(of: record) }
        guard let twin else { return }
        let isNeighbour = twin.scope.connection != record.scope.connection
        if isOtherAccount, isNeighbour { return }
        var problem = Problem(
            .stateConflict,
            "The write \(twin.id) is for the same entry and not settled either, and will learn by itself which entry it has "
                + "made: wait until it is settled, or settle it first (timegate journal show \(twin.id)).",
            origin: .gateway,
            retry: .after,
            retryAfter: 60
        )
        if isNeighbour { problem.detail += " \(JournalDesk.otherAccount)" }
        throw problem
    }

    private func record(_ number: String) async throws(Problem) -> WriteRecord {
        let id = Int64(number) ?? 0
        let found = try await asked { journal throws(JournalFailure) in
            try await journal.list(JournalQuery(id: id, limit: 1))
        }
        guard let record = found.first else {
            throw Problem(.outcomeNotFound, "The journal has no write \"\(number.prefix(40))\".")
        }
        return record
    }

    private func asked<Found: Sendable>(
        _ ask: (any Journal) async throws(JournalFailure) -> Found
    ) async throws(Problem) -> Found {
        do throws(JournalFailure) {
            return try await ask(writes.journal)
        } catch {
            throw error.problem
        }
    }
}

/// What a person says of a write.
private struct Decision {
    /// The entries at the vendor; empty where there is none.
    var ids: [String]
    /// Whether an entry with that identifier, which another connection has made, is that of another account.
    var isOtherAccount: Bool
    var by: String

    private static let members = ["recorded", "not_recorded", "other_account", "by"]
    /// Room for the identifiers of as many entries as one request can be for.
    private static let limits = JSONLimits(maximumBytes: 64 << 10, maximumDepth: 4)

    init(_ body: [UInt8]) throws(Problem) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: body, limits: Decision.limits)
        } catch {
            throw Problem(malformed: error)
        }
        for member in root.object ?? JSONObject() where !Decision.members.contains(member.key) {
            throw Problem(.unknownMember, "There is no member \"\(member.key)\" here.")
        }
        guard let by = root["by"]?.string, !by.isEmpty else {
            throw Problem(.required, "by is missing: who says so.")
        }
        self.by = by
        isOtherAccount = root["other_account"]?.bool ?? false
        let isAbsent = root["not_recorded"]?.bool ?? false
        ids = root["recorded"]?.array?.map { $0.string ?? "" } ?? root["recorded"].map { [$0.string ?? ""] } ?? []
        guard isAbsent == (root["recorded"] == nil), isAbsent == ids.isEmpty, !ids.contains("") else {
            throw Problem(
                .required,
                "Give either recorded, the vendor's identifier of the entry, or not_recorded: true."
            )
        }
        let isOdd = { (scalar: Unicode.Scalar) in
            scalar.properties.isWhitespace || scalar.value < 32 || scalar.value == 127
        }
        for id in ids where id.unicodeScalars.contains(where: isOdd) {
            throw Problem(
                .invalidValue,
                "What is recorded is no identifier: it has white space or control characters.",
                errors: [FieldError(.invalidValue, "recorded", "Give the identifier alone.")]
            )
        }
    }
}
