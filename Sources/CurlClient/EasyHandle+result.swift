internal import CCurl
internal import Glibc

extension EasyHandle {
    /// What libcurl's result means. The PREREQ count decides about ``CurlFailure/sent`` before the code is looked at.
    func result(of code: CURLcode) -> Result<CurlResponse, CurlFailure> {
        if code == CURLE_OK {
            guard answer.isHeadComplete else {
                return .failure(
                    failure(.partialAnswer, "the connection was closed in the middle of the answer's headers")
                )
            }
            return .success(
                CurlResponse(
                    status: answer.status,
                    headers: CurlHeaders(bytes: answer.takeHead()),
                    body: answer.takeBody(),
                    timings: CurlTimings(timegate_curl_get_times(curl)),
                    connectionReused: socketsOpened == 0,
                    localPort: localPort
                )
            )
        }
        if resendPrevented {
            return .failure(
                failure(.resendPrevented, "the warm connection died before an answer came; nothing was sent again")
            )
        }
        switch answer.stop {
        case .tooLarge(let text): return .failure(failure(.tooLarge, "\(text)"))
        case .broken(let text): return .failure(failure(.brokenAnswer, "\(text)"))
        case nil: break
        }
        return .failure(prereqCalls == 0 ? failureBeforeRequest(code) : failureAfterRequest(code))
    }

    func cancelled() -> CurlFailure {
        failure(.cancelled, "cancelled")
    }

    func waitedTooLong() -> CurlFailure {
        failure(.timeout, "no free connection within the total timeout")
    }

    func idleTooLong() -> CurlFailure {
        failure(.timeout, "nothing was sent or taken for too long")
    }

    private func failureBeforeRequest(_ code: CURLcode) -> CurlFailure {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return failure(.dns, withCurlText("the host name cannot be resolved"))
        case CURLE_COULDNT_CONNECT where addressesRefused > 0 && socketsOpened == 0:
            return failure(
                .refusedAddress,
                "the host resolves to an address that requests may not go to (loopback, private, link-local or special)"
            )
        case CURLE_COULDNT_CONNECT:
            return failure(.connect, withErrno("no connection"))
        case CURLE_OPERATION_TIMEDOUT:
            return failure(.connectTimeout, withCurlText("no connection in time"))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS:
            return failure(.certificate, withCurlText("the server's certificate is refused"))
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_SHUTDOWN_FAILED:
            return failure(.tls, withCurlText("TLS failed"))
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return failure(.invalidRequest, "libcurl refuses the URL: \(Self.name(of: code))")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            return failure(.connect, withErrno("the connection broke while it was being made"))
        default:
            return failure(.other(code: Int(code.rawValue)), Self.name(of: code))
        }
    }

    private func failureAfterRequest(_ code: CURLcode) -> CurlFailure {
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return failure(.timeout, "no full answer in time")
        case CURLE_GOT_NOTHING:
            return failure(.emptyAnswer, "the connection was closed without an answer")
        case CURLE_PARTIAL_FILE:
            return failure(.partialAnswer, "the connection was closed in the middle of the answer")
        case CURLE_SEND_ERROR:
            return failure(.reset, withErrno("the connection broke while sending"))
        case CURLE_RECV_ERROR:
            return failureWhileReceiving()
        case CURLE_FILESIZE_EXCEEDED:
            return failure(.tooLarge, "the answer's body is longer than the limit")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
            CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_HTTP2:
            return failure(.brokenAnswer, "the answer is not proper HTTP/1.x")
        case CURLE_OUT_OF_MEMORY where !answer.isHeadComplete:
            // What libcurl 7.88.1 says of a header line above its own limit of 100 KB, too.
            return failure(.tooLarge, "a header line of the answer is too long")
        default:
            return failure(.other(code: Int(code.rawValue)), Self.name(of: code))
        }
    }

    /// RECV_ERROR is a reset, a TLS connection that ends without saying so, or (libcurl has no code of its own for it)
    /// a malformed chunk.
    private func failureWhileReceiving() -> CurlFailure {
        let number = timegate_curl_get_os_errno(curl)
        if number == Int(ECONNRESET) || number == Int(EPIPE) || number == Int(ETIMEDOUT) {
            return failure(.reset, withErrno("the connection broke while receiving"))
        }
        if !answer.isHeadComplete { return failure(.reset, "the connection broke while receiving") }
        return answer.isChunked && !isTLS
            ? failure(.brokenAnswer, "the answer's chunks are malformed")
            : failure(.partialAnswer, "the connection ended in the middle of the answer")
    }

    private var isTLS: Bool { url.utf8.dropFirst(4).first.map { $0 | 0x20 } == UInt8(ascii: "s") }

    private func failure(_ kind: CurlFailure.Kind, _ text: String) -> CurlFailure {
        CurlFailure(
            kind: kind,
            sent: prereqCalls == 0 ? .no : .maybe,
            message: "\(CurlRequest.authority(of: url)): \(text)",
            status: answer.status == 0 ? nil : answer.status,
            timings: CurlTimings(timegate_curl_get_times(curl))
        )
    }

    /// libcurl's text of these phases names the host, the address or the certificate.
    private func withCurlText(_ text: String) -> String {
        let own = errorMessage
        return own.isEmpty ? text : "\(text): \(own)"
    }

    private func withErrno(_ text: String) -> String {
        let number = timegate_curl_get_os_errno(curl)
        guard number != 0, let name = strerror(Int32(number)) else { return text }
        return "\(text): \(String(cString: name))"
    }

    private static func name(of code: CURLcode) -> String {
        String(cString: curl_easy_strerror(code))
    }
}

extension CurlFailure {
    static func invalidRequest(_ problem: String) -> CurlFailure {
        CurlFailure(kind: .invalidRequest, sent: .no, message: problem, status: nil, timings: CurlTimings())
    }

    static var shutDown: CurlFailure {
        CurlFailure(
            kind: .cancelled,
            sent: .no,
            message: "the HTTP client is shut down",
            status: nil,
            timings: CurlTimings()
        )
    }

    static func notStarted(code: CURLcode) -> CurlFailure {
        if code == CURLE_URL_MALFORMAT { return invalidRequest("libcurl cannot read the URL") }
        return CurlFailure(
            kind: .other(code: Int(code.rawValue)),
            sent: .no,
            message: "libcurl did not take the request: \(String(cString: curl_easy_strerror(code)))",
            status: nil,
            timings: CurlTimings()
        )
    }
}
