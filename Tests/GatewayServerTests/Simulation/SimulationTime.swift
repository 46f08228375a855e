import GatewayCore

/// The time of a run, and what happens in it: a task executor whose tasks take no time, and events at times to come.
///
/// One thread does everything, and of several tasks that could go on the dice choose one: a seed gives one history.
final class SimulationTime: TaskExecutor, @unchecked Sendable {
    /// What happens at a time; of several at one time, the one that was planned first.
    private struct Event {
        var time: Int64
        var number: Int
        var action: () -> Void

        func isBefore(_ other: Event) -> Bool { (time, number) < (other.time, other.number) }
    }

    /// Nanoseconds since the run began.
    private(set) var now: Int64 = 0
    /// Milliseconds by which the machine's wall clock has been set forward or back.
    var wallClockError: Int64 = 0

    private let dice: SimulationDice
    private var ready: [UnownedJob] = []
    /// A binary heap.
    private var events: [Event] = []
    private var count = 0

    /// 2026-11-20T08:00:00Z, in milliseconds since 1970.
    static let start: Int64 = 1_795_161_600_000

    init(_ dice: SimulationDice) { self.dice = dice }

    /// Milliseconds since 1970, as the machine's wall clock shows them.
    var wallClock: Int64 { trueWallClock + wallClockError }
    var trueWallClock: Int64 { SimulationTime.start + now / 1_000_000 }

    func enqueue(_ job: consuming ExecutorJob) { ready.append(UnownedJob(job)) }

    /// - Parameter length: nanoseconds.
    func after(_ length: Int64, _ action: @escaping () -> Void) {
        count += 1
        push(Event(time: now + max(0, length), number: count, action: action))
    }

    /// Waits so many nanoseconds.
    func sleep(_ length: Int64) async {
        await withUnsafeContinuation { continuation in after(length) { continuation.resume() } }
    }

    /// Lets everything happen that is due by then.
    func run(until end: Int64) {
        while true {
            while !ready.isEmpty {
                let index = ready.count == 1 ? 0 : dice.int(0...ready.count - 1)
                ready.remove(at: index).runSynchronously(on: asUnownedTaskExecutor())
            }
            guard let next = events.first, next.time <= end else { break }
            now = next.time
            pop().action()
        }
        now = max(now, end)
    }

    // MARK: - The heap

    private func push(_ event: Event) {
        events.append(event)
        var child = events.count - 1
        while child > 0, events[child].isBefore(events[(child - 1) / 2]) {
            events.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func pop() -> Event {
        events.swapAt(0, events.count - 1)
        let first = events.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < events.count && events[child].isBefore(events[least]) {
                least = child
            }
            guard least != parent else { return first }
            events.swapAt(parent, least)
            parent = least
        }
    }
}

extension Int64 {
    /// Nanoseconds.
    static func seconds(_ seconds: Int) -> Int64 { Int64(seconds) * 1_000_000_000 }
    static func hours(_ hours: Int) -> Int64 { .seconds(hours * 3600) }
}
