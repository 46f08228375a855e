internal import GRDBSQLite
internal import GatewayCore

/// The statements on the table of writes, on the store's thread.
final class WritesTable {
    let database: OpaquePointer
    /// Where the sweep of what is done goes on.
    var sweptTo: Int64 = 0
    var sweeps = 0
    /// The number of the latest write. In a table of its own, as SQLite keeps it, it would be one page more of each commit.
    private var lastID: Int64
    private let insert: Statement
    let find: Statement
    private let sending: Statement
    private let answered: Statement
    private let answer: Statement
    private let doneAtOnce: Statement
    private let done: Statement
    private let moved: Statement
    private let notRecorded: Statement
    private let expired: Statement
    private let emptied: Statement
    private let released: Statement
    let forgotten: Statement
    let oldest: Statement
    let firstAnswer: Statement
    let anyNotRecorded: Statement
    private let begin: Statement
    private let commit: Statement
    private let rollback: Statement
    private let touched: Statement
    private let marked: Statement
    private(set) var underWay: UnderWay
    let entries: EntryIndex

    init(_ database: OpaquePointer) throws(StoreError) {
        self.database = database
        insert = try Statement(
            database,
            """
            INSERT INTO writes (id, caller, connection, operation, key, is_key_generated, fingerprint, state, attempt, \
            created_at, changed_at, entry_id, method, url, body, vendor_key, entry, uses_client_credentials, \
            settings)
            VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        find = try Statement(
            database,
            """
            SELECT \(StoreSchema.columns) FROM writes LEFT JOIN answers ON answers.id = writes.id
            WHERE key = ? AND caller = ? AND connection = ? AND operation = ? AND state <> 7
            """
        )
        sending = try Statement(
            database,
            "UPDATE writes SET state = 1, attempt = ?, changed_at = ? WHERE \(WritesTable.inState)"
        )
        answered = try Statement(
            database,
            "UPDATE writes SET state = 2, reason = coalesce(?, reason), changed_at = ? WHERE \(WritesTable.inState)"
        )
        answer = try Statement(
            database,
            """
            INSERT OR REPLACE INTO answers (id, answer_status, answer_body, reply_status, reply_type, reply_location, \
            reply_encoding, reply_body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        // A row of answers is there only where the vendor's own answer has been kept, and the write is not in state 1 then.
        doneAtOnce = try Statement(
            database,
            """
            INSERT OR IGNORE INTO answers (id, reply_status, reply_type, reply_location, reply_encoding, reply_body, \
            vendor_entry_id, done_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        done = try Statement(
            database,
            """
            UPDATE writes SET state = 6, vendor_entry_id = ?, reason = ?, settled_by = ?, changed_at = ? \
            WHERE \(WritesTable.inState)
            """
        )
        moved = try Statement(
            database,
            """
            UPDATE writes SET state = ?, reason = coalesce(?, reason), vendor_entry_id = coalesce(?, vendor_entry_id), \
            changed_at = ? WHERE \(WritesTable.inState)
            """
        )
        notRecorded = try Statement(
            database,
            """
            UPDATE writes SET state = 7, is_not_recorded = 1, reason = ?, settled_by = ?, changed_at = ? \
            WHERE \(WritesTable.inState)
            """
        )
        expired = try Statement(
            database,
            """
            UPDATE writes SET state = 7, body = NULL, entry = NULL, changed_at = ? WHERE \(WritesTable.inState)
            """
        )
        emptied = try Statement(database, "UPDATE answers SET answer_body = NULL, reply_body = NULL WHERE id = ?")
        released = try Statement(database, "DELETE FROM writes WHERE \(WritesTable.inState)")
        forgotten = try Statement(database, "DELETE FROM answers WHERE id = ?")
        oldest = try Statement(
            database,
            """
            SELECT writes.id, \(StoreSchema.state), \(StoreSchema.changedAt)
            FROM writes LEFT JOIN answers ON answers.id = writes.id WHERE writes.id > ? ORDER BY writes.id LIMIT ?
            """
        )
        firstAnswer = try Statement(database, "SELECT min(id) FROM answers")
        anyNotRecorded = try Statement(
            database,
            "SELECT 1 FROM writes WHERE is_not_recorded = 1 AND key >= ? AND key < ? LIMIT 1"
        )
        begin = try Statement(database, "BEGIN IMMEDIATE")
        commit = try Statement(database, "COMMIT")
        rollback = try Statement(database, "ROLLBACK")
        touched = try Statement(database, "PRAGMA user_version = 1")
        marked = try Statement(database, "UPDATE under_way SET lowest = ?")
        let mark = try Statement(database, "SELECT lowest FROM under_way")
        underWay = UnderWay(marked: try mark.step() ? mark.integer(0) : 0)
        let last = try Statement(database, "SELECT max(id) FROM writes")
        // Not below the mark, when all rows are gone: a start looks for what was under way from there on.
        lastID = max(try last.step() ? last.integer(0) : 0, underWay.marked - 1)
        entries = try EntryIndex(database, unread: underWay.marked..<lastID + 1)
    }

    /// Of a change: the row with this number, if it is in this state. What is done stands in state 6, or in state 1 with an
    /// answer that says so.
    private static let inState = """
        id = ? AND CASE WHEN state = 1 AND EXISTS \
        (SELECT 1 FROM answers WHERE answers.id = writes.id AND done_at IS NOT NULL) THEN 6 \
        WHEN state = 7 AND is_not_recorded THEN 8 ELSE state END = ?
        """

    // MARK: - Transactions

    func beginTransaction() throws(StoreError) {
        begin.begin()
        try begin.run()
    }

    func commitTransaction() throws(StoreError) {
        let mark = underWay.nextMark()
        if let mark {
            try run(marked, mark)
            try entries.write(below: mark)
        }
        commit.begin()
        try commit.run()
        underWay.commit(mark: mark)
        entries.commit(mark: mark)
    }

    func rollBack() {
        underWay.rollBack()
        entries.rollBack()
        // SQLite has rolled back by itself after some errors.
        guard sqlite3_get_autocommit(database) == 0 else { return }
        rollback.begin()
        try? rollback.run()
    }

    /// Writes something that means nothing, so that the commit has to write.
    func touch() throws(StoreError) { try touched.run() }

    /// Takes what a failed commit may have left behind out of the log. After a failed fsync the log can hold the whole
    /// transaction, and the next start would take it for committed: requests that the callers were told were not sent
    /// would come back to life. Another transaction stands in the same place of the log.
    ///
    /// Whether this reaches the disk is as uncertain as with the one before; a process that ends meets it all the same.
    ///
    /// - Returns: whether it is on the disk.
    func overwrite() -> Bool {
        do throws(StoreError) {
            try beginTransaction()
            try touch()
            try commitTransaction()
            return true
        } catch {
            rollBack()
            return false
        }
    }

    // MARK: - Writing

    func add(_ write: NewWrite) throws(StoreError) -> JournalBegin {
        let id = lastID + 1
        insert.begin()
        insert.bind(id)
        insert.bind(write.scope.caller)
        insert.bind(write.scope.connection)
        insert.bind(write.scope.operation.rawValue)
        insert.bind(write.scope.key)
        insert.bind(write.isKeyGenerated ? 1 : 0)
        insert.bind(write.fingerprint)
        insert.bind(write.createdAt)
        insert.bind(write.createdAt)
        insert.bind(write.intent.entryID)
        insert.bind(write.intent.method)
        insert.bind(write.intent.url)
        insert.bind(write.intent.body)
        insert.bind(write.intent.vendorKey)
        insert.bind(write.intent.entry)
        insert.bind(write.intent.usesClientCredentials ? 1 : 0)
        insert.bind(write.intent.settingsHash)
        do throws(StoreError) {
            try insert.run()
        } catch {
            guard error.isConstraint, let record = try find(write.scope) else { throw error }
            return .exists(record)
        }
        // It is not given again, whatever becomes of the row and of the transaction.
        lastID = id
        underWay.add(id)
        return .begun(id)
    }

    /// - Returns: whether the write was in that state.
    func change(_ id: Int64, from state: WriteState, _ change: WriteChange) throws(StoreError) -> Bool {
        if state == .sending, id >= underWay.marked, underWay.contains(id),
            case .done(let reply, let vendorEntryID, .none, .none, let at) = change,
            try finish(id, reply, vendorEntryID, at)
        {
            underWay.remove(id)
            return true
        }
        let statement: Statement
        switch change {
        case .sending(let attempt, let at):
            statement = sending
            statement.begin()
            statement.bind(Int64(attempt))
            statement.bind(at)
        case .answered(_, _, let reason, let at):
            statement = answered
            statement.begin()
            statement.bind(reason)
            statement.bind(at)
        case .done(_, let vendorEntryID, let reason, let settledBy, let at):
            statement = done
            statement.begin()
            statement.bind(vendorEntryID)
            statement.bind(reason)
            statement.bind(settledBy)
            statement.bind(at)
        case .unknown(let reason, let at): statement = move(to: .unknown, reason, at)
        case .reconciling(let at): statement = move(to: .reconciling, nil, at)
        case .needsOperator(let reason, let id, let at): statement = move(to: .needsOperator, reason, at, as: id)
        case .notRecorded(let reason, let settledBy, let at):
            statement = notRecorded
            statement.begin()
            statement.bind(reason)
            statement.bind(settledBy)
            statement.bind(at)
        case .expired(let at):
            statement = expired
            statement.begin()
            statement.bind(at)
        case .released:
            statement = released
            statement.begin()
        }
        statement.bind(id)
        statement.bind(StoreSchema.code(state))
        try statement.run()
        guard sqlite3_changes(database) == 1 else { return false }
        if change.state == .sending { underWay.add(id) } else { underWay.remove(id) }
        switch change {
        case .answered(let answer, let reply, _, _): try keep(id, answer, reply)
        case .done(let reply, _, _, _, _): try keep(id, nil, reply)
        case .expired: try run(emptied, id)
        case .released where state != .sending: try run(forgotten, id)
        default: break
        }
        return true
    }

    /// The usual end, of which most journals hold nothing else: one row is added, and none is written again. Not for one that
    /// is sent again below the mark, where the index of entries is closed.
    ///
    /// - Returns: `false` if the write has a row of answers already.
    private func finish(
        _ id: Int64,
        _ reply: StoredReply,
        _ vendorEntryID: String?,
        _ at: Int64
    ) throws(StoreError) -> Bool {
        doneAtOnce.begin()
        doneAtOnce.bind(id)
        doneAtOnce.bind(Int64(reply.status))
        doneAtOnce.bind(reply.contentType)
        doneAtOnce.bind(reply.location)
        doneAtOnce.bind(reply.contentEncoding)
        doneAtOnce.bind(reply.body)
        doneAtOnce.bind(vendorEntryID)
        doneAtOnce.bind(at)
        try doneAtOnce.run()
        guard sqlite3_changes(database) == 1 else { return false }
        if let vendorEntryID { entries.add(vendorEntryID, id) }
        return true
    }

    private func keep(_ id: Int64, _ vendor: StoredAnswer?, _ reply: StoredReply?) throws(StoreError) {
        answer.begin()
        answer.bind(id)
        answer.bind(vendor.map { Int64($0.status) })
        answer.bind(vendor?.body)
        answer.bind(reply.map { Int64($0.status) })
        answer.bind(reply?.contentType)
        answer.bind(reply?.location)
        answer.bind(reply?.contentEncoding)
        answer.bind(reply?.body)
        try answer.run()
    }

    func run(_ statement: Statement, _ id: Int64) throws(StoreError) {
        statement.begin()
        statement.bind(id)
        try statement.run()
    }

    private func move(
        to state: WriteState,
        _ reason: String?,
        _ at: Int64,
        as vendorEntryID: String? = nil
    ) -> Statement {
        moved.begin()
        moved.bind(StoreSchema.code(state))
        moved.bind(reason)
        moved.bind(vendorEntryID)
        moved.bind(at)
        return moved
    }
}
