/// The life of one process of the gateway. When it is over nothing that the process does has an effect any more, which is
/// what killing it means; its tasks run on to their ends, so that nothing is left behind.
final class SimulatedLife: @unchecked Sendable {
    let number: Int
    var isAlive = true

    init(number: Int) { self.number = number }
}

/// Which of the callers' attempts a task works for.
enum SimulatedOrigin {
    @TaskLocal static var attempt: Int?
}
