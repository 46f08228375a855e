import Glibc

/// A TCP socket that is bound and listening, to be handed down to a worker.
struct ListeningSocket {
    let descriptor: Int32
    let port: Int

    struct Failure: Error {
        let errorNumber: Int32
        var reason: String { String(cString: strerror(errorNumber)) }
    }

    /// Binds an address. One that another process has is tried again for a while: a gateway that was killed needs a moment
    /// until its worker is gone.
    ///
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: 0 lets the kernel choose.
    ///   - patience: how long, in milliseconds.
    init(host: String, port: Int, patience: Int) throws(Failure) {
        for _ in 0..<patience / Self.pause {
            do throws(Failure) {
                try self.init(host: host, port: port)
                return
            } catch {
                guard error.errorNumber == EADDRINUSE else { throw error }
                usleep(UInt32(Self.pause) * 1_000)
            }
        }
        try self.init(host: host, port: port)
    }

    /// Milliseconds between two attempts.
    private static let pause = 20

    private init(host: String, port: Int) throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            throw Failure(errorNumber: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(list) }
        let address = first.pointee
        let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(errorNumber: errno) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, 1024) == 0 else {
            let failure = Failure(errorNumber: errno)
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.port = ListeningSocket.port(of: descriptor)
    }

    private static func port(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        // In both families the port follows the family, in network order.
        return withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
    }
}
