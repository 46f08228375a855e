import Glibc

/// The lines of a file or of standard input, one at a time: no more is held than a line and a piece of the next.
final class LineReader {
    enum Line {
        /// Without its end.
        case text([UInt8])
        /// Longer than `maximumLength`; its bytes were passed over.
        case tooLong
    }

    static let maximumLength = 1 << 20
    private static let chunk = 256 << 10

    /// Of a regular file, in bytes.
    let size: Int?
    /// How many bytes have been given out.
    private(set) var position = 0
    /// Whether there is nothing more to read; a stop is no end.
    var isAtEnd: Bool { hasEnded && start == buffer.count }

    private let descriptor: Int32
    private let isStopped: () -> Bool
    private var buffer: [UInt8] = []
    private var start = 0
    private var hasEnded = false

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - isStopped: Once it is true, reading ends, even while standard input brings nothing.
    init(path: String, isStopped: @escaping () -> Bool) throws(FileContent.Failure) {
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        self.isStopped = isStopped
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw FileContent.Failure(reason: "Is a directory") }
        size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit {
        if descriptor > STDIN_FILENO { close(descriptor) }
    }

    /// Whether a path leads to this very file.
    func isSame(as path: String) -> Bool {
        var own = stat()
        var other = stat()
        guard size != nil, fstat(descriptor, &own) == 0, stat(path, &other) == 0 else { return false }
        return own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }

    /// Passes over the mark that some programs set before UTF-8, and RFC 8259 lets a reader ignore. Comes before all else.
    func skipByteOrderMark() throws(FileContent.Failure) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        // No more is waited for than is needed to know: standard input may be a person.
        while buffer.count < mark.count, mark.starts(with: buffer) {
            guard try fill() else { return }
        }
        guard buffer.starts(with: mark) else { return }
        start = mark.count
        position = mark.count
    }

    /// The first byte that is no white space, which is not taken; `nil` where there is none.
    func firstByte() throws(FileContent.Failure) -> UInt8? {
        while true {
            if let byte = buffer[start...].first(where: { !Self.isBlank($0) }) { return byte }
            guard buffer.count < Self.maximumLength, try fill() else { return nil }
        }
    }

    /// The next line; `nil` at the end, and after a stop.
    func next() throws(FileContent.Failure) -> Line? {
        var isTooLong = false
        while true {
            if let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) { return take(end, 1, isTooLong) }
            if buffer.count - start > Self.maximumLength {
                isTooLong = true
                position += buffer.count - start
                start = buffer.count
            }
            guard try fill() else {
                guard hasEnded, start < buffer.count || isTooLong else { return nil }
                return take(buffer.count, 0, isTooLong)
            }
        }
    }

    /// Everything up to the end.
    ///
    /// - Throws: where it is longer than `limit`.
    func rest(limit: Int) throws(FileContent.Failure) -> [UInt8] {
        while try fill() {
            if buffer.count - start > limit { throw FileContent.Failure(reason: "It is longer than \(limit) bytes") }
        }
        let rest = Array(buffer[start...])
        position += rest.count
        start = buffer.count
        return rest
    }

    private func take(_ end: Int, _ separator: Int, _ isTooLong: Bool) -> Line {
        let line = Array(buffer[start..<end])
        position += end + separator - start
        start = end + separator
        return isTooLong || line.count > Self.maximumLength ? .tooLong : .text(line)
    }

    /// - Returns: `false` at the end, and after a stop.
    private func fill() throws(FileContent.Failure) -> Bool {
        if hasEnded { return false }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        while true {
            if isStopped() { return false }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, 100)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            let old = buffer.count
            buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
            let count = buffer.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { read(descriptor, $0 + old, Self.chunk) } ?? 0
            }
            let failure = FileContent.Failure.last
            let isInterrupted = count < 0 && errno == EINTR
            buffer.removeLast(Self.chunk - max(0, count))
            if isInterrupted { continue }
            if count < 0 { throw failure }
            if count == 0 { hasEnded = true }
            return count > 0
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\t")
    }
}
