internal import Glibc

/// Whether a path still leads to the file that was opened under it. One that is removed or exchanged under a running gateway
/// takes everything that is written from then on with it.
struct FileWatch {
    /// Nanoseconds between two looks, each of which is a system call.
    private static let interval: Int64 = 1_000_000_000

    private let path: String
    private let original: (device: dev_t, number: ino_t)?
    private var lastLook: Int64

    init(_ path: String) {
        self.path = path
        original = FileWatch.identity(path)
        lastLook = CommitGroup.now()
    }

    /// - Returns: what is wrong; `nil` where nothing is, or where it is not time to look.
    mutating func fault() -> String? {
        let now = CommitGroup.now()
        guard let original, now - lastLook >= FileWatch.interval else { return nil }
        lastLook = now
        if let found = FileWatch.identity(path), found == original { return nil }
        return "its file \(path) was removed or exchanged while it was in use: put it back, and start again"
    }

    private static func identity(_ path: String) -> (device: dev_t, number: ino_t)? {
        var status = stat()
        return stat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
    }
}
