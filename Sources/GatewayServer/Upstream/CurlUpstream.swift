public import CurlClient
public import GatewayCore
internal import Synchronization

/// The way to the vendors through libcurl.
///
/// Each request is sent once. Finished requests come back in batches on the client's own thread; `hop` carries each
/// batch to where the calls wait (an event loop), with one hand-over for the batch.
public final class CurlUpstream: Upstream, Sendable {
    private typealias Answer = Result<UpstreamAnswer, UpstreamFailure>

    /// Who waits, and for which header beside the body.
    private struct Waiter {
        let continuation: UnsafeContinuation<Answer, Never>
        let wantedHeader: String?
        let resetHeader: String?
        let remainingHeader: String?
    }

    private struct Waiting: @unchecked Sendable {
        // An UnsafeContinuation is a plain reference that is resumed exactly once: the table below sees to that, because a
        // slot is emptied when it is taken.
        var slots: [Waiter?] = []
        var free: [Int] = []
    }

    private final class Table: Sendable {
        private let waiting = Mutex(Waiting())

        func put(_ waiter: sending Waiter) -> Int {
            waiting.withLock { waiting in
                if let slot = waiting.free.popLast() {
                    waiting.slots[slot] = waiter
                    return slot
                }
                waiting.slots.append(waiter)
                return waiting.slots.count - 1
            }
        }

        func take(_ slot: Int) -> sending Waiter? {
            waiting.withLock { waiting in
                let waiter = waiting.slots[slot]
                waiting.slots[slot] = nil
                if waiter != nil { waiting.free.append(slot) }
                return waiter
            }
        }
    }

    private let table: Table
    let client: CurlClient
    private let gathered: Gathered<CurlOrder>
    private let lines = HeaderCache()

    /// - Parameter hop: carries a batch of answers to where the calls wait. With it, requests are gathered too: those of
    ///   one turn of the event loop are handed over together, after it.
    /// - Parameter news: takes what happened to streamed requests, on the client's own thread.
    /// - Throws: `CurlFailure` if libcurl's thread cannot be started.
    public init(
        userAgent: String,
        news: @escaping @Sendable ([CurlStreamNews]) -> Void = { _ in },
        hop: LoopHop? = nil
    ) throws {
        var configuration = CurlClientConfiguration()
        configuration.userAgent = userAgent
        let table = Table()
        self.table = table
        client = try CurlClient(configuration: configuration, deliverNews: news) { batch in
            guard let hop else { return CurlUpstream.resume(batch, table) }
            hop { CurlUpstream.resume(batch, table) }
        }
        gathered = Gathered(hop) { [client] orders in client.submit(orders) }
    }

    public func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
        await withUnsafeContinuation { continuation in submit(request, continuation) }
    }

    /// On the stack: what waits for its answer holds nothing of it.
    @inline(never)
    private func submit(_ request: UpstreamRequest, _ continuation: UnsafeContinuation<Answer, Never>) {
        let slot = table.put(
            Waiter(
                continuation: continuation,
                wantedHeader: request.wantedHeader,
                resetHeader: request.resetHeader,
                remainingHeader: request.remainingHeader
            )
        )
        gathered.add(CurlOrder(curlRequest(request), token: UInt64(slot)))
    }

    /// Lets requests in flight end for so long, then gives them up, and stops the thread.
    public func shutdown(drainMilliseconds: Int) {
        client.shutdown(drainMilliseconds: drainMilliseconds)
    }

    public var counters: CurlCounters { client.counters }

    private static func resume(_ batch: [CurlCompletion], _ table: Table) {
        for completion in batch {
            guard let waiter = table.take(Int(completion.token)) else { continue }
            let continuation = waiter.continuation
            switch completion.result {
            case .success(let response):
                var answer = UpstreamAnswer(
                    status: response.status,
                    body: response.body,
                    // Only a refusal is read for when to come back.
                    retryAfter: response.status >= 400 ? response.headers["retry-after"] : nil
                )
                if let name = waiter.resetHeader { answer.reset = response.headers[name] }
                if let name = waiter.remainingHeader { answer.remaining = response.headers[name] }
                if let name = waiter.wantedHeader { answer.wantedHeader = response.headers[name] }
                continuation.resume(returning: .success(answer))
            case .failure(let failure): continuation.resume(returning: .failure(UpstreamFailure(failure)))
            }
        }
    }

    private func curlRequest(_ request: UpstreamRequest) -> CurlRequest {
        var headers = request.common.map { lines.lines(of: $0) } ?? CurlRequestHeaders()
        for header in request.added { headers.append(name: header.name, value: header.value) }
        var curl = CurlRequest(method: request.method, url: request.url, headers: headers, body: request.body)
        curl.allowPrivate = request.allowsPrivate
        curl.timeouts.totalMilliseconds = request.timeoutMilliseconds
        curl.timeouts.connectMilliseconds = min(5_000, request.timeoutMilliseconds)
        return curl
    }
}

/// The lines of headers that many requests have in common, checked and put together once.
private final class HeaderCache: Sendable {
    /// More kinds of requests than the connections of one gateway usually have.
    private static let maximum = 256

    private struct Known {
        var last: CommonHeaders?
        var lastLines = CurlRequestHeaders()
        // With the object itself, so that its identity is nobody else's.
        var all: [ObjectIdentifier: (headers: CommonHeaders, lines: CurlRequestHeaders)] = [:]
    }

    private let known = Mutex(Known())

    func lines(of common: CommonHeaders) -> CurlRequestHeaders {
        known.withLock { known in
            if known.last === common { return known.lastLines }
            if let found = known.all[ObjectIdentifier(common)] {
                known.lastLines = found.lines
            } else {
                var lines = CurlRequestHeaders()
                for header in common.headers { lines.append(name: header.name, value: header.value) }
                // A reload leaves those of former connections behind.
                if known.all.count == HeaderCache.maximum { known.all.removeAll() }
                known.all[ObjectIdentifier(common)] = (common, lines)
                known.lastLines = lines
            }
            known.last = common
            return known.lastLines
        }
    }
}

extension UpstreamFailure {
    init(_ failure: CurlFailure) {
        let kind: Kind =
            switch failure.kind {
            case .dns, .connect, .reset, .emptyAnswer, .other: .unreachable
            case .connectTimeout, .timeout: .timeout
            case .tls, .certificate: .tls
            case .refusedAddress: .addressRefused
            case .partialAnswer, .brokenAnswer, .tooLarge, .resendPrevented: .brokenAnswer
            case .cancelled: .cancelled
            case .invalidRequest: .invalidRequest
            }
        self.init(
            kind: kind,
            maySent: failure.sent != .no,
            message: failure.message,
            isLasting: failure.kind == .certificate
        )
    }
}
