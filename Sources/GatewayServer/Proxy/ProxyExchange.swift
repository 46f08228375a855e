internal import CurlClient
internal import GatewayCore
internal import NIOCore
internal import PluginHost

/// One request on its way through to a vendor, and the answer on its way back: streamed both ways, each end no faster than
/// the other.
///
/// leave to send → (recognised: read whole) → forward → answer. Never sent twice.
///
/// `@unchecked Sendable`: everything in it is touched on its event loop only; news from other threads hops there first.
final class ProxyExchange: StreamOwner, @unchecked Sendable {
    /// Bytes of the body that may be on their way to the vendor.
    static let uploadWindow = 128 << 10

    let api: ProxyAPI
    let target: ProxyTarget
    let head: RequestHead
    let path: ArraySlice<UInt8>
    let body: StreamedBody?
    let caller: Caller
    let isKeyless: Bool
    let id: String
    let reply: ReplyHandle

    private var pass: ConnectionGate.Pass?
    /// The mark of the stream while it runs.
    var token: UInt64?
    var isBodyAsked = false
    var isBodyWhole = false
    var onTheWay = 0

    private var status = 0
    private var signal = LimitSignal()
    var answer: StreamedAnswer?
    private var waitsForClient = false
    private var unacknowledged = 0
    private(set) var isOver = false

    /// A recognised request, what deals with it, and the answer that is gathered for it.
    private(set) var proxied: ProxiedRequest?
    private(set) var reader: (any ProxyReader)?
    var gathered: ProxyAnswer?
    /// Who waits for it.
    var gathering: UnsafeContinuation<Result<ProxyAnswer, UpstreamFailure>, Never>?
    /// The body as the client sent it.
    var asked: [UInt8] = []
    /// The steps of a recognised request, for its record.
    var trace: CallTrace?

    init(
        api: ProxyAPI,
        target: ProxyTarget,
        head: RequestHead,
        path: ArraySlice<UInt8>,
        body: StreamedBody?,
        caller: Caller,
        isKeyless: Bool,
        id: String,
        reply: ReplyHandle
    ) {
        self.api = api
        self.target = target
        self.head = head
        self.path = path
        self.body = body
        self.caller = caller
        self.isKeyless = isKeyless
        self.id = id
        self.reply = reply
    }

    // MARK: - Leave to send

    func begin() {
        if let recognizer = api.recognizer {
            let proxied = makeProxied()
            if case .read(let limit, let reader) = recognizer.recognize(proxied) {
                self.proxied = proxied
                self.reader = reader
                trace = reader.trace
                return read(limit)
            }
        }
        if admitAtOnce() { return forward() }
        // A pass may be given on any thread, also from within another request's end.
        waitForLeave { admission in self.api.eventLoop.execute { self.woken(admission) } }
    }

    /// Takes leave to send, where the connection's gate gives it without waiting.
    func admitAtOnce() -> Bool {
        guard let gate = target.gate else { return true }
        pass = gate.admitAtOnce(now: SendTimer.uptime())
        return pass != nil
    }

    /// Waits until the connection's gate lets the request through.
    ///
    /// - Throws: where it refuses.
    func admitted() async throws(Problem) {
        let admission = await withUnsafeContinuation { continuation in
            waitForLeave { continuation.resume(returning: $0) }
        }
        try take(admission)
    }

    /// - Parameter wake: called once, with leave or a refusal, on any thread.
    private func waitForLeave(_ wake: @escaping ConnectionGate.Wake) {
        guard let gate = target.gate else { preconditionFailure("a request waits without a gate") }
        let now = SendTimer.uptime()
        let deadline = now + Int64(api.timeoutMilliseconds) * 1_000_000
        let admission = gate.admit(head.method.isRead ? .read : .write, now: now, deadline: deadline, wake: wake)
        if case .wait = admission {} else { wake(admission) }
    }

    private func take(_ admission: ConnectionGate.Admission) throws(Problem) {
        switch admission {
        case .go(let pass): self.pass = pass
        case .refused(let problem): throw problem
        case .wait: preconditionFailure("a request was woken without leave")
        }
    }

    private func woken(_ admission: ConnectionGate.Admission) {
        do throws(Problem) {
            try take(admission)
            forward()
        } catch {
            refuse(error)
        }
    }

    // MARK: - Down

    func take(_ news: CurlStreamNews) {
        if news.end != nil { token = nil }
        guard !isOver else { return }
        if news.uploaded > 0 {
            onTheWay -= news.uploaded
            readBody()
        }
        if let head = news.head { beginAnswer(head, news) }
        guard !isOver else { return }
        if !news.body.isEmpty { pass(news.body, isLast: news.end != nil) }
        if !isOver, let end = news.end { finish(end) }
    }

