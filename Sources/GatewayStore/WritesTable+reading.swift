internal import GRDBSQLite
internal import GatewayCore

/// Rows as records.
extension WritesTable {
    func find(_ scope: WriteScope) throws(StoreError) -> WriteRecord? {
        find.begin()
        find.bind(scope.key)
        find.bind(scope.caller)
        find.bind(scope.connection)
        find.bind(scope.operation.rawValue)
        let record = try find.step() ? WritesTable.record(find) : nil
        find.end()
        return record
    }

    func list(_ query: JournalQuery) throws(StoreError) -> [WriteRecord] {
        // The usual question about a key that has just been made, for which no statement is prepared anew.
        if query.states == [.notRecorded], let key = query.key {
            anyNotRecorded.begin()
            anyNotRecorded.bind(key)
            anyNotRecorded.bind(key + "0")
            let isAny = try anyNotRecorded.step()
            anyNotRecorded.end()
            if !isAny { return [] }
        }
        let parts = parts(of: query)
        guard parts.count > 1 else { return try select(query, parts.first ?? "0") }
        var all: [WriteRecord] = []
        for part in parts { all += try select(query, part) }
        return Array(all.sorted { $0.id < $1.id }.prefix(query.limit))
    }

    /// Conditions of which each has a way of its own to its rows. SQLite takes a partial index only where the condition says
    /// word for word what the index says.
    private func parts(of query: JournalQuery) -> [String] {
        if query.key != nil {
            let live = query.states.contains { !$0.hasFreeKey }
            let over = query.states.contains(where: \.hasFreeKey)
            return (live ? ["writes.state <> 7"] : []) + (over ? ["writes.state = 7"] : [])
        }
        if query.states.contains(where: \.isSettled) { return ["1"] }
        var parts = ["writes.state > 1 AND writes.state < 6"]
        // What is under way is in no index.
        let underWay = underWay.numbers
        if query.states.contains(.sending), !underWay.isEmpty {
            let numbers = underWay.map(String.init).joined(separator: ",")
            parts.append("writes.state = 1 AND writes.id IN (\(numbers))")
        }
        return parts
    }

    private func select(_ query: JournalQuery, _ part: String) throws(StoreError) -> [WriteRecord] {
        let states = query.states.map { String(StoreSchema.code($0)) }.sorted().joined(separator: ", ")
        var sql =
            "SELECT \(StoreSchema.columns) FROM writes LEFT JOIN answers ON answers.id = writes.id "
            + "WHERE \(part) AND \(StoreSchema.state) IN (\(states)) AND writes.id > ?"
        // The key itself, and those of the entries that one request was for.
        if query.key != nil { sql += " AND (key = ? OR (key > ? AND key < ?))" }
        if query.caller != nil { sql += " AND caller = ?" }
        if query.connection != nil { sql += " AND connection = ?" }
        if query.id != nil { sql += " AND writes.id = ?" }
        let entryIDs = query.vendorEntryIDs
        if !entryIDs.isEmpty {
            let places = entryIDs.map { _ in "?" }.joined(separator: ", ")
            sql +=
                " AND writes.id IN (SELECT id FROM writes WHERE vendor_entry_id IN (\(places)) UNION SELECT id FROM answers "
                + "WHERE id IN (SELECT value FROM json_each(?)) AND vendor_entry_id IN (\(places)))"
        }
        if query.isForSeveral { sql += " AND entry_id IS NULL AND operation <> 'create'" }
        if query.changedBefore != nil { sql += " AND \(StoreSchema.changedAt) < ?" }
        sql += " ORDER BY writes.id LIMIT ?"
        let statement = try Statement(database, sql)
        statement.begin()
        statement.bind(query.after)
        if let key = query.key {
            statement.bind(key)
            statement.bind(key + "/")
            statement.bind(key + "0")
        }
        if let caller = query.caller { statement.bind(caller) }
        if let connection = query.connection { statement.bind(connection) }
        if let id = query.id { statement.bind(id) }
        if !entryIDs.isEmpty {
            for id in entryIDs { statement.bind(id) }
            // One text, however many they are: an entry may have been changed any number of times.
            let candidates = try entries.candidates(entryIDs)
            statement.bind("[\(candidates.map(String.init).joined(separator: ","))]")
            for id in entryIDs { statement.bind(id) }
        }
        if let time = query.changedBefore { statement.bind(time) }
        statement.bind(Int64(query.limit))
        var records: [WriteRecord] = []
        while try statement.step() {
            if let record = WritesTable.record(statement) { records.append(record) }
        }
        return records
    }

    private static func record(_ row: Statement) -> WriteRecord? {
        guard let operation = row.text(3).flatMap(Operation.init), let state = StoreSchema.state(row.integer(7)) else {
            return nil
        }
        var record = WriteRecord(
            id: row.integer(0),
            scope: WriteScope(
                caller: row.text(1) ?? "",
                connection: row.text(2) ?? "",
                operation: operation,
                key: row.text(4) ?? ""
            ),
            isKeyGenerated: row.integer(5) != 0,
            fingerprint: row.bytes(6) ?? [],
            state: state,
            attempt: Int(row.integer(8)),
            createdAt: row.integer(9),
            changedAt: row.integer(10),
            intent: WriteIntent(
                entryID: row.text(11),
                method: row.text(12) ?? "",
                url: row.text(13) ?? "",
                body: row.bytes(14),
                vendorKey: row.text(15),
                entry: row.bytes(16),
                usesClientCredentials: row.integer(26) != 0,
                settingsHash: row.isNull(28) ? nil : row.integer(28)
            )
        )
        if !row.isNull(17), let body = row.bytes(18) {
            record.answer = StoredAnswer(status: Int(row.integer(17)), body: body)
        }
        if !row.isNull(19), let body = row.bytes(22) {
            record.reply = StoredReply(
                status: Int(row.integer(19)),
                contentType: row.text(20) ?? "",
                location: row.text(21),
                contentEncoding: row.text(27),
                body: body
            )
        }
        record.vendorEntryID = row.text(23)
        record.reason = row.text(24)
        record.settledBy = row.text(25)
        return record
    }
}
