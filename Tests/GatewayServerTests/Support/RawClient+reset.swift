import Glibc

extension RawClient {
    /// Makes the next `close` a reset (RST) instead of an orderly end.
    func resetOnClose() {
        var immediately = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &immediately, socklen_t(MemoryLayout<linger>.size))
    }
}
