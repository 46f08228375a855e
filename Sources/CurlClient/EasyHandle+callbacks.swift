internal import CCurl
internal import Glibc

// What libcurl calls while a transfer runs, always on the loop's thread, from inside `curl_multi_socket_action` or
// `curl_multi_remove_handle`. None of these may call libcurl's multi functions.

/// The connection stands and the request is about to be written: from here on the server may have seen it.
///
/// libcurl 7.88.1 writes a request again by itself, a POST too, if a *reused* connection dies before the first byte of
/// the answer (`Curl_retry_request` in its transfer.c). It comes by here before it does, and is stopped.
func beforeRequest(
    user: UnsafeMutableRawPointer?,
    remoteAddress: UnsafeMutablePointer<CChar>?,
    localAddress: UnsafeMutablePointer<CChar>?,
    remotePort: Int32,
    localPort: Int32
) -> Int32 {
    let handle = handle(from: user)
    handle.prereqCalls += 1
    if handle.prereqCalls > 1 {
        handle.resendPrevented = true
        return CURL_PREREQFUNC_ABORT
    }
    handle.localPort = Int(localPort)
    handle.pool.loop.notBegun -= 1
    return CURL_PREREQFUNC_OK
}

/// Header lines one by one, then the body in pieces.
///
/// Header lines come here (CURLOPT_HEADER) and not by CURLOPT_HEADERFUNCTION, because 7.88.1 stores a line in its own
/// list before that one is called, and an answer whose *first* header line is folded then makes it write to memory
/// that it freed after the handle's transfer before (`unfold_value` in its headers.c;
/// https://github.com/curl/curl/pull/11103, not in Debian 12). ``AnswerCollector`` refuses such a line, and here that
/// is in time.
func receive(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard piece.count > 0 else { return 0 }
    // Anything but the full count ends the transfer.
    return withHandle(user) { $0.answer.consume(piece) } ? piece.count : piece.count ^ 1
}

/// Called for every header line after ``receive(bytes:size:count:user:)``, and alone for trailers: libcurl 7.88.1 would
/// keep any number of them.
func receiveTrailer(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    withHandle(user) { $0.answer.consume(trailer: size * count) } ? size * count : 0
}

/// Looks at the address that the name was resolved to, just before it is connected to.
func openSocket(
    user: UnsafeMutableRawPointer?,
    purpose: curlsocktype,
    address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    let handle = handle(from: user)
    guard let address, let multi = handle.multi, purpose == CURLSOCKTYPE_IPCXN else { return CURL_SOCKET_BAD_VALUE }
    // A connection for a second try of a request that was written: it will not be written again.
    if handle.prereqCalls > 0 {
        handle.resendPrevented = true
        return CURL_SOCKET_BAD_VALUE
    }
    let family = address.pointee.family
    let allowed =
        if handle.pool.key.allowPrivate {
            family == AF_INET || family == AF_INET6
        } else {
            AddressGuard.isPublic(socketAddress(of: address))
        }
    guard allowed else {
        handle.addressesRefused += 1
        return CURL_SOCKET_BAD_VALUE
    }
    let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(family, address.pointee.socktype | flags, address.pointee.`protocol`)
    guard descriptor >= 0 else { return CURL_SOCKET_BAD_VALUE }
    handle.socketsOpened += 1
    handle.pool.loop.socketOpened(descriptor, multi: multi)
    return descriptor
}

func closeSocket(user: UnsafeMutableRawPointer?, descriptor: curl_socket_t) -> Int32 {
    guard let user else { return close(descriptor) }
    return Unmanaged<CompanionLoop>.fromOpaque(user)._withUnsafeGuaranteedRef { $0.closeSocket(descriptor) }
}

/// `addr` is declared as the short `struct sockaddr`, but what lies there is as long as `addrlen` says; so no copy of
/// the member will do.
private func socketAddress(of address: UnsafeMutablePointer<curl_sockaddr>) -> UnsafePointer<sockaddr> {
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else {
        preconditionFailure("curl_sockaddr has no stored addr")
    }
    return (UnsafeRawPointer(address) + offset).assumingMemoryBound(to: sockaddr.self)
}

/// CURL_SOCKET_BAD is a macro with no type.
let CURL_SOCKET_BAD_VALUE: curl_socket_t = -1

/// Without a reference of its own: header lines come here one by one, and the pool holds the handle.
private func withHandle<Result>(_ user: UnsafeMutableRawPointer?, _ body: (EasyHandle) -> Result) -> Result {
    reference(to: user)._withUnsafeGuaranteedRef { body($0) }
}

private func handle(from user: UnsafeMutableRawPointer?) -> EasyHandle { reference(to: user).takeUnretainedValue() }

private func reference(to user: UnsafeMutableRawPointer?) -> Unmanaged<EasyHandle> {
    guard let user else { preconditionFailure("libcurl called back without the handle it was given") }
    return .fromOpaque(user)
}
