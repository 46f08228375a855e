internal import CCurl

/// A libcurl multi handle: transfers that share warm connections and DNS answers.
///
/// Belongs to its loop's thread.
final class MultiHandle {
    let curl: OpaquePointer
    unowned(unsafe) let loop: CompanionLoop

    /// Where it stands in the loop's list.
    let index: Int32

    /// Transfers in it.
    private(set) var running = 0

    /// When the last transfer left it, nanoseconds of the monotonic clock.
    private(set) var idleSince = MonotonicClock.now()

    /// When libcurl wants to be called for its timers, nanoseconds of the monotonic clock; `UInt64.max` is never.
    var timerDeadline = UInt64.max

    init?(loop: CompanionLoop, index: Int32, configuration: CurlClientConfiguration) {
        guard let curl = curl_multi_init() else { return nil }
        self.curl = curl
        self.loop = loop
        self.index = index
        let this = Unmanaged.passUnretained(self).toOpaque()
        let results = [
            timegate_curl_multi_set_socket_function(curl, watchSocket, this),
            timegate_curl_multi_set_timer_function(curl, setTimer, this),
            timegate_curl_multi_set_max_connects(curl, max(1, configuration.maxIdleConnections)),
            timegate_curl_multi_set_max_host_connections(curl, configuration.maxHostConnections),
            timegate_curl_multi_set_max_total_connections(curl, configuration.maxConnections),
            timegate_curl_multi_set_no_multiplexing(curl),
        ]
        guard results.allSatisfy({ $0 == CURLM_OK }) else { return nil }
    }

    /// Every transfer has to be removed before. Connections tell the loop when they close.
    deinit {
        curl_multi_cleanup(curl)
    }

    func add(_ handle: EasyHandle) -> CURLMcode {
        let code = curl_multi_add_handle(curl, handle.curl)
        if code == CURLM_OK {
            running += 1
            handle.multi = self
        }
        return code
    }

    /// If the transfer still runs, this closes its connection.
    func remove(_ handle: EasyHandle) {
        curl_multi_remove_handle(curl, handle.curl)
        handle.multi = nil
        running -= 1
        if running == 0 { idleSince = MonotonicClock.now() }
    }

    func socketReady(_ descriptor: Int32, mask: Int32) {
        var left: Int32 = 0
        curl_multi_socket_action(curl, descriptor, mask, &left)
    }

    func timerFired() {
        timerDeadline = .max
        var left: Int32 = 0
        curl_multi_socket_action(curl, CURL_SOCKET_TIMEOUT_VALUE, 0, &left)
    }

    func nextFinished() -> (EasyHandle, CURLcode)? {
        var code = CURLE_OK
        guard let easy = timegate_curl_multi_next_finished(curl, &code),
            let pointer = timegate_curl_get_private(easy)
        else { return nil }
        return (Unmanaged<EasyHandle>.fromOpaque(pointer).takeUnretainedValue(), code)
    }
}

/// CURL_SOCKET_TIMEOUT is a macro with no type.
private let CURL_SOCKET_TIMEOUT_VALUE: curl_socket_t = -1

/// libcurl says what it waits for on a socket.
private func watchSocket(
    easy: OpaquePointer?,
    descriptor: curl_socket_t,
    what: Int32,
    user: UnsafeMutableRawPointer?,
    socketData: UnsafeMutableRawPointer?
) -> Int32 {
    guard let user else { return -1 }
    let interest: UInt32 =
        switch what {
        case CURL_POLL_IN: EPOLLIN.rawValue
        case CURL_POLL_OUT: EPOLLOUT.rawValue
        case CURL_POLL_INOUT: EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: 0
        }
    return Unmanaged<MultiHandle>.fromOpaque(user)._withUnsafeGuaranteedRef { multi in
        multi.loop.watch(descriptor, interest: interest, multi: multi) ? 0 : -1
    }
}

/// libcurl says when it wants to be called; -1 is never.
private func setTimer(curl: OpaquePointer?, milliseconds: Int, user: UnsafeMutableRawPointer?) -> Int32 {
    guard let user else { return -1 }
    let deadline =
        milliseconds < 0 ? .max : milliseconds == 0 ? 0 : MonotonicClock.now() + UInt64(milliseconds) * 1_000_000
    Unmanaged<MultiHandle>.fromOpaque(user)._withUnsafeGuaranteedRef { $0.timerDeadline = deadline }
    return 0
}
