import Glibc

/// One HTTP/1.1 message as it came over a socket.
struct WireMessage: Equatable, Sendable {
    enum Framing: Equatable, Sendable { case none, length, chunked, untilClose }

    /// Request or status line.
    var line = ""
    /// In order, as they came, bytes above 0x7F as Latin-1.
    var fields: [String] = []
    var framing = Framing.none
    var body: [UInt8] = []
    var trailers: [String] = []
    /// Interim answers (1xx) before it.
    var interim: [Int] = []

    /// How long the body is, also of one whose bytes are not kept.
    var bodyCount = 0

    func values(_ name: String) -> [String] {
        fields.compactMap { field in
            guard let colon = field.firstIndex(of: ":"), field[..<colon].lowercased() == name else { return nil }
            return String(field[field.index(after: colon)...].drop { $0 == " " })
        }
    }

    func value(_ name: String) -> String? { values(name).first }

    var status: Int { line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }
}

/// One end of a TCP connection of a test: sends bytes as given, reads messages.
final class Wire: @unchecked Sendable {
    // Used by one thread at a time.
    let descriptor: CInt
    private var received: [UInt8] = []
    private var start = 0

    struct Failure: Error, CustomStringConvertible { var description: String }

    init(descriptor: CInt, timeout: Int = 20) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    convenience init(port: Int, timeout: Int = 20) throws {
        let client = try RawClient(port: port)
        let copy = dup(client.descriptor)
        guard copy >= 0 else { throw Failure(description: "dup: errno \(errno)") }
        self.init(descriptor: copy, timeout: timeout)
    }

    deinit { close(descriptor) }

    /// - Returns: how many bytes the kernel took.
    @discardableResult
    func send(_ bytes: [UInt8], flags: CInt = 0) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL) | flags)
            }
            guard count > 0 else { return sent }
            sent += count
        }
        return sent
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Less than the kernel would let pile up, but more than the longest segment on loopback (64 KiB): a window that no
    /// segment fits in opens by the sender's timer only, up to seconds apart.
    func shrinkBuffers() {
        var size = CInt(256 << 10)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    /// - Returns: false at the end of the stream.
    private func receive() throws -> Bool {
        if start > 1 << 16 {
            received.removeFirst(start)
            start = 0
        }
        let count = try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EAGAIN { throw Failure(description: "no bytes in time") }
            if count > 0 { received.append(contentsOf: buffer[..<count]) }
            return count
        }
        return count > 0
    }

    private func lineText() throws -> String? {
        var scanned = start
        while true {
            while scanned < received.count {
                if received[scanned] == 0x0A {
                    let end = scanned > start && received[scanned - 1] == 0x0D ? scanned - 1 : scanned
                    let text = String(String.UnicodeScalarView(received[start..<end].map { Unicode.Scalar($0) }))
                    start = scanned + 1
                    return text
                }
                scanned += 1
            }
            let offset = scanned - start
            guard try receive() else { return nil }
            scanned = start + offset
        }
    }

    /// Takes up to `count` bytes that have come, waiting for at least one.
    private func take(_ count: Int, into message: inout WireMessage, keeps: Bool) throws -> Int {
        if start == received.count, try !receive() { throw Failure(description: "the body was cut") }
        let piece = min(count, received.count - start)
        received.withUnsafeBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + piece)])
            if keeps { message.body.append(contentsOf: part) }
        }
        start += piece
        message.bodyCount += piece
        return piece
    }

    /// The next message; nil at the end of the connection.
    ///
    /// - Parameters:
    ///   - isHead: an answer to HEAD.
    ///   - keeps: keep the body's bytes, not only their count.
    func message(isHead: Bool = false, isAnswer: Bool = false, keeps: Bool = true) throws -> WireMessage? {
        var message = WireMessage()
        while true {
            guard let line = try lineText() else { return nil }
            if line.isEmpty { continue }
            message.line = line
            message.fields = []
            while let field = try lineText(), !field.isEmpty { message.fields.append(field) }
            guard isAnswer, (100..<200).contains(message.status) else { break }
            message.interim.append(message.status)
        }
        let hasNoBody = isAnswer && (isHead || message.status == 204 || message.status == 304)
        if message.value("transfer-encoding") == "chunked" {
            message.framing = .chunked
            if !hasNoBody { try readChunks(&message, keeps: keeps) }
        } else if let length = message.value("content-length").flatMap({ Int($0) }) {
            message.framing = .length
            var missing = hasNoBody ? 0 : length
            while missing > 0 { missing -= try take(missing, into: &message, keeps: keeps) }
        } else if isAnswer, !hasNoBody {
            message.framing = .untilClose
            while true {
                if start == received.count, try !receive() { break }
                _ = try take(received.count - start, into: &message, keeps: keeps)
            }
        }
        return message
    }

    private func readChunks(_ message: inout WireMessage, keeps: Bool) throws {
        while true {
            guard let line = try lineText(), let size = Int(line.prefix { $0 != ";" }, radix: 16) else {
                throw Failure(description: "no chunk")
            }
            if size == 0 { break }
            var missing = size
            while missing > 0 { missing -= try take(missing, into: &message, keeps: keeps) }
            guard try lineText() == "" else { throw Failure(description: "a chunk has no end") }
        }
        while let trailer = try lineText(), !trailer.isEmpty { message.trailers.append(trailer) }
    }

    /// Reads the head of the next message and nothing of its body.
    func head() throws -> [String] {
        var lines: [String] = []
        while let line = try lineText(), !line.isEmpty { lines.append(line) }
        return lines
    }

    /// The next bytes, exactly so many.
    func bytes(_ count: Int) throws -> [UInt8] {
        while received.count - start < count {
            guard try receive() else { throw Failure(description: "\(received.count - start) bytes of \(count)") }
        }
        defer { start += count }
        return Array(received[start..<(start + count)])
    }

    /// Everything to the end of the stream, and whether it was broken off.
    func rest() throws -> (bytes: [UInt8], isReset: Bool) {
        errno = 0
        while try receive() { errno = 0 }
        let isReset = errno == ECONNRESET
        defer { start = received.count }
        return (Array(received[start...]), isReset)
    }

    /// What has come, waiting for at least one byte; nothing at the end of the stream.
    func some() throws -> [UInt8] {
        if start == received.count, try !receive() { return [] }
        defer { start = received.count }
        return Array(received[start...])
    }

    /// Sends until the kernel has taken nothing for a while.
    /// - Returns: how many bytes it took.
    func sendWhileTaken(_ bytes: [UInt8], pauseMilliseconds: CInt = 500) -> Int {
        var sent = 0
        while sent < bytes.count {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, pauseMilliseconds) > 0 else { return sent }
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress! + sent,
                    bytes.count - sent,
                    CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
                )
            }
            guard count > 0 else { return sent }
            sent += count
        }
        return sent
    }

    func closeSendingSide() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Makes the end of the connection a reset.
    func reset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Whether the other end closes without another byte.
    func isClosed() -> Bool { (try? receive()) == false && start == received.count }
}
