import Glibc
import JSON

/// A blocking HTTP/1.1 client on a plain socket, which shows exactly what came and how the connection ended.
final class RawClient {
    struct Answer {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: [UInt8]

        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

        var json: JSONValue? { try? JSONValue(parsing: body) }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum End: Equatable {
        case closed
        case reset
        case timedOut
    }

    struct ConnectionFailed: Error {
        let code: Int32
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Parameter milliseconds: how long a read may wait.
    init(port: Int, milliseconds: Int = 5000) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes the socket, also of a client that could not connect: closing it here as well would close
        // whatever has got the same number by then.
        guard result == 0 else { throw ConnectionFailed(code: errno) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func writeRequest(
        _ method: String,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: String = ""
    ) {
        var text = "\(method) \(target) HTTP/1.1\r\nhost: localhost\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "content-length: \(body.utf8.count)\r\n" }
        write(text + "\r\n" + body)
    }

    /// Reads once; nil if there is something in the buffer now, else how the connection ended.
    private func fill() -> End? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 {
            buffer.append(contentsOf: chunk[..<count])
            return nil
        }
        if count == 0 { return .closed }
        return errno == ECONNRESET ? .reset : .timedOut
    }

    /// The next answer, whole; nil where the connection ended before.
    func readAnswer() -> Answer? {
        var headEnd = Self.headEnd(buffer)
        while headEnd == nil {
            guard fill() == nil else { return nil }
            headEnd = Self.headEnd(buffer)
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: buffer[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        buffer.removeFirst(headEnd + 4)
        while buffer.count < length {
            guard fill() == nil else { return nil }
        }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return Answer(status: status, headers: headers, body: body)
    }

    /// Everything until the connection ends or the time is over.
    func readToEnd() -> (text: String, end: End) {
        while true {
            if let end = fill() { return (String(decoding: buffer, as: UTF8.self), end) }
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        let mark: [UInt8] = [13, 10, 13, 10]
        return (0...bytes.count - 4).first { bytes[$0] == 13 && Array(bytes[$0..<$0 + 4]) == mark }
    }
}
