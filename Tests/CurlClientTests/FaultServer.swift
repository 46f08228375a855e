import Glibc
import Synchronization

/// A TCP server on loopback that does exactly what a test says, byte by byte: one thread per connection.
final class FaultServer: Sendable {
    let port: Int
    private let listener: Int32
    private let handler: @Sendable (FaultConnection) -> Void
    private let state = Mutex(State())

    private struct State {
        var connections: [FaultConnection] = []
        var threads: [pthread_t] = []
        var requests: [RawRequest] = []
        var accepted = 0
        var stopped = false
    }

    /// - Parameter handler: Runs for each connection on a thread of its own; the connection is closed when it returns.
    init(_ handler: @escaping @Sendable (FaultConnection) -> Void) {
        self.handler = handler
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, size) == 0 && listen(listener, 1_024) == 0)
                getsockname(listener, address, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread.start { self.acceptAll() }
        state.withLock { $0.threads.append(thread) }
    }

    /// Answers every request on a connection with 200 and this body, keeping the connection.
    static func answering(_ body: String = "ok") -> FaultServer {
        FaultServer { connection in
            while connection.readRequest() != nil { connection.answer(body) }
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Every request read whole so far, in the order they were read.
    var requests: [RawRequest] { state.withLock { $0.requests } }

    /// Connections accepted so far.
    var connectionCount: Int { state.withLock { $0.accepted } }

    /// New connections are refused from here on.
    func stopListening() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Ends all connections and threads.
    func stop() {
        stopListening()
        let threads = state.withLock { state in
            state.stopped = true
            for connection in state.connections { connection.interrupt() }
            return state.threads
        }
        for thread in threads { pthread_join(thread, nil) }
        // A connection accepted meanwhile has its thread in the list by now.
        for thread in state.withLock({ Array($0.threads.dropFirst(threads.count)) }) { pthread_join(thread, nil) }
        close(listener)
        // They hold the server.
        state.withLock { $0.connections = [] }
    }

    fileprivate func record(_ request: RawRequest) {
        state.withLock { $0.requests.append(request) }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            state.withLock { state in
                guard !state.stopped else {
                    close(descriptor)
                    return
                }
                let connection = FaultConnection(descriptor, number: state.accepted + 1, server: self)
                state.accepted += 1
                state.connections.append(connection)
                state.threads.append(
                    Thread.start {
                        self.handler(connection)
                        connection.close()
                    }
                )
            }
        }
    }
}

/// One request as it came over the wire.
struct RawRequest: Sendable {
    /// 1 for the server's first connection.
    let connection: Int
    /// Request line and header lines, without the empty line.
    let head: String
    let body: [UInt8]

    var line: String { String(head.prefix { $0 != "\r\n" }) }
    var method: String { String(line.prefix { $0 != " " }) }

    var fields: [String] { head.split(separator: "\r\n").dropFirst().map(String.init) }

    func values(_ name: String) -> [String] {
        fields.filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }.map { field in
            String(field.dropFirst(name.count + 1).drop { $0 == " " })
        }
    }
}

/// The server's end of one connection.
final class FaultConnection: Sendable {
    /// 1 for the server's first connection.
    let number: Int
    private let server: FaultServer
    private let state: Mutex<(descriptor: Int32, buffer: [UInt8])>

    fileprivate init(_ descriptor: Int32, number: Int, server: FaultServer) {
        self.number = number
        self.server = server
        state = Mutex((descriptor, []))
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    }

    /// Reads one request with its body; `nil` when the client has closed.
    func readRequest() -> RawRequest? {
        var buffer = state.withLock { $0.buffer }
        while true {
            if let end = Self.endOfHead(buffer) {
                let head = String(decoding: buffer[..<(end - 4)], as: UTF8.self)
                let request = RawRequest(connection: number, head: head, body: [])
                let length = request.values("content-length").first.flatMap { Int($0) } ?? 0
                if buffer.count >= end + length {
                    let whole = RawRequest(connection: number, head: head, body: Array(buffer[end..<(end + length)]))
                    state.withLock { $0.buffer = Array(buffer[(end + length)...]) }
                    server.record(whole)
                    return whole
                }
            }
            guard let more = receive(upTo: 1 << 16) else { return nil }
            buffer += more
        }
    }

    /// Some bytes; `nil` at the end.
    func receive(upTo count: Int) -> [UInt8]? {
        let descriptor = state.withLock { $0.descriptor }
        guard descriptor >= 0 else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, recv(descriptor, buffer.baseAddress, count, 0))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// - Returns: `false` once the client has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        let descriptor = state.withLock { $0.descriptor }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    func answer(_ body: String, status: String = "200 OK", fields: String = "") {
        send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }

    /// Waits until the client closes.
    func waitForEnd() {
        while receive(upTo: 1 << 16) != nil {}
    }

    func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// Closes with RST in place of FIN.
    func reset() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(state.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    fileprivate func interrupt() {
        state.withLock { state in
            if state.descriptor >= 0 { _ = shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
            return index + 4
        }
        return nil
    }
}

/// A joinable POSIX thread.
enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            Unmanaged.passRetained(Box(body)).toOpaque()
        )
        precondition(result == 0)
        return thread
    }
}
