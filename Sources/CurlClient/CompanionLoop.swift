internal import CCurl
internal import Glibc
internal import Synchronization

/// The loop that a ``CurlClient``'s thread runs: takes requests, drives libcurl with epoll, hands back what is
/// finished.
///
/// `curl_multi_socket_action` and not `curl_multi_poll`: the latter costs more with every idle handle.
///
/// `@unchecked Sendable`: everything but ``inbox`` and ``counters`` is touched by the loop's own thread only, which
/// `run()` is called on once.
final class CompanionLoop: @unchecked Sendable {
    let inbox: Inbox
    let counters = Mutex(CurlCounters())

    /// Requests taken that libcurl has not begun to write yet.
    var notBegun = 0

    private let configuration: CurlClientConfiguration
    private let deliver: @Sendable ([CurlCompletion]) -> Void
    private let deliverNews: @Sendable ([CurlStreamNews]) -> Void
    private let epoll: Int32
    var sockets: SocketTable
    private var pools: [TransferPool.Key: TransferPool] = [:]
    private var lastPool: TransferPool?
    /// The URL of the last request that was in order: most requests go to the same place.
    private var knownURL = (text: "", isPrivate: false)
    /// A closed one leaves its place to the next new one: sockets are kept by this index.
    private var multis: [MultiHandle?] = []
    var running: [UInt64: EasyHandle] = [:]
    /// The streamed ones among those that run, by the caller's token.
    var streaming: [UInt64: EasyHandle] = [:]
    /// Streams that something happened to in this turn.
    var listed: [TransferStream] = []
    var nextStreamCheck: UInt64 = 0
    private var finished: [CurlCompletion] = []
    private var batch: [Inbox.Command] = []
    var count = CurlCounters()
    private(set) var stopDeadline: UInt64?

    private static let eventsPerTurn = 256

    /// How often waiting requests are looked at where connections are limited. libcurl 7.88.1 minds no timeout of a
    /// transfer that waits for a connection.
    private static let waitingCheckNanoseconds: UInt64 = 50_000_000

    private var nextWaitingCheck: UInt64 = 0
    private var nextIdleCheck: UInt64 = 0
    private let hasConnectionLimits: Bool

