internal import Synchronization

/// An HTTP/1.1 client on libcurl that never sends a request twice by itself.
///
/// It has one thread of its own, on which all transfers run side by side and warm connections are kept. Make one per
/// event loop of the program, not one per request. All functions may be called from any thread.
///
/// Safe by default: `https` only, addresses of the public internet only, certificates always verified, redirects never
/// followed, no cookies, no proxy and no settings from environment or home directory, answers of limited size.
public final class CurlClient: Sendable {
    private let loop: CompanionLoop
    private let thread: CompanionThread
    private let deliver: @Sendable ([CurlCompletion]) -> Void
    private let deliverNews: @Sendable ([CurlStreamNews]) -> Void
    private let nextID = Atomic<UInt64>(0)
    private let isShutDown = Mutex(false)

    /// Starts the client's thread.
    ///
    /// - Parameter deliver: Takes finished requests, many at once: it is called once per turn of the client's thread,
    ///   on that thread, and holds up all transfers while it runs. After a shutdown it can be called on a submitting
    ///   thread.
    /// - Parameter deliverNews: Takes what happened to streamed requests, under the same conditions; after `deliver`.
    /// - Throws: ``CurlFailure`` if the user agent is not fit to be sent, if libcurl cannot be initialised, or if file
    ///   descriptors or threads have run out.
    public init(
        configuration: CurlClientConfiguration = CurlClientConfiguration(),
        deliverNews: @escaping @Sendable ([CurlStreamNews]) -> Void = { _ in },
        deliver: @escaping @Sendable ([CurlCompletion]) -> Void
    ) throws {
        var userAgent = configuration.userAgent ?? ""
        guard userAgent.withUTF8({ HeaderSyntax.isFieldValue(UnsafeRawBufferPointer($0)) }) else {
            throw CurlFailure.cannotStart("the configured userAgent holds a control character")
        }
        guard CurlGlobal.initialize() else { throw CurlFailure.cannotStart("libcurl cannot be initialised") }
        guard let loop = CompanionLoop(configuration: configuration, deliver: deliver, deliverNews: deliverNews)
        else {
            throw CurlFailure.cannotStart("no file descriptors for the HTTP client's loop: raise the limit (ulimit -n)")
        }
        guard let thread = CompanionThread(name: configuration.threadName, { loop.run() }) else {
            throw CurlFailure.cannotStart("no thread for the HTTP client: the system's limit of threads is reached")
        }
        self.loop = loop
        self.thread = thread
        self.deliver = deliver
        self.deliverNews = deliverNews
    }

    deinit {
        shutdown()
    }

    /// Hands a request over. It ends exactly once: in a later call of `deliver`, with this token.
    ///
    /// - Parameter token: The caller's own mark; it comes back with the completion.
    @discardableResult
    public func submit(_ request: CurlRequest, token: UInt64 = 0) -> CurlTransferID {
        let id = nextID.add(1, ordering: .relaxed).newValue
        if !loop.inbox.put(.start(CurlOrder(request, token: token), id: id)) {
            deliver([CurlCompletion(id: CurlTransferID(value: id), token: token, result: .failure(.shutDown))])
        }
        return CurlTransferID(value: id)
    }

    /// Hands several requests over at once: one lock and one wake-up for all of them. Each ends as with
    /// ``submit(_:token:)``.
    public func submit(_ batch: [CurlOrder]) {
        let last = nextID.add(UInt64(batch.count), ordering: .relaxed).newValue
        let first = last - UInt64(batch.count) + 1
        let commands = batch.indices.lazy.map { Inbox.Command.start(batch[$0], id: first + UInt64($0)) }
        if loop.inbox.put(contentsOf: commands) { return }
        deliver(
            batch.enumerated().map { offset, item in
                CurlCompletion(
                    id: CurlTransferID(value: first + UInt64(offset)),
                    token: item.token,
                    result: .failure(.shutDown)
                )
            }
        )
    }

    /// Begins streamed requests and goes on with them, in this order, with one lock and one wake-up. Each that is started ends
    /// exactly once, in a later call of `deliverNews`; what is told to one that has ended is passed over.
    public func send(_ commands: [CurlStreamCommand]) {
        if loop.inbox.put(contentsOf: commands.map { Inbox.Command.stream($0) }) { return }
        deliverNews(
            commands.compactMap { command in
                guard case .start(let order, _, _) = command else { return nil }
                var news = CurlStreamNews(token: order.token)
                news.end = .failed(.shutDown)
                return news
            }
        )
    }

    /// Ends a request early, with ``CurlFailure/Kind/cancelled``, and closes its connection. Does nothing if it has
    /// ended.
    ///
    /// A request that was about to be written when it was cancelled may have had its effect: see ``CurlFailure/sent``.
    public func cancel(_ id: CurlTransferID) {
        _ = loop.inbox.put(.cancel(id: id.value))
    }

    /// Lets running requests end for so many milliseconds, cancels the rest, closes all connections and waits for the
    /// thread's end. New requests are refused from the start. Further calls return at once.
    ///
    /// Inside `deliver` it only announces the end, since a thread cannot wait for itself.
    public func shutdown(drainMilliseconds: Int = 0) {
        let isFirst = isShutDown.withLock { isShutDown in
            defer { isShutDown = true }
            return !isShutDown
        }
        guard isFirst else { return }
        let deadline = MonotonicClock.now() + UInt64(max(0, drainMilliseconds)) * 1_000_000
        _ = loop.inbox.put(.stop(deadline: deadline))
        if thread.isCurrent { thread.detach() } else { thread.join() }
    }

    /// What was done so far; a little behind while the thread is busy.
    public var counters: CurlCounters {
        loop.counters.withLock { $0 }
    }
}

extension CurlFailure {
    fileprivate static func cannotStart(_ message: String) -> CurlFailure {
        CurlFailure(kind: .other(code: 2), sent: .no, message: message, status: nil, timings: CurlTimings())
    }
}
