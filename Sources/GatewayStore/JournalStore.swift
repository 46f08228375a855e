internal import GRDB
internal import GRDBSQLite
public import GatewayCore
internal import Glibc
internal import Synchronization

/// The journal on disk: SQLite in WAL mode with `synchronous=FULL`, one connection, one thread. Writes that arrive while a
/// commit is under way share the next one, and so one fsync.
public final class JournalStore: Sendable {
    public let path: String
    private let queue: DatabaseQueue
    private let lock: StoreLock
    private let mailbox = Mailbox<StoreOrder>()
    private let thread: StoreThread
    private let health: Health

    /// Whether it can be used, readable from any thread.
    private final class Health: Sendable {
        let failure = Mutex<JournalFailure?>(nil)
        let commits = Atomic(0)
        let writes = Atomic(0)
    }

    /// Why writes are refused now; `nil` while all is well.
    public var failure: JournalFailure? { health.failure.withLock { $0 } }

    /// Commits, and the changes in them, since the start.
    public var counters: (commits: Int, changes: Int) {
        (health.commits.load(ordering: .relaxed), health.writes.load(ordering: .relaxed))
    }

    /// Opens a journal, or makes one, and brings its tables up to date. What was under way when the last process ended is
    /// of unknown outcome from now on.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - command: what opens it, if that is not a gateway: `journal settle`.
    /// - Throws: where it is in use, damaged, of a later version or not durable.
    public init(path: String, now: Int64, command: String? = nil) throws(StoreFault) {
        self.path = path
        let lock = try StoreLock(beside: JournalStore.realPath(path), command: command)
        let queue = try JournalStore.open(path)
        do {
            try queue.write { database in
                try database.execute(sql: StoreSchema.processEnded, arguments: [now])
                try database.execute(
                    sql: "UPDATE writes SET state = 3, changed_at = ? WHERE state = 4",
                    arguments: [now]
                )
            }
        } catch {
            throw JournalStore.fault(path, error)
        }
        let health = Health()
        let mailbox = mailbox
        guard let thread = StoreThread({ JournalStore.work(queue, mailbox, health) }) else {
            throw StoreFault(path, "there is no thread for it", hint: "Raise the limit on threads.")
        }
        self.lock = lock
        self.queue = queue
        self.health = health
        self.thread = thread
    }

    /// The journal as one event loop uses it: its calls go on there, one hand-over for each commit.
    public func journal(hop: LoopHop? = nil) -> any Journal {
        StoreJournal(mailbox: mailbox, hop: hop, health: { [health] in health.failure.withLock { $0 } })
    }

    /// Lets what is under way end, closes the file, and lets others have it. Once only.
    public func close() {
        mailbox.close()
        thread.join()
        try? queue.close()
        lock.release()
    }

    // MARK: - Opening

