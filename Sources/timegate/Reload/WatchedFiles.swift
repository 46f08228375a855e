import Glibc

/// Tells whether files have changed, by what the file system says of them.
enum WatchedFiles {
    /// A number that is another one when a file is written, replaced, added or taken away, in these files and in all files
    /// below these directories.
    static func fingerprint(of paths: [String]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for path in paths.sorted() { add(path, depth: 3, &hash) }
        return hash
    }

    private static func add(_ path: String, depth: Int, _ hash: inout UInt64) {
        for byte in path.utf8 { mix(UInt64(byte), &hash) }
        var status = stat()
        guard stat(path, &status) == 0 else { return mix(0, &hash) }
        if status.st_mode & S_IFMT != S_IFDIR {
            mix(UInt64(status.st_ino), &hash)
            mix(UInt64(bitPattern: Int64(status.st_size)), &hash)
            mix(UInt64(bitPattern: Int64(status.st_mtim.tv_sec)), &hash)
            mix(UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)), &hash)
            mix(UInt64(status.st_mode), &hash)
            return
        }
        guard depth > 0, let handle = opendir(path) else { return }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        for name in names.sorted() { add("\(path)/\(name)", depth: depth - 1, &hash) }
    }

    private static func mix(_ value: UInt64, _ hash: inout UInt64) {
        hash = (hash ^ value) &* 0x100_0000_01b3
    }
}
