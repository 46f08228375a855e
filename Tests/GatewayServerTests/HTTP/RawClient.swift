import Glibc

/// A bare TCP client that sends exactly the bytes it is given.
final class RawClient {
    struct Response {
        var status = 0
        var head = ""
        var body = ""
        var closes: Bool { head.lowercased().contains("\r\nconnection: close\r\n") }

        func header(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                    return String(parts[1].drop { $0 == " " })
                }
            }
            return nil
        }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var descriptor: CInt
    private var received: [UInt8] = []

    /// - Parameter timeout: the longest wait for more bytes, in seconds; only a failing test waits that long.
    init(port: Int, timeout: Int = 5) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: errno \(errno)") }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(description: "connect: errno \(errno)") }
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    func closeSendingSide() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// - Returns: false if the server has closed the connection.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// - Returns: false at the end of the stream or after a reset.
    private func receive() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == EAGAIN { throw Failure(description: "no bytes in time; have: \(text)") }
        guard count > 0 else { return false }
        received += chunk[..<count]
        return true
    }

    private var text: String { String(decoding: received, as: UTF8.self) }

    /// The next response; status 0 if the server closed without one. `isHead`: no body follows whatever the head says.
    func response(isHead: Bool = false) throws -> Response {
        while true {
            if let end = endOfHead() {
                var response = Response()
                response.head = String(decoding: received[..<end], as: UTF8.self)
                response.status = Int(response.head.split(separator: " ")[1]) ?? -1
                if !isHead, response.header("transfer-encoding") == "chunked" {
                    received.removeFirst(end)
                    response.body = try chunks().joined()
                    return response
                }
                let length = isHead ? 0 : response.header("content-length").flatMap { Int($0) } ?? 0
                while received.count < end + length {
                    guard try receive() else { throw Failure(description: "cut short: \(text)") }
                }
                response.body = String(decoding: received[end..<(end + length)], as: UTF8.self)
                received.removeFirst(end + length)
                return response
            }
            guard try receive() else { return Response() }
        }
    }

    /// The chunks of a body up to the last; fails if the connection ends before.
    private func chunks() throws -> [String] {
        var chunks: [String] = []
        while let chunk = try chunk() { chunks.append(chunk) }
        return chunks
    }

    /// The head of a response whose body is read with `chunk`.
    func responseHead() throws -> Response {
        while true {
            if let end = endOfHead() {
                var response = Response()
                response.head = String(decoding: received[..<end], as: UTF8.self)
                response.status = Int(response.head.split(separator: " ")[1]) ?? -1
                received.removeFirst(end)
                return response
            }
            guard try receive() else { return Response() }
        }
    }

    /// The next chunk of a body, nil for the last one; fails if the connection ends before it.
    func chunk() throws -> String? {
        while true {
            if let line = received.firstRange(of: [13, 10]),
                let size = Int(String(decoding: received[..<line.lowerBound], as: UTF8.self), radix: 16)
            {
                let end = line.upperBound + size
                if received.count >= end + 2 {
                    guard received[end] == 13, received[end + 1] == 10 else { throw Failure(description: "no chunk") }
                    defer { received.removeFirst(end + 2) }
                    return size == 0 ? nil : String(decoding: received[line.upperBound..<end], as: UTF8.self)
                }
            }
            guard try receive() else { throw Failure(description: "cut short: \(text)") }
        }
    }

    private func endOfHead() -> Int? {
        guard received.count >= 4 else { return nil }
        for index in 0...(received.count - 4)
        where received[index] == 13 && received[index + 1] == 10 && received[index + 2] == 13
            && received[index + 3] == 10
        {
            return index + 4
        }
        return nil
    }

    /// Everything until the server closes.
    func everything() throws -> String {
        while try receive() {}
        defer { received = [] }
        return text
    }

    /// Waits until the server closes, and says whether it did so without sending anything more.
    func isClosedSilently() throws -> Bool {
        while try receive() {}
        return received.isEmpty
    }

    /// The one of `clients` to which the server says something first; nil if it is silent for five seconds.
    static func firstAnswered(_ clients: [RawClient]) -> RawClient? {
        var waiting = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        poll(&waiting, nfds_t(waiting.count), 5000)
        return zip(clients, waiting).first { $1.revents != 0 }?.0
    }

    /// One request, one response, on a connection of its own.
    static func exchange(_ port: Int, _ text: String) throws -> Response {
        try exchange(port, Array(text.utf8))
    }

    static func exchange(_ port: Int, _ bytes: [UInt8]) throws -> Response {
        let client = try RawClient(port: port)
        client.send(bytes)
        return try client.response()
    }
}
