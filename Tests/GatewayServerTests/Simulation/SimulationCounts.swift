/// What happened in one run or in many.
struct SimulationCounts: Sendable {
    enum Kind: Hashable, Sendable {
        case runs, calls, replays, answered2xx, answeredNotSent, answeredUnknown, dropped
        case kills, powerLosses, journalFull, syncFailed, clockJumps, knownKey, ignoredKey, resolved
        case doubledByVendor, foundDoubled, wordStood
        case unknown, settled, released, listed, doubled, lost
        case entries, rounds, batches, actionsOnSeveral, proxied
        case fault(SimulatedFault)
        case status(Int)
    }

    private(set) var numbers: [Kind: Int] = [:]

    subscript(kind: Kind) -> Int { numbers[kind] ?? 0 }

    mutating func add(_ kind: Kind, _ number: Int = 1) { numbers[kind, default: 0] += number }

    mutating func add(_ other: SimulationCounts) { numbers.merge(other.numbers, uniquingKeysWith: +) }

    /// For people, a line for each subject.
    var text: String {
        func line(_ kinds: [(String, Kind)]) -> String {
            kinds.map { "\($0.0) \(self[$0.1])" }.joined(separator: ", ")
        }
        let faults = SimulatedFault.allCases.map { ($0.rawValue, Kind.fault($0)) }
        let statuses = [302, 400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504]
            .map { ("\($0)", Kind.status($0)) }
        return [
            line([("runs", .runs), ("calls", .calls), ("rounds of the reconciler", .rounds), ("entries", .entries)]),
            "of the calls: "
                + line([
                    ("batches", .batches), ("actions on several", .actionsOnSeveral), ("proxied", .proxied),
                ]),
            "answers: "
                + line([
                    ("2xx", .answered2xx), ("replayed", .replays), ("not sent", .answeredNotSent),
                    ("unknown", .answeredUnknown), ("connection dropped", .dropped),
                ]),
            "process: "
                + line([("kills", .kills), ("with power loss", .powerLosses), ("clock jumps", .clockJumps)]),
            "journal: " + line([("disk full", .journalFull), ("fsync failed", .syncFailed)]),
            "network, vendor, plugin: " + line(faults),
            "refusals by status: " + line(statuses),
            line([
                ("keys that the vendor knew already", .knownKey), ("keys that it ignored", .ignoredKey),
                ("entries one too many by that", .doubledByVendor), ("found out", .foundDoubled),
                ("not to be told", .wordStood),
            ]),
            "writes: "
                + line([
                    ("unknown", .unknown), ("settled", .settled), ("released", .released),
                    ("settled by a person", .resolved), ("listed for a person", .listed), ("doubled", .doubled),
                    ("lost", .lost),
                ]),
        ].joined(separator: "\n")
    }
}
