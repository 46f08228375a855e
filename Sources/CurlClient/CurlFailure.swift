/// Why a request has no (full) answer.
///
/// Look at ``sent`` before ``kind``: once a request may have left, every kind means that its outcome is unknown.
public struct CurlFailure: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The host's name could not be resolved.
        case dns
        /// No TCP connection.
        case connect
        /// Name, TCP or TLS took longer than allowed.
        case connectTimeout
        /// TLS could not be agreed on: versions, ciphers, a broken handshake, an unreadable CA file.
        case tls
        /// The server's certificate is not trusted, out of date or for another name.
        case certificate
        /// The host resolves to addresses only that requests may not go to (see ``CurlRequest/allowPrivate``).
        case refusedAddress
        /// The total time or the low-speed limit ran out.
        case timeout
        /// The connection was reset, or broke while sending or receiving.
        case reset
        /// The connection was closed before the first line of an answer was whole.
        case emptyAnswer
        /// The connection was closed in the middle of the answer.
        case partialAnswer
        /// The answer is not HTTP/1.x, or breaks its rules.
        case brokenAnswer
        /// The answer passes a limit of ``CurlLimits``.
        case tooLarge
        /// A warm connection died after the request was written and before an answer came. libcurl wanted to send the
        /// request again by itself and was kept from it.
        case resendPrevented
        /// ``CurlClient/cancel(_:)`` or ``CurlClient/shutdown(drainMilliseconds:)``.
        case cancelled
        /// The request breaks a rule of ``CurlRequest``. Nothing was sent.
        case invalidRequest
        /// Another CURLcode (https://curl.se/libcurl/c/libcurl-errors.html).
        case other(code: Int)
    }

    public let kind: Kind

    /// ``CurlSent/no`` or ``CurlSent/maybe``.
    public let sent: CurlSent

    /// What went wrong, in one line. Names the host at most: no path, no header, nothing of the answer's content.
    public let message: String

    /// The status of an answer that began and did not end well.
    public let status: Int?
    public let timings: CurlTimings

    public var description: String { "\(kind), sent: \(sent.rawValue): \(message)" }
}
