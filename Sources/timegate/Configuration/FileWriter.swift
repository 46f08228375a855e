import Glibc

/// A file that is written from its beginning.
final class FileWriter {
    let path: String
    private var descriptor: Int32

    /// Makes the file, or empties the one that is there.
    ///
    /// - Parameter mode: the permission bits of a new file, less the process's umask.
    init(creating path: String, mode: mode_t) throws(FileContent.Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .last }
    }

    /// Makes the file, or takes an empty one. What holds something already stays as it is.
    ///
    /// - Throws: ``notEmpty`` too.
    init(takingEmpty path: String, mode: mode_t) throws(FileContent.Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .last }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last }
        // A terminal, a pipe or /dev/null has no size.
        guard status.st_size == 0 else { throw Self.notEmpty }
    }

    static let notEmpty = FileContent.Failure(reason: "It holds something already")

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    func write(_ text: String) throws(FileContent.Failure) {
        try FileWriter.write(text, to: descriptor)
    }

    /// Writes the whole text, however few bytes the system takes at once.
    static func write(_ text: String, to descriptor: Int32) throws(FileContent.Failure) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .last
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// - Throws: what a file system says only now, such as a network's quota.
    func close() throws(FileContent.Failure) {
        defer { descriptor = -1 }
        guard Glibc.close(descriptor) == 0 else { throw .last }
    }
}

extension FileContent.Failure {
    /// What the last call of the C library failed with.
    static var last: FileContent.Failure { FileContent.Failure(reason: String(cString: strerror(errno))) }
}