    /// `nil` if the process is out of file descriptors.
    init?(
        configuration: CurlClientConfiguration,
        deliver: @escaping @Sendable ([CurlCompletion]) -> Void,
        deliverNews: @escaping @Sendable ([CurlStreamNews]) -> Void
    ) {
        guard let inbox = Inbox() else { return nil }
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { return nil }
        self.inbox = inbox
        self.epoll = epoll
        self.configuration = configuration
        self.deliver = deliver
        self.deliverNews = deliverNews
        hasConnectionLimits = configuration.maxConnections > 0 || configuration.maxHostConnections > 0
        sockets = SocketTable(epoll: epoll)
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = UInt64.max
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, inbox.descriptor, &event) == 0 else { return nil }
    }

    deinit {
        close(epoll)
    }

    /// Until ``Inbox/Command/stop(deadline:)`` and the end of what runs.
    func run() {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsPerTurn) { events in
            while turn(events) {}
        }
        for handle in Array(running.values) { end(handle, .failure(handle.cancelled())) }
        for handle in Array(streaming.values) { end(handle, .failure(handle.cancelled())) }
        for command in inbox.close() { refuse(command) }
        publish()
        lastPool = nil
        pools.removeAll()
        multis.removeAll()
        publish()
    }

    /// - Returns: `false` when the loop has to end.
    private func turn(_ events: UnsafeMutableBufferPointer<epoll_event>) -> Bool {
        let milliseconds = inbox.beginSleep() ? millisecondsToSleep() : 0
        let ready = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
        inbox.take(into: &batch)
        for index in 0..<max(0, Int(ready)) { handle(events[index]) }
        // Finished transfers first: their handles and connections serve the new ones.
        collectFinished()
        for index in batch.indices { carryOut(batch[index]) }
        batch.removeAll(keepingCapacity: true)
        let now = MonotonicClock.now()
        for case let multi? in multis where multi.timerDeadline <= now { multi.timerFired() }
        collectFinished()
        if hasConnectionLimits, notBegun > 0, now >= nextWaitingCheck { endOverdue(now) }
        if !streaming.isEmpty, now >= nextStreamCheck { endIdleStreams(now) }
        if now >= nextIdleCheck { closeIdle(now) }
        count.turns += 1
        publish()
        if let stopDeadline { return !(running.isEmpty && streaming.isEmpty) && now < stopDeadline }
        return true
    }

    private func millisecondsToSleep() -> Int32 {
        var deadline = stopDeadline ?? .max
        for case let multi? in multis {
            deadline = min(deadline, multi.timerDeadline)
            if multi.running == 0 { deadline = min(deadline, nextIdleCheck) }
        }
        if hasConnectionLimits, notBegun > 0 { deadline = min(deadline, nextWaitingCheck) }
        if !streaming.isEmpty { deadline = min(deadline, nextStreamCheck) }
        guard deadline != .max else { return -1 }
        let now = MonotonicClock.now()
        guard deadline > now else { return 0 }
        // Rounded up: a wake-up just before the deadline would be for nothing.
        return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
    }

    private func handle(_ event: epoll_event) {
        guard let (descriptor, slot) = sockets.slot(of: event.data.u64) else { return }
        if slot.interest == 0 { return leaveWaiting(descriptor, multi: slot.multi) ? () : dropIdle(descriptor) }
        var mask: Int32 = 0
        if event.events & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
        if event.events & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
        if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
        multis[Int(slot.multi)]?.socketReady(descriptor, mask: mask)
    }

    /// The server sent something on an idle connection: its end, or bytes nobody asked for.
    ///
    /// libcurl 7.88.1 takes a connection with unread bytes for alive (`cf_socket_conn_is_alive` looks for the end only)
    /// and would read them as the answer to the next request. So they are thrown away and the connection is shut
    /// down; libcurl then finds it dead and closes it.
    private func dropIdle(_ descriptor: Int32) {
        count.idleConnectionsDropped += 1
        sockets.forget(descriptor)
        shutdown(descriptor, Int32(SHUT_RDWR))
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            while recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
    }

    // MARK: Commands

    private func carryOut(_ command: borrowing Inbox.Command) {
        switch copy command {
        case .start(let order, let id):
            if stopDeadline != nil {
                refuse(command)
            } else {
                start(order, id)
            }
        case .cancel(let id):
            if let handle = running[id] { end(handle, .failure(handle.cancelled())) }
        case .stream(let command): carryOut(command)
        case .stop(let deadline):
            stopDeadline = min(stopDeadline ?? .max, deadline)
        }
    }

    private func refuse(_ command: borrowing Inbox.Command) {
        switch copy command {
        case .start(let order, let id):
            count.started += 1
            finish(id, order.token, .failure(.shutDown))
        case .stream(.start(let order, _, _)):
            count.started += 1
            refuseStream(order.token, .shutDown)
        default: break
        }
    }

    private func start(_ order: CurlOrder, _ id: UInt64) {
        count.started += 1
        let request = order.request
        let token = order.token
        if let problem = problem(of: request) { return finish(id, token, .failure(.invalidRequest(problem))) }
        let pool = pool(for: request)
        guard let multi = pool.multi(), let handle = pool.takeHandle() else {
            return finish(id, token, .failure(.notStarted(code: CURLE_OUT_OF_MEMORY)))
        }
        let deadline = MonotonicClock.now() + UInt64(request.timeouts.totalMilliseconds) * 1_000_000
        let code = handle.prepare(request, id: id, token: token, deadline: deadline)
        guard code == CURLE_OK, multi.add(handle) == CURLM_OK else {
            pool.giveBack(handle)
            return finish(id, token, .failure(.notStarted(code: code == CURLE_OK ? CURLE_FAILED_INIT : code)))
        }
        running[id] = handle
        notBegun += 1
    }

    /// What in a request breaks a rule; the URL is looked at only if it is not that of the request before.
    func problem(of request: borrowing CurlRequest) -> String? {
        let isURLKnown = request.url == knownURL.text && request.allowPrivate == knownURL.isPrivate
        if let problem = request.problem(isURLKnown: isURLKnown) { return problem }
        if !isURLKnown { knownURL = (request.url, request.allowPrivate) }
        return nil
    }

    func pool(for request: borrowing CurlRequest) -> TransferPool {
        // Most requests are like the one before: no hashing for them.
        if let pool = lastPool, pool.key.allowPrivate == request.allowPrivate, pool.key.name == request.pool,
            pool.key.caFile == request.caFile
        {
            return pool
        }
        let key = TransferPool.Key(allowPrivate: request.allowPrivate, caFile: request.caFile, name: request.pool)
        let pool = pools[key] ?? TransferPool(key: key, loop: self, configuration: configuration)
        pools[key] = pool
        lastPool = pool
        return pool
    }

    func makeMulti() -> MultiHandle? {
        let index = multis.firstIndex { $0 == nil } ?? multis.count
        guard let multi = MultiHandle(loop: self, index: Int32(index), configuration: configuration) else { return nil }
        if index == multis.count { multis.append(multi) } else { multis[index] = multi }
        return multi
    }

    func forget(_ multi: MultiHandle) {
        multis[Int(multi.index)] = nil
    }

    private func closeIdle(_ now: UInt64) {
        let limit = UInt64(max(0, configuration.closeIdleMilliseconds)) * 1_000_000
        nextIdleCheck = now + max(limit / 4, 10_000_000)
        guard now > limit else { return }
        for (key, pool) in pools where !pool.closeIdle(since: now - limit) {
            pools[key] = nil
            if lastPool === pool { lastPool = nil }
        }
    }

    // MARK: Ends

    private func collectFinished() {
        for case let multi? in multis where multi.running > 0 {
            while let (handle, code) = multi.nextFinished() { end(handle, handle.result(of: code)) }
        }
    }

    /// Where connections are limited: ends requests that waited for one until their time was over.
    private func endOverdue(_ now: UInt64) {
        nextWaitingCheck = now + Self.waitingCheckNanoseconds
        let waiting = Array(running.values) + Array(streaming.values)
        for handle in waiting where handle.prereqCalls == 0 && handle.deadline <= now {
            end(handle, .failure(handle.waitedTooLong()))
        }
    }

    /// Takes a transfer out of libcurl, finished or not.
    func end(_ handle: EasyHandle, _ result: Result<CurlResponse, CurlFailure>) {
        if let stream = handle.stream { return endStream(handle, stream, result) }
        guard running.removeValue(forKey: handle.id) != nil else { return }
        takeOut(handle)
        finish(handle.id, handle.token, result)
        handle.pool.giveBack(handle)
    }

    func takeOut(_ handle: EasyHandle) {
        if handle.prereqCalls == 0 { notBegun -= 1 }
        if handle.resendPrevented { count.resendsPrevented += 1 }
        count.addressesRefused += handle.addressesRefused
        handle.multi?.remove(handle)
    }

    private func finish(_ id: UInt64, _ token: UInt64, _ result: Result<CurlResponse, CurlFailure>) {
        countEnd(result)
        finished.append(CurlCompletion(id: CurlTransferID(value: id), token: token, result: result))
    }

    func countEnd(_ result: Result<CurlResponse, CurlFailure>) {
        switch result {
        case .success: count.answered += 1
        case .failure(let failure):
            count.failed += 1
            if failure.kind == .cancelled { count.cancelled += 1 }
        }
    }

    private func publish() {
        count.running = running.count + streaming.count
        count.epollChanges = sockets.changes
        counters.withLock { $0 = count }
        if !finished.isEmpty {
            let completions = finished
            finished = []
            finished.reserveCapacity(min(completions.count, 64))
            deliver(completions)
        }
        if let news = takeNews() { deliverNews(news) }
    }

    // MARK: Sockets

    func watch(_ descriptor: Int32, interest: UInt32, multi: MultiHandle) -> Bool {
        sockets.setInterest(interest, of: descriptor, multi: multi.index)
    }

    func socketOpened(_ descriptor: Int32, multi: MultiHandle) {
        count.connectionsOpened += 1
        sockets.opened(descriptor, multi: multi.index)
    }

    func closeSocket(_ descriptor: Int32) -> Int32 {
        count.connectionsClosed += 1
        sockets.closed(descriptor)
        return close(descriptor)
    }
}
