import Glibc

extension RawClient {
    /// Makes the next `close` a reset (RST) instead of an orderly end.
    func resetOnClose() {
        var immediately = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &immediately, socklen_t(MemoryLayout<linger>.size))
    }
}

extension RawClient {
    /// Lets the kernel hold only little of what is sent.
    func keepBuffersSmall() {
        var size = CInt(16384)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Reads to the end of the connection, and says whether that was a reset.
    func isReset() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 { return false }
            if count < 0 {
                guard errno == ECONNRESET else { throw Failure(description: "recv: errno \(errno)") }
                return true
            }
        }
    }

    /// The length of the next response's chunked body.
    func countedBody() throws -> Int {
        _ = try responseHead()
        var count = 0
        while let chunk = try chunk() { count += chunk.utf8.count }
        return count
    }
}
