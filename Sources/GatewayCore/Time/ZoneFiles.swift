#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file access of `ZoneDatabase`: read-only, and only below its directory.
enum ZoneFiles {
    /// A compiled zone has up to 4 KB; files that have more than this are none.
    private static let maximumSize = 1 << 20

    enum Contents {
        case contents([UInt8])
        case missing
        /// The reason is a clause.
        case refused(String)
    }

    /// The path of a directory with symbolic links resolved; nil if it is none.
    static func resolvedDirectory(_ path: String) -> String? {
        guard let resolved = resolved(path), kind(of: resolved) == S_IFDIR else { return nil }
        return resolved
    }

    /// The bytes of the file of a zone, whose name has passed `ZoneName.problem(with:)`. Links are followed as long as
    /// they stay below the directory, which must be resolved.
    static func contents(of name: String, in directory: String) -> Contents {
        guard let path = resolved("\(directory)/\(name)") else {
            return errno == ENOENT || errno == ENOTDIR ? .missing : .refused("its file cannot be opened")
        }
        guard path.hasPrefix(directory + "/") else { return .refused("its file is a link out of the database") }
        // Without O_NONBLOCK, opening a FIFO would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return errno == ENOENT ? .missing : .refused("its file cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .refused("its file cannot be read") }
        // A directory such as Europe is no zone, as far as the one who asks is concerned.
        if status.st_mode & S_IFMT == S_IFDIR { return .missing }
        guard status.st_mode & S_IFMT == S_IFREG else { return .refused("it is no regular file") }
        guard status.st_size <= maximumSize else { return .refused("its file is too large") }
        guard let bytes = readAll(descriptor, size: Int(status.st_size)) else {
            return .refused("its file cannot be read")
        }
        return .contents(bytes)
    }

    /// The first bytes of a file as text; nil if it cannot be read.
    static func head(of path: String, count: Int) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return readAll(descriptor, size: count).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names of all files below a directory, which must be resolved, that may be looked up as zones and begin as
    /// TZif files do.
    static func zoneNames(in directory: String) -> [String] {
        var names: [String] = []
        // Three levels deep: America/Argentina/Ushuaia.
        collect("", of: directory, depth: 3, into: &names)
        return names
    }

    private static func collect(_ prefix: String, of directory: String, depth: Int, into names: inout [String]) {
        guard let stream = opendir("\(directory)/\(prefix)") else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let component = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            let name = prefix + component
            let file = "\(directory)/\(name)"
            // Refuses `.`, `..` and, as they stand, right and posix.
            guard ZoneName.problem(with: name) == nil, ZoneName.problem(with: name + "/A") == nil else { continue }
            switch kind(of: file) {
            case S_IFDIR where depth > 1:
                collect(name + "/", of: directory, depth: depth - 1, into: &names)
            case S_IFREG where staysBelow(directory, file) && head(of: file, count: 4) == "TZif":
                names.append(name)
            default:
                continue
            }
        }
    }

    private static func staysBelow(_ directory: String, _ path: String) -> Bool {
        resolved(path)?.hasPrefix(directory + "/") == true
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The type bits of a file's mode, links followed; nil if there is none.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Up to `size` bytes from the position; nil on an error.
    private static func readAll(_ descriptor: Int32, size: Int) -> [UInt8]? {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(descriptor, buffer.baseAddress! + count, size - count)
                if got < 0 && errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { break }
                count += got
            }
        }
        return failed ? nil : bytes
    }
}
