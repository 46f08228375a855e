public import GatewayCore
internal import JSON

/// What an operator does with the journal, over the admin listener or on the file itself.
public struct JournalDesk: Sendable {
    private let writes: Writes

    init(_ writes: Writes) { self.writes = writes }

    public init(_ source: JournalSource) {
        self.init(Writes(journal: source.make(nil), claims: WriteClaims(), now: SystemClock.milliseconds))
    }

    /// The writes that a query asks for, as `{"data": […]}`.
    public func list(query: String?) async throws(Problem) -> [UInt8] {
        let query = try OutcomeQuery.read(query)
        let records = try await asked { journal throws(JournalFailure) in try await journal.list(query) }
        let next = records.count == query.limit ? records.last.map { String($0.id) } : nil
        return OutcomeBody.list(records, next: next, forOperator: true)
    }

    public func show(_ number: String) async throws(Problem) -> [UInt8] {
        OutcomeBody.one(try await record(number))
    }

    /// Settles a write by a person's word.
    ///
    /// - Parameter body: `{"recorded": "ID", "by": "who"}` or `{"not_recorded": true, "by": "who"}`.
    public func resolve(_ number: String, _ body: [UInt8]) async throws(Problem) -> [UInt8] {
        let decision = try Decision(body)
        let record = try await record(number)
        let event: WriteEvent = decision.entryID == nil ? .resolvedNotRecorded : .resolvedRecorded
        guard record.state.step(on: event) != nil, writes.hold(record) else {
            throw Problem(
                .stateConflict,
                "The write \(record.id) is \(record.state.rawValue): only one that is not settled is settled by a person.",
                origin: .gateway
            )
        }
        defer { writes.letGo(record) }
        if let id = decision.entryID { try await check(id, of: record) }
        let change: WriteChange =
            if let id = decision.entryID {
                .done(
                    OutcomeReply.resolved(record, recordedAs: id),
                    vendorEntryID: id,
                    reason: "A person has looked at the vendor.",
                    settledBy: decision.by,
                    at: writes.now()
                )
            } else {
                .notRecorded(
                    reason: "A person has looked at the vendor, which has it not.",
                    settledBy: decision.by,
                    at: writes.now()
                )
            }
        let isChanged = try await asked { journal throws(JournalFailure) in
            try await journal.change(record.id, from: record.state, change)
        }
        guard isChanged else {
            throw Problem(.stateConflict, "The write \(record.id) has just changed: look again.", origin: .gateway)
        }
        return OutcomeBody.one(try await self.record(number))
    }

    /// A slip of the keyboard must not make two writes one entry.
    private func check(_ id: String, of record: WriteRecord) async throws(Problem) {
        if let meant = record.intent.entryID, !isSameID(meant, id) {
            throw Problem(
                .invalidValue,
                "The write \(record.id) is about the entry \(meant), not \(id).",
                errors: [FieldError(.invalidValue, "recorded", "It has to be \(meant).")]
            )
        }
        guard record.scope.operation == .create else { return }
        let query = JournalQuery(
            states: [.done, .answered, .needsOperator, .expired],
            connection: record.scope.connection,
            vendorEntryID: id,
            limit: 10
        )
        let owners = try await asked { journal throws(JournalFailure) in try await journal.list(query) }
        guard let owner = owners.first(where: { $0.scope.operation == .create && $0.id != record.id }) else { return }
        throw Problem(
            .stateConflict,
            "The entry \(id) is that of the write \(owner.id): one entry cannot be two writes.",
            origin: .gateway
        )
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
    /// The entry at the vendor; `nil` where there is none.
    var entryID: String?
    var by: String

    init(_ body: [UInt8]) throws(Problem) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: body, limits: JSONLimits(maximumBytes: 4096, maximumDepth: 4))
        } catch {
            throw Problem(malformed: error)
        }
        for member in root.object ?? JSONObject() where !["recorded", "not_recorded", "by"].contains(member.key) {
            throw Problem(.unknownMember, "There is no member \"\(member.key)\" here.")
        }
        guard let by = root["by"]?.string, !by.isEmpty else {
            throw Problem(.required, "by is missing: who says so.")
        }
        self.by = by
        let isAbsent = root["not_recorded"]?.bool ?? false
        entryID = root["recorded"]?.string
        guard isAbsent != (entryID != nil), entryID != "" else {
            throw Problem(
                .required,
                "Give either recorded, the vendor's identifier of the entry, or not_recorded: true."
            )
        }
    }
}
