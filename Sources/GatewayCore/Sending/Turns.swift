internal import Synchronization

/// Lets those who name the same thing go one after the other, in the order in which they came.
///
/// Whoever has taken a turn owes `pass`. Nobody is woken by time: a turn lasts as long as what is done in it, and that has a
/// deadline of its own.
public final class Turns: Sendable {
    private let waiting = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    public init() {}

    public func take(_ name: String) async {
        let isFree = waiting.withLock { waiting in
            if waiting[name] != nil { return false }
            waiting[name] = []
            return true
        }
        if isFree { return }
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                // It may have become free since.
                guard waiting[name] != nil else {
                    waiting[name] = []
                    return true
                }
                waiting[name]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    public func pass(_ name: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard let others = waiting[name], !others.isEmpty else {
                waiting[name] = nil
                return nil
            }
            return waiting[name]?.removeFirst()
        }
        next?.resume()
    }
}