    private func beginAnswer(_ answered: CurlStreamHead, _ news: CurlStreamNews) {
        status = answered.status
        signal = limitSignal(answered)
        if reader != nil {
            gathered = ProxyAnswer(status: status, fields: answered.headers, body: [])
            return
        }
        var response = OutboundResponse(status: status)
        ProxyHeaders.add(answered.headers, via: api.via, dropsCookies: target.usesOwnCredentials, to: &response)
        guard response.isSendable else {
            giveUp()
            return refuse(vendorProblem("its answer has a status or a header that cannot be passed on"))
        }
        let isHead = head.method == .head
        if case .complete(nil)? = news.end, !isHead, ResponseEncoder.allowsBody(status) {
            response.body = news.body
            over(.answered(status: status, signal))
            api.note(id, target.connection.name, status, nil)
            return reply.send(response)
        }
        let length: AnswerLength =
            if let count = answered.contentLength, !answered.isChunked {
                .declared(count)
            } else {
                (isHead || !ResponseEncoder.allowsBody(status)) && !answered.isChunked ? .untold : .unknown
            }
        answer = reply.start(response, length: length)
    }

    private func pass(_ bytes: [UInt8], isLast: Bool) {
        guard let answer else {
            gather(bytes)
            return acknowledge(bytes.count)
        }
        answer.write(bytes)
        unacknowledged += bytes.count
        if isLast || waitsForClient { return }
        if answer.isReady { return acknowledge() }
        waitsForClient = true
        answer.whenReady { isThere in
            self.waitsForClient = false
            guard !self.isOver else { return }
            if isThere { self.acknowledge() } else { self.abandon() }
        }
    }

    private func acknowledge() {
        acknowledge(unacknowledged)
        unacknowledged = 0
    }

    private func acknowledge(_ count: Int) {
        guard let token, count > 0 else { return }
        api.desk.tell(.acknowledge(count, token: token))
    }

    private func finish(_ end: CurlStreamEnd) {
        switch end {
        case .complete(let trailers):
            over(.answered(status: status, signal))
            if reader != nil { return finishReading(nil) }
            api.note(id, target.connection.name, status, nil)
            answer?.end(trailers: trailers.map { ProxyHeaders.trailerLines($0) } ?? [])
        case .failed(let failure):
            let failure = UpstreamFailure(failure)
            over(.failed(failure))
            if reader != nil { return finishReading(failure) }
            guard let answer else { return sendProblem(Problem(failure, target.plugin.vendor.title, head.method)) }
            api.note(id, target.connection.name, status, .vendorUnreachable)
            answer.abort()
        }
    }

    // MARK: - Ends

    /// The request is over for the gate.
    func over(_ result: SendResult) {
        isOver = true
        guard let pass else { return }
        self.pass = nil
        target.gate?.finished(pass, result, now: SendTimer.uptime())
    }

    /// Lets go of the vendor.
    func giveUp() {
        let wasSent = token != nil
        if let token { api.desk.tell(.cancel(token: token)) }
        over(
            wasSent
                ? .failed(UpstreamFailure(kind: .cancelled, maySent: true, message: "given up")) : .unused
        )
    }

    /// Lets go of both sides.
    func abandon() {
        giveUp()
        guard let answer else { return }
        api.note(id, target.connection.name, status, nil)
        answer.abort()
    }

    /// Answers with a problem, unless an answer has begun.
    func refuse(_ problem: Problem) {
        if !isOver { over(.unused) }
        sendProblem(problem)
    }

    private func sendProblem(_ problem: Problem) {
        api.note(id, target.connection.name, problem.status, problem.code)
        var response = api.response(problem, target.configured, id)
        if trace != nil {
            response.addHeader("Timegate-Request-Id", id)
            keep(response.status, response.body)
        }
        reply.send(response)
    }

    func vendorProblem(_ what: String) -> Problem {
        Problem(.vendorAnswerInvalid, "\(target.plugin.vendor.title): \(what).", origin: .vendor, sent: .yes)
    }

    private func limitSignal(_ answered: CurlStreamHead) -> LimitSignal {
        let limits = target.plugin.vendor.manifest.limits
        if answered.status < 400, limits.resetHeader == nil, limits.remainingHeader == nil { return LimitSignal() }
        return LimitSignal(
            status: answered.status,
            retryAfter: answered.headers["retry-after"],
            reset: limits.resetHeader.flatMap { answered.headers[$0] },
            remaining: limits.remainingHeader.flatMap { answered.headers[$0] },
            rules: limits,
            now: SystemClock.now()
        )
    }
}
