import Glibc
import Logging
import Synchronization

/// What the gateway says through its logger.
final class CapturedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "timegate") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = "\(event.level) \(event.message) \(pairs.joined(separator: " "))"
            log.lines.withLock { $0.append(line) }
        }
    }
}

/// A file without a name that an access log is written to.
final class CapturedFile: Sendable {
    let descriptor: Int32

    struct NoFile: Error {
        let errorNumber: Int32
    }

    init() throws {
        var name = Array("/tmp/timegate-tests-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw NoFile(errorNumber: errno) }
        unlink(name)
    }

    deinit { close(descriptor) }

    /// Everything written so far.
    var text: String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    var lines: [Substring] { text.split(separator: "\n") }
}
