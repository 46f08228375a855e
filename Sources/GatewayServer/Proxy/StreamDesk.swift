internal import CurlClient
internal import NIOCore

/// Who is told what happens to a streamed request.
protocol StreamOwner: AnyObject {
    func take(_ news: CurlStreamNews)
}

/// The streamed requests of one event loop: hands what is told to them over in batches, and brings their news.
///
/// `@unchecked Sendable`: everything in it is touched on its event loop only, where its functions must be called.
final class StreamDesk: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var owners: [(any StreamOwner)?] = []
    private var free: [Int] = []
    private var commands: [CurlStreamCommand] = []
    private var isHandingOver = false
    /// Carries a batch to the client's thread.
    var send: ([CurlStreamCommand]) -> Void = { _ in }

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// - Returns: the owner's mark, until its news has an end.
    func open(_ owner: any StreamOwner) -> UInt64 {
        if let slot = free.popLast() {
            owners[slot] = owner
            return UInt64(slot)
        }
        owners.append(owner)
        return UInt64(owners.count - 1)
    }

    /// Everything of one turn of the event loop is handed over together.
    func tell(_ command: CurlStreamCommand) {
        commands.append(command)
        guard !isHandingOver else { return }
        isHandingOver = true
        eventLoop.execute { self.handOver() }
    }

    /// Called on the event loop with what the client's thread has to say.
    func take(_ batch: [CurlStreamNews]) {
        for news in batch {
            let slot = Int(news.token)
            guard let owner = owners[slot] else { continue }
            if news.end != nil {
                owners[slot] = nil
                free.append(slot)
            }
            owner.take(news)
        }
    }

    private func handOver() {
        isHandingOver = false
        guard !commands.isEmpty else { return }
        let batch = commands
        commands = []
        commands.reserveCapacity(min(batch.count, 64))
        send(batch)
    }
}
