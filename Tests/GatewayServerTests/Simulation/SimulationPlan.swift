/// What can go wrong in a run. How likely each is differs from run to run.
enum SimulatedFault: String, CaseIterable, Sendable {
    // On the way to the vendor and back.
    case refusedConnection = "connection refused"
    case lostRequest = "request lost"
    case lateRequest = "request late"
    case duplicate = "request doubled below a vendor with keys"
    case lostAnswer = "answer cut"
    // At the vendor.
    case refusal = "refused before it is done"
    case slowVendor = "slow vendor"
    case hang = "hang after it is done"
    case failureAfterwards = "5xx after it is done"
    case garbage = "answer that is no entry"
    // In the plugin.
    case scriptFailure = "script fails"
    case scriptRefusal = "script refuses"
}

/// What one run does, as its seed has it.
struct SimulationPlan {
    var sabotage = Sabotage.none
    var chances: [Double]
    /// How many times the process is killed while faults happen, and whether the power goes with it.
    var kills: Int
    var powerLoss: Double
    var syncFailure: Double
    /// Whether several writes ask for the very same entry.
    var hasTwins: Bool
    var wishes: Int
    /// Milliseconds between the rounds of the reconciler.
    var roundPause: Int
    /// The vendors of this run.
    var vendors: [LedgerVendorKind]

    init(_ dice: SimulationDice, _ sabotage: Sabotage) {
        self.sabotage = sabotage
        // Some runs are calm but for one fault, so that each is also met by itself.
        let roughness = dice.pick([0.0, 0.02, 0.05, 0.1, 0.2])
        chances = SimulatedFault.allCases.map { _ in dice.rolls(0.7) ? roughness : 0 }
        let favourite = dice.int(0...chances.count - 1)
        chances[favourite] = dice.pick([0.1, 0.3, 0.6])
        kills = dice.pick([0, 0, 1, 1, 2, 3, 5])
        powerLoss = dice.pick([0, 0.5, 1])
        syncFailure = dice.pick([0, 0, 0, 0.01, 0.05])
        hasTwins = dice.rolls(0.25)
        wishes = dice.int(4...10)
        roundPause = dice.pick([1_000, 5_000, 5_000, 20_000])
        let all = LedgerVendorKind.allCases
        vendors = dice.rolls(0.5) ? [dice.pick(all)] : [dice.pick(all), dice.pick(all)]
        if vendors.count == 2, vendors[0] == vendors[1] { vendors.removeLast() }
    }

    func chance(of fault: SimulatedFault) -> Double { chances[SimulatedFault.allCases.firstIndex(of: fault)!] }
}
