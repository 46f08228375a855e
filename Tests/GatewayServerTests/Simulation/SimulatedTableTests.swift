import GatewayCore
import GatewayStore
import Testing

/// What the simulation takes for the journal means the same as the journal on disk: the same orders, by chance, have the
/// same results.
struct SimulatedTableTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func aSimulatedJournalAnswersAsTheOneOnDisk(_ seed: UInt64) async throws {
        let dice = SimulationDice(seed: seed)
        let files = try TestJournal()
        defer { files.close() }
        let disk = files.store.journal()
        var table = SimulatedTable()
        var now: Int64 = 1_000
        var ids: [Int64] = [0]
        for _ in 0..<200 {
            now += Int64(dice.int(0...40_000_000))
            let id = dice.pick(ids)
            switch dice.int(0...9) {
            case 0...3:
                let write = SimulatedTableTests.write(dice, now)
                switch (try await disk.begin(write), table.begin(write)) {
                case (.begun(let real), .begun(let simulated)):
                    #expect(real == simulated)
                    ids.append(real)
                case (.exists(let real), .exists(let simulated)): #expect(real == simulated)
                default: Issue.record("one took the key and the other did not")
                }
            case 4...7:
                let state = dice.pick(WriteState.allCases)
                let change = SimulatedTableTests.change(dice, now)
                // What the table of states forbids no gateway asks for.
                guard SimulationBook.isLegal(state, change.state) else { continue }
                let isChanged = try await disk.change(id, from: state, change)
                #expect(isChanged == table.change(id, from: state, change), "\(state) \(change)")
            case 8:
                let done = now - 40_000_000
                let expired = now - 90_000_000
                let count = try await disk.sweep(doneBefore: done, expiredBefore: expired, limit: 3)
                #expect(count == table.sweep(doneBefore: done, expiredBefore: expired, limit: 3))
            default:
                let scope = SimulatedTableTests.write(dice, now).scope
                #expect(try await disk.find(scope) == table.find(scope))
            }
            let query = JournalQuery(
                states: dice.rolls(0.5) ? Set(WriteState.allCases) : [dice.pick(WriteState.allCases), .unknown],
                vendorEntryID: dice.rolls(0.2) ? "7" : nil,
                changedBefore: dice.rolls(0.3) ? now - 20_000_000 : nil,
                after: dice.rolls(0.2) ? id : 0,
                limit: dice.pick([2, 100])
            )
            #expect(try await disk.list(query) == table.list(query))
        }
    }

    private static func write(_ dice: SimulationDice, _ now: Int64) -> NewWrite {
        NewWrite(
            scope: WriteScope(
                caller: dice.pick(["jane", "joe"]),
                connection: "acme",
                operation: dice.pick([.create, .update]),
                key: dice.pick(["a", "b", "a/1"])
            ),
            isKeyGenerated: dice.rolls(0.5),
            fingerprint: [UInt8](repeating: UInt8(dice.int(0...3)), count: 32),
            createdAt: now,
            intent: WriteIntent(
                entryID: dice.rolls(0.5) ? "7" : nil,
                method: "POST",
                url: "https://acme.example/entries",
                body: dice.rolls(0.5) ? [1, 2] : nil,
                vendorKey: dice.rolls(0.5) ? "k" : nil,
                entry: dice.rolls(0.5) ? [3] : nil
            )
        )
    }

    private static func change(_ dice: SimulationDice, _ now: Int64) -> WriteChange {
        let reply = StoredReply(status: 201, contentType: "application/json", location: nil, body: [5])
        return switch dice.int(0...9) {
        case 0: .sending(attempt: dice.int(2...4), at: now)
        case 1:
            .answered(
                StoredAnswer(status: 201, body: [4]),
                dice.rolls(0.5) ? reply : nil,
                reason: dice.rolls(0.5) ? "no entry" : nil,
                at: now
            )
        case 2...3: .done(reply, vendorEntryID: dice.rolls(0.5) ? "7" : nil, reason: nil, settledBy: "ann", at: now)
        case 4: .unknown(reason: "cut", at: now)
        case 5: .reconciling(at: now)
        case 6: .needsOperator(reason: "several", vendorEntryID: dice.rolls(0.5) ? "8" : nil, at: now)
        case 7: .expired(at: now)
        case 8: .notRecorded(reason: "not there", settledBy: "ann", at: now)
        default: .released
        }
    }
}
