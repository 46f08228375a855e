internal import Glibc
internal import NIOCore
internal import Synchronization

/// One line for each request, written to a descriptor in batches and off the requests' path.
///
/// Lines are `key=value` pairs. They hold no query string, no header and no body: those can hold secrets and people's
/// words.
final class AccessLog: Sendable {
    private let buffer = Mutex<[UInt8]>([])
    /// Beyond this many bytes unwritten, lines are counted and left out: a stuck terminal must not take the memory.
    private static let cap = 4 << 20
    private let dropped = Atomic<Int>(0)
    private let isWriting = Atomic(false)
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Takes the lines of one loop.
    func take(_ lines: [UInt8]) {
        buffer.withLock { buffer in
            if buffer.count + lines.count > AccessLog.cap {
                dropped.add(lines.count { $0 == UInt8(ascii: "\n") }, ordering: .relaxed)
            } else {
                buffer.append(contentsOf: lines)
            }
        }
    }

    /// Writes what was taken, as far as the descriptor takes it now; the rest waits for the next time. It never blocks: what
    /// reads a pipe may have stopped, and the gateway goes on and comes to its end all the same.
    func flush() {
        // One at a time, so that lines keep their order.
        guard !isWriting.exchange(true, ordering: .acquiring) else { return }
        defer { isWriting.store(false, ordering: .releasing) }
        var bytes = buffer.withLock { buffer in
            let bytes = buffer
            buffer = []
            return bytes
        }
        let lost = dropped.exchange(0, ordering: .relaxed)
        if lost > 0 {
            bytes += Array("access log: \(lost) lines left out, the log could not be written fast enough\n".utf8)
        }
        let left = bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count, isWritable {
                // What poll(2) calls writable takes so much of a pipe's without blocking.
                let size = min(bytes.count - start, Int(PIPE_BUF))
                let written = Glibc.write(descriptor, bytes.baseAddress! + start, size)
                if written < 0 {
                    if errno == EINTR { continue }
                    // It will not be written later either: a closed pipe, a full disk.
                    return bytes.count
                }
                start += written
            }
            return start
        }
        if left < bytes.count { putBack(bytes[left...]) }
    }

    private var isWritable: Bool {
        var descriptor = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    private func putBack(_ bytes: ArraySlice<UInt8>) {
        buffer.withLock { buffer in buffer.insert(contentsOf: bytes, at: 0) }
    }
}

/// The lines of one event loop, until the log takes them.
struct AccessLines {
    private(set) var bytes: [UInt8] = []
    private var clock: (second: Int, text: [UInt8]) = (-1, [])

    mutating func add(_ record: AccessRecord, requestID: String, second: Int) {
        if clock.second != second { clock = (second, Array(AccessLines.utc(second).utf8)) }
        bytes.append(contentsOf: clock.text)
        append(" method=")
        if let head = record.head {
            append(head.method.name)
            append(" path=")
            // Control characters were refused by the front end, so a path cannot begin another line.
            head.pathBytes.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        } else {
            append("- path=-")
        }
        append(" status=")
        append(record.status)
        append(" in=")
        append(record.bytesIn)
        append(" out=")
        append(record.bytesOut)
        append(" us=")
        append(record.microseconds)
        if !requestID.isEmpty {
            append(" id=")
            append(requestID)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func take() -> [UInt8] {
        let taken = bytes
        bytes = []
        bytes.reserveCapacity(taken.count)
        return taken
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @_disfavoredOverload
    private mutating func append(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ bytes.append(contentsOf: $0) }) == nil {
            bytes.append(contentsOf: text.utf8)
        }
    }

    private mutating func append(_ number: Int) {
        // Sizes, times and statuses are not negative; a string of each would be made only to be copied.
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// `2026-11-20T09:00:00Z`
    private static func utc(_ second: Int) -> String {
        var time = time_t(second)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
