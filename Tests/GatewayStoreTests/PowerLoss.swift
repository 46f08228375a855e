import GRDBSQLite
import Glibc
import Synchronization

/// A disk whose power can be cut: SQLite's own file layer (https://sqlite.org/vfs.html), with a record of what a sync has
/// made durable. Only files under a directory that was given to it are recorded; all others pass by.
final class PowerLoss: Sendable {
    static let shared = PowerLoss()

    private struct Image {
        /// As the process sees it.
        var written: [UInt8] = []
        /// As a machine that lost its power would find it.
        var durable: [UInt8] = []
    }

    private struct State {
        var directories: Set<String> = []
        var images: [String: Image] = [:]
        /// Names of the open files, by their place in memory.
        var names: [UInt: String] = [:]
        var syncs = 0
    }

    private let state = Mutex(State())

    /// Records the files of a directory from now on.
    func watch(_ directory: String) {
        PowerLoss.install()
        state.withLock { _ = $0.directories.insert(directory) }
    }

    func forget(_ directory: String) {
        state.withLock { state in
            state.directories.remove(directory)
            state.images = state.images.filter { !$0.key.hasPrefix(directory) }
        }
    }

    /// Writes into another directory what is left of a database file when the power goes now.
    ///
    /// - Parameter keepsUnsynced: how much of what was written and not synced is there all the same: a disk writes when it
    ///   likes. In multiples of 512 bytes from the start of the log; `nil` for none.
    func leaveBehind(_ path: String, at copy: String, keepsUnsynced: Int? = nil) {
        let images = state.withLock { $0.images }
        for suffix in ["", "-wal"] {
            guard let image = images[path + suffix] else { continue }
            var bytes = image.durable
            if let keep = keepsUnsynced, suffix == "-wal" {
                let end = min(image.written.count, bytes.count + keep)
                if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
                bytes.replaceSubrange(0..<end, with: image.written[..<end])
            }
            let descriptor = open(copy + suffix, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            bytes.withUnsafeBytes { _ = write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
        }
    }

    var syncs: Int { state.withLock { $0.syncs } }

    // MARK: - What SQLite calls

    fileprivate func opened(_ name: String, _ file: UInt) -> Bool {
        state.withLock { state in
            guard state.directories.contains(where: { name.hasPrefix($0 + "/") }),
                name.hasSuffix(".db") || name.hasSuffix("-wal")
            else { return false }
            state.names[file] = name
            if state.images[name] == nil { state.images[name] = Image() }
            return true
        }
    }

    fileprivate func closed(_ file: UInt) { state.withLock { _ = $0.names.removeValue(forKey: file) } }

    fileprivate func wrote(_ file: UInt, _ bytes: UnsafeRawBufferPointer, at offset: Int) {
        state.withLock { state in
            guard let name = state.names[file] else { return }
            let end = offset + bytes.count
            let missing = end - (state.images[name]?.written.count ?? 0)
            if missing > 0 { state.images[name]?.written += [UInt8](repeating: 0, count: missing) }
            state.images[name]?.written.replaceSubrange(offset..<end, with: bytes)
        }
    }

    fileprivate func truncated(_ file: UInt, to size: Int) {
        state.withLock { state in
            guard let name = state.names[file], let count = state.images[name]?.written.count, size < count else {
                return
            }
            state.images[name]?.written.removeLast(count - size)
        }
    }

    fileprivate func synced(_ file: UInt) {
        state.withLock { state in
            guard let name = state.names[file], let image = state.images[name] else { return }
            state.images[name]?.durable = image.written
            state.syncs += 1
        }
    }

    // MARK: - The layer

    /// Once in a process: the system's layer, its methods of files, and ours, which call them.
    private static func install() { _ = installed }

    private static let installed: Bool = {
        // In its place, and not over it: what the store itself puts over the system's layer stands above this one then.
        guard let system = sqlite3_vfs_find("unix") else { return false }
        systemOpen = system.pointee.xOpen
        system.pointee.xOpen = { layer, name, file, flags, outFlags in
            let result = PowerLoss.systemOpen?(layer, name, file, flags, outFlags) ?? SQLITE_ERROR
            guard result == SQLITE_OK, let name, let file, let methods = file.pointee.pMethods else { return result }
            let path = String(cString: name)
            if PowerLoss.shared.opened(path, UInt(bitPattern: file)) {
                file.pointee.pMethods = PowerLoss.methods(over: methods, isLog: path.hasSuffix("-wal"))
            }
            return result
        }
        return true
    }()

    nonisolated(unsafe) private static var systemOpen:
        (
            @convention(c) (
                UnsafeMutablePointer<sqlite3_vfs>?, sqlite3_filename?, UnsafeMutablePointer<sqlite3_file>?, Int32,
                UnsafeMutablePointer<Int32>?
            ) -> Int32
        )?
    /// The system's methods of a kind of file, and ours over them. A database has locks, and its log has none: their methods
    /// differ in how they close.
    private struct Methods {
        var system: UnsafePointer<sqlite3_io_methods>
        var ours: UnsafePointer<sqlite3_io_methods>
    }

    nonisolated(unsafe) private static var ofDatabases: Methods?
    nonisolated(unsafe) private static var ofLogs: Methods?

    private static func methods(
        over system: UnsafePointer<sqlite3_io_methods>,
        isLog: Bool
    ) -> UnsafePointer<sqlite3_io_methods> {
        if let known = isLog ? ofLogs : ofDatabases { return known.ours }
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: system.pointee)
        methods.pointee.xWrite = { file, bytes, count, offset in
            let result = PowerLoss.ofDatabases?.system.pointee.xWrite(file, bytes, count, offset) ?? SQLITE_ERROR
            if result == SQLITE_OK {
                PowerLoss.shared.wrote(
                    UInt(bitPattern: file),
                    UnsafeRawBufferPointer(start: bytes, count: Int(count)),
                    at: Int(offset)
                )
            }
            return result
        }
        methods.pointee.xTruncate = { file, size in
            let result = PowerLoss.ofDatabases?.system.pointee.xTruncate(file, size) ?? SQLITE_ERROR
            if result == SQLITE_OK { PowerLoss.shared.truncated(UInt(bitPattern: file), to: Int(size)) }
            return result
        }
        methods.pointee.xSync = { file, flags in
            let result = PowerLoss.ofDatabases?.system.pointee.xSync(file, flags) ?? SQLITE_ERROR
            if result == SQLITE_OK { PowerLoss.shared.synced(UInt(bitPattern: file)) }
            return result
        }
        // A file that is mapped would be written past the record.
        methods.pointee.xFetch = { _, _, _, page in
            page?.pointee = nil
            return SQLITE_OK
        }
        if isLog {
            methods.pointee.xClose = { file in
                PowerLoss.shared.closed(UInt(bitPattern: file))
                return PowerLoss.ofLogs?.system.pointee.xClose(file) ?? SQLITE_ERROR
            }
            ofLogs = Methods(system: system, ours: methods)
        } else {
            methods.pointee.xClose = { file in
                PowerLoss.shared.closed(UInt(bitPattern: file))
                return PowerLoss.ofDatabases?.system.pointee.xClose(file) ?? SQLITE_ERROR
            }
            ofDatabases = Methods(system: system, ours: methods)
        }
        return UnsafePointer(methods)
    }
}
