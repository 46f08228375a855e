internal import CCurl
internal import Glibc

/// Streamed requests: begun, fed, held up and ended one by one, told about once a turn.
extension CompanionLoop {
    private static let streamCheckNanoseconds: UInt64 = 250_000_000
    /// A stream may last this long; libcurl wants some limit.
    private static let longestMilliseconds = 24 * 3_600_000

    func carryOut(_ command: borrowing CurlStreamCommand) {
        switch copy command {
        case .start(let order, let upload, let idleMilliseconds): start(order, upload, idleMilliseconds)
        case .upload(let bytes, let token):
            guard let handle = streaming[token], let stream = handle.stream else { return }
            stream.add(bytes)
            if stream.resumeSending() { handle.goOn() }
        case .endUpload(let token, let trailers):
            guard let handle = streaming[token], let stream = handle.stream else { return }
            stream.endUpload(trailers)
            if stream.resumeSending() { handle.goOn() }
        case .acknowledge(let count, let token):
            guard let handle = streaming[token], let stream = handle.stream else { return }
            if stream.acknowledge(count) { handle.goOn() }
        case .cancel(let token):
            if let handle = streaming[token] { end(handle, .failure(handle.cancelled())) }
        }
    }

    private func start(_ order: CurlOrder, _ upload: CurlUpload, _ idleMilliseconds: Int) {
        let token = order.token
        count.started += 1
        precondition(streaming[token] == nil, "the token of a running stream is used again")
        if stopDeadline != nil { return refuseStream(token, .shutDown) }
        var request = order.request
        request.timeouts.totalMilliseconds = Self.longestMilliseconds
        request.limits.bodyBytes = .max
        if let problem = problem(of: request) ?? Self.problem(of: upload, request) {
            return refuseStream(token, .invalidRequest(problem))
        }
        let pool = pool(for: request)
        guard let multi = pool.multi(), let handle = pool.takeHandleForStream() else {
            return refuseStream(token, .notStarted(code: CURLE_OUT_OF_MEMORY))
        }
        let now = MonotonicClock.now()
        let stream = TransferStream(token: token, request: request, upload: upload, idleMilliseconds: idleMilliseconds)
        stream.idleSince = now
        let connectDeadline = now + UInt64(max(1, idleMilliseconds)) * 1_000_000
        let code = handle.prepare(request, upload: upload, id: 0, token: token, deadline: connectDeadline)
        handle.stream = stream
        guard code == CURLE_OK, multi.add(handle) == CURLM_OK else {
            pool.giveBack(handle)
            return refuseStream(token, .notStarted(code: code == CURLE_OK ? CURLE_FAILED_INIT : code))
        }
        if streaming.isEmpty { nextStreamCheck = now + Self.streamCheckNanoseconds }
        streaming[token] = handle
        notBegun += 1
    }

    private static func problem(of upload: CurlUpload, _ request: borrowing CurlRequest) -> String? {
        switch upload {
        case .request: return nil
        case .length(let count) where count < 0: return "the length of the body must not be negative"
        case .length, .chunked:
            return request.method == "HEAD" ? "a HEAD request cannot have a body" : nil
        }
    }

    /// Something came on a socket that libcurl is not interested in. If that is because its stream is held up it stays in the
    /// kernel until the stream goes on.
    ///
    /// libcurl does not tell of the sockets of paused transfers (where it never began to wait it says nothing at all), so the
    /// connection is recognised by its port.
    ///
    /// - Returns: whether it belongs to a stream.
    func leaveWaiting(_ descriptor: Int32, multi: Int32) -> Bool {
        guard !streaming.isEmpty, let port = Self.localPort(of: descriptor) else { return false }
        for handle in streaming.values where handle.localPort == port && handle.multi?.index == multi {
            handle.stream?.unwatchedSocket = descriptor
            sockets.forget(descriptor)
            return true
        }
        return false
    }

    private static func localPort(of descriptor: Int32) -> Int? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutableBytes(of: &address) {
            getsockname(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        // sockaddr_in and sockaddr_in6 have the port at the same place, in network order.
        return result == 0 ? withUnsafeBytes(of: address) { Int($0[2]) << 8 | Int($0[3]) } : nil
    }

    /// Adds a stream to those that are told about at the turn's end.
    func list(_ stream: TransferStream) {
        guard !stream.isListed else { return }
        stream.isListed = true
        listed.append(stream)
    }

    func refuseStream(_ token: UInt64, _ failure: CurlFailure) {
        let stream = TransferStream(
            token: token,
            request: CurlRequest(method: "GET", url: ""),
            upload: .request,
            idleMilliseconds: 1
        )
        count.failed += 1
        if failure.kind == .cancelled { count.cancelled += 1 }
        stream.news.end = .failed(failure)
        list(stream)
    }

    func endStream(_ handle: EasyHandle, _ stream: TransferStream, _ result: Result<CurlResponse, CurlFailure>) {
        guard streaming.removeValue(forKey: stream.token) != nil else { return }
        takeOut(handle)
        if stream.unwatchedSocket >= 0 { sockets.watchIdle(stream.unwatchedSocket) }
        countEnd(result)
        switch result {
        case .success: stream.news.end = .complete(trailers: stream.trailers)
        case .failure(let failure): stream.news.end = .failed(failure)
        }
        list(stream)
        handle.pool.giveBack(handle)
    }

    func takeNews() -> [CurlStreamNews]? {
        guard !listed.isEmpty else { return nil }
        var news: [CurlStreamNews] = []
        news.reserveCapacity(listed.count)
        for stream in listed {
            stream.isListed = false
            news.append(stream.news)
            stream.news = CurlStreamNews(token: stream.token)
        }
        listed.removeAll(keepingCapacity: true)
        return news
    }

    /// Ends streams whose server has not moved for too long.
    func endIdleStreams(_ now: UInt64) {
        nextStreamCheck = now + Self.streamCheckNanoseconds
        for handle in Array(streaming.values) {
            guard let stream = handle.stream else { continue }
            if stream.hasMoved || stream.waitsForCaller {
                stream.hasMoved = false
                stream.idleSince = now
            } else if now - stream.idleSince >= stream.idleLimit {
                end(handle, .failure(handle.idleTooLong()))
            }
        }
    }
}
