public import Synchronization

/// Carries work to the event loop on which the calls are, for when its turn has ended.
public typealias LoopHop = @Sendable (@escaping @Sendable () -> Void) -> Void

/// What the calls of one turn of their event loop have for a thread beside it, handed over together when the turn has ended:
/// one lock and one wake-up for all of them. Without a loop each is handed over by itself.
public final class Gathered<Element: Sendable>: Sendable {
    @usableFromInline let hop: LoopHop?
    @usableFromInline let handOver: @Sendable ([Element]) -> Void
    @usableFromInline let waiting = Mutex<[Element]>([])

    public init(_ hop: LoopHop?, handOver: @escaping @Sendable ([Element]) -> Void) {
        self.hop = hop
        self.handOver = handOver
    }

    @inlinable
    public func add(_ element: Element) {
        guard let hop else { return handOver([element]) }
        let isFirst = waiting.withLock { waiting in
            waiting.append(element)
            return waiting.count == 1
        }
        if isFirst { hop { self.end() } }
    }

    @usableFromInline
    func end() {
        let elements = waiting.withLock { waiting in
            let elements = waiting
            // With room for as many: the next turn has about as much.
            waiting.removeAll(keepingCapacity: true)
            return elements
        }
        handOver(elements)
    }
}
