internal import GRDBSQLite
internal import GatewayCore
internal import Glibc

/// A prepared statement of SQLite, used on the store's thread only. Beside GRDB, because a commit group binds and steps
/// thousands of times a second, and records cost several times of that.
final class Statement {
    private let handle: OpaquePointer
    private let database: OpaquePointer

    init(_ database: OpaquePointer, _ sql: String) throws(StoreError) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw StoreError(code, database) }
        self.handle = handle
        self.database = database
    }

    deinit {
        sqlite3_finalize(handle)
        bound.deallocate()
    }

    // MARK: - Binding

    /// The next parameter.
    private var index: Int32 = 0
    /// The texts and bytes of a run, copied here once, where SQLite may read them until the next run; what does not fit is
    /// copied by SQLite.
    private let bound = UnsafeMutableRawPointer.allocate(byteCount: Statement.room, alignment: 1)
    private var used = 0
    private static let room = 8192

    func begin() {
        sqlite3_reset(handle)
        index = 0
        used = 0
    }

    /// - Returns: where the bytes are, and whether SQLite has to make a copy of them.
    private func keep(_ bytes: UnsafeRawBufferPointer) -> (UnsafeRawPointer, sqlite3_destructor_type?) {
        guard let start = bytes.baseAddress else { return (UnsafeRawPointer(bound), nil) }
        guard bytes.count <= Statement.room - used else { return (start, Statement.copied) }
        let place = bound + used
        place.copyMemory(from: start, byteCount: bytes.count)
        used += bytes.count
        return (UnsafeRawPointer(place), nil)
    }

    func bind(_ number: Int64) {
        index += 1
        sqlite3_bind_int64(handle, index, number)
    }

    func bind(_ number: Int64?) {
        guard let number else { return bindNull() }
        bind(number)
    }

    func bind(_ text: String) {
        index += 1
        var text = text
        text.withUTF8 { bytes in
            let (start, copied) = keep(UnsafeRawBufferPointer(bytes))
            _ = sqlite3_bind_text(
                handle,
                index,
                start.assumingMemoryBound(to: CChar.self),
                Int32(bytes.count),
                copied
            )
        }
    }

    func bind(_ text: String?) {
        guard let text else { return bindNull() }
        bind(text)
    }

    func bind(_ bytes: [UInt8]) {
        index += 1
        if bytes.isEmpty {
            sqlite3_bind_zeroblob(handle, index, 0)
        } else {
            _ = bytes.withUnsafeBytes { bytes in
                let (start, copied) = keep(bytes)
                return sqlite3_bind_blob(handle, index, start, Int32(bytes.count), copied)
            }
        }
    }

    func bind(_ bytes: [UInt8]?) {
        guard let bytes else { return bindNull() }
        bind(bytes)
    }

    private func bindNull() {
        index += 1
        sqlite3_bind_null(handle, index)
    }

    /// `SQLITE_TRANSIENT`: SQLite makes a copy.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    // MARK: - Running

    /// - Returns: whether there is a row.
    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let error = StoreError(code, database)
            sqlite3_reset(handle)
            throw error
        }
    }

    func run() throws(StoreError) {
        while try step() {}
        sqlite3_reset(handle)
    }

    /// Ends a statement whose rows are not all read.
    func end() { sqlite3_reset(handle) }

    // MARK: - Reading

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func text(_ column: Int32) -> String? {
        guard let text = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : withBytes(column) { Array($0) } }

    /// The bytes where SQLite has them.
    func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(handle, column)
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}

/// An error of SQLite.
struct StoreError: Error {
    let code: Int32
    let message: String
    /// `errno` as the failed call left it; it means something where the code says that a system call failed.
    private let system: Int32

    init(_ code: Int32, _ database: OpaquePointer?) {
        self.code = code
        // SQLite's own sqlite3_system_errno stays 0 where a commit failed.
        system = errno
        message =
            database.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? String(cString: sqlite3_errstr(code))
    }

    private var primary: Int32 { code & 0xFF }

    /// A full disk and a lock go away. After anything else, a failed fsync above all, what the file holds is not known
    /// before it is opened again.
    var failure: JournalFailure {
        switch primary {
        case SQLITE_FULL, SQLITE_BUSY: JournalFailure(message, isPassing: true)
        // SQLite calls a quota and a limit on the size of files an error of the disk; nothing was written then.
        case SQLITE_IOERR where code == StoreError.ioErrorOnWrite && (system == EDQUOT || system == EFBIG):
            JournalFailure("\(message): \(String(cString: strerror(system)))", isPassing: true)
        default: JournalFailure(message, isPassing: false)
        }
    }

    /// `SQLITE_IOERR_WRITE`, a macro that Swift does not see.
    private static let ioErrorOnWrite = SQLITE_IOERR | (3 << 8)

    var isConstraint: Bool { primary == SQLITE_CONSTRAINT }
}
