import Glibc

/// A bound and listening TCP socket of loopback that accepts only when it is told to.
final class ListeningSocket: Sendable {
    let port: Int
    private let descriptor: Int32

    struct Failure: Error {
        let call: String
        let errorNumber: Int32
    }

    /// - Parameter refuses: does not listen, so that connections are refused and nobody else gets the port.
    init(refuses: Bool = false) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", errorNumber: errno) }
        self.descriptor = descriptor
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_INET)
        // In the rest, all zero, stand port 0 (the kernel chooses) and, from byte 4 on, the address 127.0.0.1.
        withUnsafeMutableBytes(of: &storage) {
            UnsafeMutableRawBufferPointer(rebasing: $0[4..<8]).copyBytes(from: [127, 0, 0, 1])
        }
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isListening = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, 16) == 0 && (refuses || listen(descriptor, 16) == 0)
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        // The port stands after the family, in network order.
        port = withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
        guard isListening else { throw Failure(call: "bind", errorNumber: errno) }
    }

    /// Another descriptor of the socket, for who owns one.
    func duplicate() -> Int32 { dup(descriptor) }

    deinit { close() }

    private func close() { Glibc.close(descriptor) }

    /// Whether a connection waits to be accepted.
    var wasConnectedTo: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
    }

    /// Accepts one connection, reads what comes first, answers and closes.
    ///
    /// - Parameter hasRead: called between the reading and the answer.
    /// - Returns: the bytes that came.
    func answerOnce(_ text: String, hasRead: () -> Void = {}) throws -> [UInt8] {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 10_000) > 0 else { throw Failure(call: "poll", errorNumber: errno) }
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { throw Failure(call: "accept", errorNumber: errno) }
        defer { Glibc.close(connection) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection, &bytes, bytes.count, 0)
        hasRead()
        let answer = Array(text.utf8)
        _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
        return Array(bytes.prefix(max(0, count)))
    }
}
