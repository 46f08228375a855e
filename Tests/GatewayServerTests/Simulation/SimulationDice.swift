/// All chance of one run: SplitMix64 of its seed.
///
/// `@unchecked Sendable`, as every class of the simulation: a run and all that belongs to it lives on one thread.
final class SimulationDice: RandomNumberGenerator, @unchecked Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D &+ 0x1234_5678_9ABC_DEF1 }

    func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// - Parameter chance: 0 to 1.
    func rolls(_ chance: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < chance }

    func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...elements.count - 1)] }

    /// Nanoseconds between two numbers of milliseconds, the shorter ones more often.
    func milliseconds(_ range: ClosedRange<Int>) -> Int64 {
        let share = Double(next() >> 11) * 0x1p-53
        let length = Double(range.upperBound - range.lowerBound) * share * share
        return (Int64(range.lowerBound) * 1_000_000) + Int64(length * 1_000_000)
    }
}
