import Glibc

/// The few socket calls of the proxy, on loopback.
enum Sockets {
    /// - Returns: a listening socket, and its port.
    static func listen() throws(FaultProxy.Failure) -> (descriptor: Int32, port: Int) {
        let descriptor = make()
        guard descriptor >= 0 else { throw FaultProxy.Failure(call: "socket", errorNumber: errno) }
        var storage = address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isListening = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, 16) == 0 && Glibc.listen(descriptor, 1_024) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard isListening else { throw FaultProxy.Failure(call: "listen", errorNumber: errno) }
        // The port stands after the family, in network order.
        return (descriptor, withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) })
    }

    static func connect(to port: Int) -> Int32? {
        let descriptor = make()
        guard descriptor >= 0 else { return nil }
        var storage = address(port: port)
        let isConnected = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, 16) == 0 }
        }
        guard isConnected else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    static func resetOnClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private static func make() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    /// 127.0.0.1 and the port: bytes 4 to 7, and 2 and 3, of an address of the family INET.
    private static func address(port: Int) -> sockaddr_storage {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_INET)
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes[2] = UInt8(port >> 8)
            bytes[3] = UInt8(port & 0xFF)
            UnsafeMutableRawBufferPointer(rebasing: bytes[4..<8]).copyBytes(from: [127, 0, 0, 1])
        }
        return storage
    }
}

/// A joinable POSIX thread.
enum Threads {
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
        precondition(result == 0, "a thread cannot be started")
        return thread
    }
}
