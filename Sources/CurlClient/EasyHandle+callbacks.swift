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

func receiveHeaderLine(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    let handle = handle(from: user)
    let length = size * count
    guard length > 0 else { return 0 }
    return handle.answer.consume(headerLine: UnsafeRawBufferPointer(start: bytes, count: length)) ? length : 0
}

func receiveBody(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    let handle = handle(from: user)
    let length = size * count
    guard length > 0 else { return 0 }
    if handle.answer.isBodyEmpty {
        handle.answer.reserveBody(declared: timegate_curl_get_content_length(handle.curl))
    }
    // Anything but the full count ends the transfer.
    return handle.answer.consume(body: UnsafeRawBufferPointer(start: bytes, count: length)) ? length : length ^ 1
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
            withUnsafePointer(to: &address.pointee.addr) { AddressGuard.isPublic($0) }
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

/// CURL_SOCKET_BAD is a macro with no type.
let CURL_SOCKET_BAD_VALUE: curl_socket_t = -1

private func handle(from user: UnsafeMutableRawPointer?) -> EasyHandle {
    guard let user else { preconditionFailure("libcurl called back without the handle it was given") }
    return Unmanaged<EasyHandle>.fromOpaque(user).takeUnretainedValue()
}
