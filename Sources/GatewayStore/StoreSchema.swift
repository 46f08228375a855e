internal import GRDB
internal import GatewayCore

/// The tables of the journal. Versions are only ever added.
enum StoreSchema {
    /// A state as the journal spells it. Numbers are never given to another state.
    static func code(_ state: WriteState) -> Int64 {
        switch state {
        case .claimed: 0
        case .sending: 1
        case .answered: 2
        case .unknown: 3
        case .reconciling: 4
        case .needsOperator: 5
        case .done: 6
        case .expired: 7
        // In the rows it is 7 with a mark, so that what is about free keys holds for it too.
        case .notRecorded: 8
        }
    }

    static func state(_ code: Int64) -> WriteState? {
        WriteState.allCases.first { StoreSchema.code($0) == code }
    }

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: writes") { database in
            try database.execute(
                sql: """
                    CREATE TABLE writes (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        caller TEXT NOT NULL,
                        connection TEXT NOT NULL,
                        operation TEXT NOT NULL,
                        key TEXT NOT NULL,
                        is_key_generated INTEGER NOT NULL,
                        fingerprint BLOB NOT NULL,
                        state INTEGER NOT NULL,
                        attempt INTEGER NOT NULL,
                        created_at INTEGER NOT NULL,
                        changed_at INTEGER NOT NULL,
                        entry_id TEXT,
                        method TEXT NOT NULL,
                        url TEXT NOT NULL,
                        body BLOB,
                        vendor_key TEXT,
                        entry BLOB,
                        vendor_entry_id TEXT,
                        reason TEXT,
                        settled_by TEXT
                    ) STRICT;
                    -- What the vendor answered, until it is mapped, and what the caller was told. In a table of its own, so that
                    -- a row of writes keeps its size and its page.
                    CREATE TABLE answers (
                        id INTEGER PRIMARY KEY,
                        answer_status INTEGER,
                        answer_body BLOB,
                        reply_status INTEGER,
                        reply_type TEXT,
                        reply_location TEXT,
                        reply_body BLOB
                    ) STRICT;
                    -- A key is free again when its write has expired.
                    CREATE UNIQUE INDEX writes_key ON writes (key, caller, connection, operation) WHERE state <> 7;
                    -- What is not done is little, and is looked for often.
                    CREATE INDEX writes_open ON writes (state, changed_at) WHERE state < 6;
                    -- An entry that is looked for may belong to another write.
                    CREATE INDEX writes_entry ON writes (vendor_entry_id) WHERE vendor_entry_id IS NOT NULL;
                    CREATE INDEX writes_expired ON writes (key) WHERE state = 7;
                    """
            )
        }
        migrator.registerMigration("2: answers in vendors' own dialects") { database in
            try database.execute(
                sql: """
                    ALTER TABLE writes ADD COLUMN uses_client_credentials INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE answers ADD COLUMN reply_encoding TEXT;
                    """
            )
        }
        migrator.registerMigration("3: a write is done by its answer") { database in
            try database.execute(
                sql: """
                    -- The usual way, from sending to done, only adds a row of answers: the row of writes, which holds the request,
                    -- stays as it was written, in state 1.
                    ALTER TABLE answers ADD COLUMN done_at INTEGER;
                    ALTER TABLE answers ADD COLUMN vendor_entry_id TEXT;
                    CREATE INDEX answers_entry ON answers (vendor_entry_id) WHERE vendor_entry_id IS NOT NULL;
                    -- No row of writes below this number is under way. It follows from afar, so that not every commit has to
                    -- write it, and bounds what a start has to look through.
                    CREATE TABLE under_way (lowest INTEGER NOT NULL) STRICT;
                    INSERT INTO under_way SELECT coalesce(
                        (SELECT min(id) FROM writes WHERE state < 6 AND state < 2), (SELECT max(id) FROM writes), 0
                    );
                    -- What is under way is not in it, so that only what goes wrong pays for it.
                    DROP INDEX writes_open;
                    CREATE INDEX writes_open ON writes (state, changed_at) WHERE state > 1 AND state < 6;
                    """
            )
        }
        migrator.registerMigration("4: numbers are given by the store") { database in
            // Without it each commit writes one page less. The way that SQLite's documentation gives for a change which leaves
            // what is stored as it is (https://sqlite.org/lang_altertable.html, section 8).
            let version = try Int.fetchOne(database, sql: "PRAGMA schema_version") ?? 0
            try database.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY AUTOINCREMENT', 'PRIMARY KEY')
                        WHERE type = 'table' AND name = 'writes';
                    PRAGMA schema_version = \(version + 1);
                    PRAGMA writable_schema = RESET;
                    """
            )
        }
        migrator.registerMigration("5: keys are compared whatever their case") { database in
            // Those of callers, which are UUIDs or ULIDs; in bulk actions the entry's id follows. One that stands there in two
            // cases stays, and so does a vendor's own, which may be any text.
            try database.execute(
                sql: """
                    UPDATE OR IGNORE writes SET key = lower(substr(key, 1, 36)) || substr(key, 37)
                        WHERE vendor_key IS NOT key AND substr(key, 9, 1) || substr(key, 14, 1) || substr(key, 19, 1) ||
                            substr(key, 24, 1) = '----' AND substr(key, 37, 1) IN ('', '/');
                    UPDATE OR IGNORE writes SET key = upper(substr(key, 1, 26)) || substr(key, 27)
                        WHERE vendor_key IS NOT key AND length(key) >= 26 AND substr(key, 27, 1) IN ('', '/')
                            AND substr(key, 1, 26) NOT GLOB '*[^0-9A-Za-z]*';
                    """
            )
        }
        migrator.registerMigration("6: what was not recorded stays listed") { database in
            try database.execute(
                sql: """
                    ALTER TABLE writes ADD COLUMN is_not_recorded INTEGER NOT NULL DEFAULT 0;
                    -- They are few, and each new key at a vendor that has keys is looked for among them.
                    CREATE INDEX writes_not_recorded ON writes (key) WHERE is_not_recorded = 1;
                    """
            )
        }
        migrator.registerMigration("7: what is sent again is found after a crash") { database in
            try database.execute(
                sql: """
                    -- Its number is below that of `under_way`, which does not come back. Rows that are done stand in it until they
                    -- expire: they are few.
                    CREATE INDEX writes_sent_again ON writes (id) WHERE state = 1 AND attempt > 1;
                    """
            )
        }
        migrator.registerMigration("8: entries are found without an index of SQLite") { database in
            try database.execute(
                sql: """
                    CREATE TABLE entry_marks (place INTEGER PRIMARY KEY, marks BLOB NOT NULL) STRICT;
                    """
            )
            if let handle = database.sqliteConnection {
                try EntryIndex.fill(
                    handle,
                    below: try Int64.fetchOne(database, sql: "SELECT lowest FROM under_way") ?? 0
                )
            }
            try database.execute(sql: "DROP INDEX answers_entry")
        }
        migrator.registerMigration("9: the settings that a write was sent with") { database in
            try database.execute(sql: "ALTER TABLE writes ADD COLUMN settings INTEGER")
        }
        return migrator
    }()

    /// Whether the row of answers of a write in state 1 says that it is done.
    static let isDone = "writes.state = 1 AND answers.done_at IS NOT NULL"
    static let state =
        "CASE WHEN \(isDone) THEN 6 WHEN writes.state = 7 AND is_not_recorded THEN 8 ELSE writes.state END"
    static let changedAt = "CASE WHEN \(isDone) THEN answers.done_at ELSE writes.changed_at END"

    static let columns = """
        writes.id, caller, connection, operation, key, is_key_generated, fingerprint, \(state), attempt, created_at, \
        \(changedAt), entry_id, method, url, body, vendor_key, entry, answer_status, answer_body, reply_status, reply_type, \
        reply_location, reply_body, coalesce(writes.vendor_entry_id, answers.vendor_entry_id), reason, settled_by, \
        uses_client_credentials, reply_encoding, settings
        """

    /// What was under way when the last process ended is of unknown outcome. The parameters are the time, in milliseconds
    /// since 1970.
    static let processEnded = """
        UPDATE writes SET state = 3, changed_at = ?, reason = 'the gateway ended while the request was under way'
        WHERE id IN (
            SELECT id FROM writes WHERE state = 1 AND id >= (SELECT lowest FROM under_way)
            UNION SELECT id FROM writes WHERE state = 1 AND attempt > 1
        ) AND NOT EXISTS (SELECT 1 FROM answers WHERE answers.id = writes.id AND done_at IS NOT NULL)
        """
}
