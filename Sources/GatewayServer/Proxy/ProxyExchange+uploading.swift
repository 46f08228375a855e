internal import CurlClient
internal import GatewayCore

/// The way up: the request's head, made anew, and its body as it comes.
extension ProxyExchange {
    func forward() {
        guard let body else { return start(body: nil, .request) }
        var first: BodyPart?
        var isSynchronous = true
        isBodyAsked = true
        body.read { part in
            if isSynchronous { first = part } else { self.took(part) }
        }
        isSynchronous = false
        if case .broken(let why)? = first { return broke(why) }
        switch head.framing {
        case .none: start(body: nil, .request)
        case .length(let count):
            if case .bytes(let bytes)? = first, bytes.count == count {
                // Whole already: one buffer, sent with the head.
                isBodyWhole = true
                return start(body: bytes, .request)
            }
            start(body: nil, .length(count))
        case .chunked: start(body: nil, .chunked(hasTrailers: head.headers.contains("trailer")))
        }
        if let first { took(first) }
    }

    /// - Parameters:
    ///   - without: names, in lower case, of further fields that stay here.
    ///   - adding: further fields in their place.
    func start(body: [UInt8]?, _ upload: CurlUpload, without: [[UInt8]] = [], adding: [Header] = []) {
        let token = api.desk.open(self)
        self.token = token
        let order = CurlOrder(request(body, without, adding), token: token)
        api.desk.tell(.start(order, upload: upload, idleMilliseconds: api.timeoutMilliseconds))
    }

    private func request(_ body: [UInt8]?, _ without: [[UInt8]], _ adding: [Header]) -> CurlRequest {
        var request = CurlRequest(
            method: head.method.name,
            url: target.url,
            headers: ProxyHeaders.request(
                head,
                api.ownFields,
                replaced: without.isEmpty ? target.replaced : target.replaced + without,
                added: adding.isEmpty ? target.added : target.added + adding,
                asksForIdentity: reader != nil
            ),
            body: body
        )
        request.target = requestTarget
        request.isAnonymous = true
        request.allowPrivate = target.connection.allowsPrivate
        request.timeouts.connectMilliseconds = min(5_000, api.timeoutMilliseconds)
        return request
    }

    /// Path and query, byte for byte.
    private var requestTarget: String {
        let bytes = head.target
        let rest = bytes[min(path.startIndex, bytes.endIndex)...]
        return path.isEmpty ? "/" + String(decoding: rest, as: UTF8.self) : String(decoding: rest, as: UTF8.self)
    }

    func readBody() {
        guard !isOver, !isBodyAsked, !isBodyWhole, onTheWay < Self.uploadWindow, let body, token != nil else { return }
        isBodyAsked = true
        body.read { self.took($0) }
    }

    private func took(_ part: BodyPart) {
        isBodyAsked = false
        guard !isOver, let token else { return }
        switch part {
        case .bytes(let bytes):
            onTheWay += bytes.count
            api.desk.tell(.upload(bytes, token: token))
            readBody()
        case .end:
            isBodyWhole = true
            api.desk.tell(.endUpload(token: token, trailers: ProxyHeaders.trailers(body?.trailers)))
        case .broken(let why): broke(why)
        }
    }

    /// The client's body has no end.
    private func broke(_ why: BodyBreak) {
        switch why.reason {
        case .disconnected, .incomplete:
            if answer == nil {
                giveUp()
                refuse(Problem(.malformedRequest, why.detail, sent: token == nil ? .no : .maybe))
            } else {
                abandon()
            }
        case .timeout, .tooLarge, .malformed, .overloaded, .stopping, .answered:
            // Before an answer begins the front end says it by itself.
            abandon()
        }
    }
}
