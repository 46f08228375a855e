import Glibc
import Synchronization

/// A proxy on loopback between an HTTP/1.1 client and a server, for tests: it passes exchanges on, and breaks those that it
/// is told to, byte by byte.
///
/// Each connection has a thread of its own and plain blocking sockets, so that what it does is what the code says. Requests
/// must have a Content-Length or no body; answers too.
public final class FaultProxy: Sendable {
    /// The port that is listened on.
    public let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var target = 0
        var faults: [ProxyFault] = []
        var threads: [pthread_t] = []
        var open: Set<Int32> = []
        var begun = 0
        var passedOn = 0
        var connections = 0
        var isStopped = false
    }

    public struct Failure: Error {
        let call: String
        let errorNumber: Int32
    }

    public init(to target: Int = 0) throws {
        (listener, port) = try Sockets.listen()
        state.withLock { $0.target = target }
        let thread = Threads.start { self.acceptAll() }
        state.withLock { $0.threads.append(thread) }
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Passes exchanges on to this port of loopback from now on.
    public func forward(to port: Int) { state.withLock { $0.target = port } }

    /// Breaks the next exchanges, one fault each; afterwards all are passed on again.
    public func inject(_ faults: ProxyFault...) { state.withLock { $0.faults += faults } }

    /// Requests of which a byte was seen, and requests that went on to the server.
    public var counts: (begun: Int, passedOn: Int, connections: Int) {
        state.withLock { ($0.begun, $0.passedOn, $0.connections) }
    }

    /// Ends every connection and thread. May be called more than once.
    public func stop() {
        let threads: [pthread_t]? = state.withLock { state in
            if state.isStopped { return nil }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return state.threads
        }
        guard let threads else { return }
        for thread in threads { pthread_join(thread, nil) }
        // A connection that was accepted meanwhile has its thread in the list by now.
        for thread in state.withLock({ Array($0.threads.dropFirst(threads.count)) }) { pthread_join(thread, nil) }
        close(listener)
    }

    // MARK: - Connections

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            state.withLock { state in
                guard !state.isStopped else {
                    close(descriptor)
                    return
                }
                state.connections += 1
                state.open.insert(descriptor)
                state.threads.append(Threads.start { self.serve(descriptor) })
            }
        }
    }

    private func serve(_ descriptor: Int32) {
        let client = ProxyStream(descriptor)
        var end = ProxyFault.End.keep
        while end == .keep, client.waitForBytes() {
            let fault = state.withLock { state in
                state.begun += 1
                return state.faults.isEmpty ? .none : state.faults.removeFirst()
            }
            end = exchange(client, fault)
        }
        if end == .hold { client.drain() }
        state.withLock { state in
            state.open.remove(descriptor)
            // Inside the lock: the number may belong to another connection afterwards.
            if end == .reset { Sockets.resetOnClose(descriptor) }
            close(descriptor)
        }
    }

    private func exchange(_ client: ProxyStream, _ fault: ProxyFault) -> ProxyFault.End {
        let request: [UInt8]
        switch fault.reading {
        case .nothing: request = []
        case .bytes(let count): request = client.read(upTo: count)
        case .head: request = client.readHead() ?? []
        case .whole:
            guard let whole = client.readMessage() else { return .close }
            request = whole
        }
        fault.at?(.requestRead)
        var answer: [UInt8] = []
        if fault.passesOn {
            guard let fetched = pass(request) else { return .close }
            answer = fetched
            fault.at?(.answered)
        }
        guard client.send(answer, as: fault.answer) else { return .close }
        fault.at?(.replied)
        return fault.end
    }

    /// Sends a request to the server on a connection of its own, and reads the answer.
    private func pass(_ request: [UInt8]) -> [UInt8]? {
        let target = state.withLock { $0.target }
        guard let descriptor = Sockets.connect(to: target) else { return nil }
        let isOpen = state.withLock { state in
            guard !state.isStopped else { return false }
            state.open.insert(descriptor)
            return true
        }
        defer {
            state.withLock { state in
                state.open.remove(descriptor)
                close(descriptor)
            }
        }
        guard isOpen else { return nil }
        let server = ProxyStream(descriptor)
        guard server.send(request) else { return nil }
        state.withLock { $0.passedOn += 1 }
        return server.readMessage()
    }
}
