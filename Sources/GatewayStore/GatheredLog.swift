internal import GRDBSQLite
internal import Glibc

/// A layer over SQLite's own files (https://sqlite.org/vfs.html) that gathers what is appended to a write-ahead log and hands
/// it to the system in one piece, at the latest when the log is synced. SQLite writes each page of a commit with two calls,
/// which cost more than the bytes.
///
/// Nothing is promised before the sync, so nothing is lost by it: what a failed or killed process had gathered was part of no
/// commit. An error in writing shows at the sync then, and ends the commit as it does before it.
///
/// A file belongs to the connection that opened it, which is used by one thread at a time.
enum GatheredLog {
    /// Larger commits go out in pieces. SQLite's `unixWrite` takes less than 128 KiB at once: it keeps the lower 17 bits of the
    /// count, and says that the disk is full when nothing is left of it.
    fileprivate static let limit = 120 << 10

    /// Lets every database that is opened from now on in this process have it. Once is enough.
    static func install() { _ = isInstalled }

    private static let isInstalled: Bool = {
        guard let system = GatheredLog.system else { return false }
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        layer.initialize(to: system.pointee)
        layer.pointee.pNext = nil
        layer.pointee.zName = UnsafePointer(strdup("timegate"))
        layer.pointee.szOsFile = Int32(sizeOfFile + MemoryLayout<UnsafeRawPointer>.stride)
        layer.pointee.xOpen = { _, name, file, flags, outFlags in
            GatheredLog.open(name, file, flags, outFlags)
        }
        return sqlite3_vfs_register(layer, 1) == SQLITE_OK
    }()

    private static var system: UnsafeMutablePointer<sqlite3_vfs>? { sqlite3_vfs_find("unix") }

    /// Of the system's description of a file; ours begins behind it.
    private static let sizeOfFile: Int = {
        let alignment = MemoryLayout<UnsafeRawPointer>.alignment
        let size = Int(system?.pointee.szOsFile ?? 0)
        return (size + alignment - 1) / alignment * alignment
    }()

    private static func open(
        _ name: sqlite3_filename?,
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ flags: Int32,
        _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let system else { return SQLITE_ERROR }
        let result = system.pointee.xOpen(system, name, file, flags, outFlags)
        guard result == SQLITE_OK, flags & SQLITE_OPEN_WAL != 0, let file, let methods = file.pointee.pMethods else {
            return result
        }
        let log = Log(methods)
        place(file).storeBytes(of: Unmanaged.passRetained(log).toOpaque(), as: UnsafeMutableRawPointer.self)
        file.pointee.pMethods = UnsafePointer(log.methods)
        return result
    }

    private static func place(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(file) + sizeOfFile
    }

    fileprivate static func log(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Unmanaged<Log>? {
        file.map { .fromOpaque(place($0).load(as: UnsafeMutableRawPointer.self)) }
    }
}

/// One open log, and what is gathered for it.
private final class Log {
    typealias File = UnsafeMutablePointer<sqlite3_file>

    let below: UnsafePointer<sqlite3_io_methods>
    /// The methods of the layer below, but for those that have to do with what is gathered.
    let methods: UnsafeMutablePointer<sqlite3_io_methods>
    private var gathered: [UInt8] = []
    /// Where in the file it belongs.
    private var start: sqlite3_int64 = 0

    init(_ below: UnsafePointer<sqlite3_io_methods>) {
        self.below = below
        methods = .allocate(capacity: 1)
        methods.initialize(to: below.pointee)
        methods.pointee.xWrite = { file, bytes, count, offset in
            Log.with(file) { $0.write($1, UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: offset) }
        }
        methods.pointee.xRead = { file, bytes, count, offset in
            Log.with(file) { log, file in
                log.settled(file) { log.below.pointee.xRead(file, bytes, count, offset) }
            }
        }
        methods.pointee.xTruncate = { file, size in
            Log.with(file) { log, file in log.settled(file) { log.below.pointee.xTruncate(file, size) } }
        }
        methods.pointee.xFileSize = { file, size in
            Log.with(file) { log, file in log.settled(file) { log.below.pointee.xFileSize(file, size) } }
        }
        methods.pointee.xSync = { file, flags in
            Log.with(file) { log, file in log.settled(file) { log.below.pointee.xSync(file, flags) } }
        }
        methods.pointee.xClose = { file in
            guard let file, let held = GatheredLog.log(file) else { return SQLITE_ERROR }
            let log = held.takeRetainedValue()
            let written = log.flush(file)
            let closed = log.below.pointee.xClose(file)
            return written == SQLITE_OK ? closed : written
        }
    }

    deinit { methods.deallocate() }

    private static func with(_ file: File?, _ body: (Log, File) -> Int32) -> Int32 {
        guard let file, let log = GatheredLog.log(file) else { return SQLITE_ERROR }
        return log._withUnsafeGuaranteedRef { body($0, file) }
    }

    private func write(_ file: File, _ bytes: UnsafeRawBufferPointer, at offset: sqlite3_int64) -> Int32 {
        if offset != start + sqlite3_int64(gathered.count) || gathered.count + bytes.count > GatheredLog.limit {
            let result = flush(file)
            if result != SQLITE_OK { return result }
            start = offset
            // More than a page at once is not written to a log; it would pass all the same.
            if bytes.count > GatheredLog.limit {
                return below.pointee.xWrite(file, bytes.baseAddress, Int32(bytes.count), offset)
            }
        }
        gathered.append(contentsOf: bytes)
        return SQLITE_OK
    }

    /// Does something that goes by what the file holds.
    private func settled(_ file: File, _ body: () -> Int32) -> Int32 {
        let result = flush(file)
        return result == SQLITE_OK ? body() : result
    }

    /// What could not be written is forgotten: the commit that it belongs to fails.
    private func flush(_ file: File) -> Int32 {
        if gathered.isEmpty { return SQLITE_OK }
        defer {
            start += sqlite3_int64(gathered.count)
            gathered.removeAll(keepingCapacity: true)
        }
        return gathered.withUnsafeBytes { below.pointee.xWrite(file, $0.baseAddress, Int32($0.count), start) }
    }
}
