import Glibc

/// A file read whole.
struct FileContent {
    var bytes: [UInt8]
    /// The permission bits, as in `chmod`.
    var mode: UInt32

    /// Why a file could not be read, in words: `No such file or directory`.
    struct Failure: Error {
        let reason: String
    }

    /// - Parameter limit: A longer file is refused; configurations, secrets and entries are small.
    init(readingFrom path: String, limit: Int = 1 << 20) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Failure(reason: "Is a directory") }
        mode = status.st_mode & 0o7777
        bytes = try Self.readAll(descriptor, limit: limit)
    }

    /// Standard input up to its end.
    static func readingStandardInput(limit: Int = 1 << 20) throws(Failure) -> [UInt8] {
        try readAll(STDIN_FILENO, limit: limit)
    }

    private static func readAll(_ descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(reason: String(cString: strerror(errno)))
            }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > limit { throw Failure(reason: "It is longer than \(limit) bytes") }
        }
    }
}