    /// The path without symbolic links, under which SQLite keeps the log: one lock for all names of a file.
    private static func realPath(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func open(_ path: String) throws(StoreFault) -> DatabaseQueue {
        // Rows hold people's working time: nobody else may read them. SQLite gives its other files the same mode.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            throw StoreFault(
                path,
                "it cannot be opened: \(String(cString: strerror(code)))",
                hint: StoreFault.remedy(errno: code, of: path)
            )
        }
        var status = stat()
        fstat(descriptor, &status)
        Glibc.close(descriptor)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreFault(path, "it is no regular file", hint: "Name a file with state:.")
        }
        // Under each of its names it would have a log and a lock of its own.
        guard status.st_nlink <= 1 else {
            throw StoreFault(
                path,
                "it has \(status.st_nlink) names (hard links), and another gateway could use it under another of them",
                hint: "Leave it one name: a copy is made with sqlite3 FILE \".backup COPY\"."
            )
        }
        GatheredLog.install()
        do {
            var configuration = GRDB.Configuration()
            configuration.label = "timegate.journal"
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                // Of a new file: a page takes some writes, so that a commit of several has few pages that it fills in part.
                try database.execute(sql: "PRAGMA page_size = 8192")
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA trusted_schema = OFF")
                try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
                // 16 MiB: the pages that a commit touches are those of the last minutes.
                try database.execute(sql: "PRAGMA cache_size = -16384")
                // 4 MiB of the log: a page that is written again and again is brought over once, and the calls that come
                // meanwhile wait for milliseconds.
                let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                try database.execute(sql: "PRAGMA wal_autocheckpoint = \((4 << 20) / pageSize)")
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try check(queue, path, bytes: Int64(status.st_size))
            try StoreSchema.migrator.migrate(queue)
            return queue
        } catch let fault as StoreFault {
            throw fault
        } catch {
            throw fault(path, error)
        }
    }

    /// Reads back what durability rests on, and looks for damage and for a version that this one does not know.
    static func check(_ queue: DatabaseQueue, _ path: String, bytes: Int64) throws {
        try queue.read { database in
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? ""
            let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? 0
            guard mode == "wal", synchronous == 2 else {
                throw StoreFault(
                    path,
                    "SQLite runs it with journal_mode=\(mode) and synchronous=\(synchronous), which can lose a commit",
                    hint: "Name a file on a local disk with state:; network file systems have no WAL."
                )
            }
            // A whole check of a large journal would hold up every start.
            if bytes < 256 << 20, let damage = try String.fetchOne(database, sql: "PRAGMA quick_check(1)"),
                damage != "ok"
            {
                throw damaged(path, damage)
            }
            if try StoreSchema.migrator.hasBeenSuperseded(database) {
                throw StoreFault(
                    path,
                    "a later version of timegate has written it",
                    hint: "Run that version, or name another file with state:."
                )
            }
        }
    }

    private static func damaged(_ path: String, _ what: String) -> StoreFault {
        StoreFault(
            path,
            "it is damaged: \(what)",
            hint:
                "Nothing was changed. Keep the file, restore the last backup, or name a new file with state: and compare the "
                + "vendors' entries since; what the old one knew of keys is then forgotten."
        )
    }

    private static func fault(_ path: String, _ error: any Error) -> StoreFault {
        if let error = error as? DatabaseError {
            let text = error.message ?? "\(error.resultCode)"
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: return damaged(path, text)
            case .SQLITE_FULL: return StoreFault(path, text, hint: StoreFault.remedy(errno: ENOSPC, of: path))
            // SQLite has no own words for a disk on which its shared memory finds no room.
            case .SQLITE_IOERR:
                return StoreFault(path, text, hint: StoreFault.remedy(errno: isFull(path) ? ENOSPC : EIO, of: path))
            default: return StoreFault(path, text, hint: StoreFault.remedy(errno: EACCES, of: path))
            }
        }
        return StoreFault(path, "\(error)", hint: "Name another file with state:.")
    }

    /// Whether the file's disk has no block left.
    private static func isFull(_ path: String) -> Bool {
        var disk = statvfs()
        return statvfs(path, &disk) == 0 && disk.f_bavail == 0
    }

    // MARK: - The thread

    private static func work(_ queue: DatabaseQueue, _ mailbox: Mailbox<StoreOrder>, _ health: Health) {
        queue.writeWithoutTransaction { database in
            guard let handle = database.sqliteConnection else { return }
            let table: WritesTable
            do throws(StoreError) {
                table = try WritesTable(handle)
            } catch {
                health.failure.withLock { $0 = error.failure }
                mailbox.close()
                for order in mailbox.take() { order.lane.add(order, .failed(error.failure)) }
                return
            }
            var group = CommitGroup()
            var watch = FileWatch(queue.path)
            while let orders = gather(mailbox, group, table) {
                if let fault = watch.fault() {
                    health.failure.withLock { $0 = JournalFailure(fault, isPassing: false) }
                }
                commit(orders, table, health, &group)
            }
        }
    }

    /// - Returns: what is to be made durable together; `nil` when the mailbox is closed and nothing is left.
    private static func gather(
        _ mailbox: Mailbox<StoreOrder>,
        _ group: CommitGroup,
        _ table: WritesTable
    ) -> [StoreOrder]? {
        var orders: [StoreOrder] = []
        var start = CommitGroup.now()
        while true {
            var more: [StoreOrder] = []
            if let (count, nanoseconds) = group.wait(for: orders, since: start) {
                more = mailbox.take(upTo: count, within: nanoseconds)
            }
            if more.isEmpty {
                if !orders.isEmpty { return orders }
                more = mailbox.take()
                if more.isEmpty { return nil }
                start = CommitGroup.now()
            }
            answerReads(&more, table)
            orders += more
        }
    }

    /// Answers what only reads at once, and leaves the rest.
    private static func answerReads(_ orders: inout [StoreOrder], _ table: WritesTable) {
        guard orders.contains(where: { !$0.work.isWrite }) else { return }
        let lanes = Lanes()
        for order in orders where !order.work.isWrite { lanes.add(order, perform(order, table)) }
        orders.removeAll { !$0.work.isWrite }
        lanes.deliver()
    }

    /// Makes changes durable together.
    private static func commit(
        _ orders: [StoreOrder],
        _ table: WritesTable,
        _ health: Health,
        _ group: inout CommitGroup
    ) {
        let lanes = Lanes()
        if let failure = health.failure.withLock({ $0 }), !failure.isPassing {
            for order in orders { lanes.add(order, .failed(failure)) }
            return lanes.deliver()
        }
        var results: [StoreResult] = []
        results.reserveCapacity(orders.count)
        group.begin()
        do throws(StoreError) {
            try table.beginTransaction()
            // An empty commit succeeds on a full disk too: only one that writes shows that there is room again.
            if health.failure.withLock({ $0 != nil }) { try table.touch() }
            for order in orders {
                let result = perform(order, table)
                if case .broken(let error) = result { throw error }
                results.append(result)
            }
            try table.commitTransaction()
            health.failure.withLock { if $0 != nil { $0 = nil } }
            health.commits.add(1, ordering: .relaxed)
            health.writes.add(orders.count, ordering: .relaxed)
            group.end(orders, results)
            for (order, result) in zip(orders, results) { lanes.add(order, result) }
        } catch {
            table.rollBack()
            var failure = error.failure
            health.failure.withLock { $0 = failure }
            if !failure.isPassing { failure.isDoubtful = !table.overwrite() }
            for order in orders { lanes.add(order, .failed(failure)) }
        }
        lanes.deliver()
    }

    private static func perform(_ order: StoreOrder, _ table: WritesTable) -> StoreResult {
        do throws(StoreError) {
            switch order.work {
            case .find(let scope): return .found(try table.find(scope))
            case .list(let query): return .list(try table.list(query))
            case .latestEntries(let limit): return .entries(try table.entries.latest(limit))
            case .begin(let write): return .begun(try table.add(write))
            case .sweep(let done, let expired, let limit):
                return .swept(try table.sweep(doneBefore: done, expiredBefore: expired, limit: limit))
            case .change(let id, let state, let change): return .changed(try table.change(id, from: state, change))
            }
        } catch {
            return order.work.isWrite ? .broken(error) : .failed(error.failure)
        }
    }

    /// The results of one turn, by where they go.
    private final class Lanes {
        private var touched: [StoreLane] = []

        func add(_ order: StoreOrder, _ result: StoreResult) {
            if order.lane.isEmpty { touched.append(order.lane) }
            order.lane.add(order, result)
        }

        func deliver() {
            for lane in touched { lane.deliver() }
            touched.removeAll()
        }
    }
}
