import GatewayCore
import Glibc
import Testing

@testable import GatewayStore

/// The power goes: whatever was not synced is gone, or is there in part.
@Suite(.serialized)
struct PowerLossTests {
    private struct Told: Sendable {
        var key: String
        /// The state that the store had confirmed.
        var state: WriteState
    }

    /// Writes as calls do, and gives what the store had confirmed.
    private func write(_ journal: any Journal, _ keys: Range<Int>) async -> [Told] {
        await withTaskGroup(of: Told?.self) { group in
            for number in keys {
                group.addTask {
                    let key = "k\(number)"
                    guard let id = try? await journal.begin(TemporaryStore.write(key)).id else { return nil }
                    guard number % 3 > 0 else { return Told(key: key, state: .sending) }
                    let done = WriteChange.done(
                        TemporaryStore.reply,
                        vendorEntryID: key,
                        reason: nil,
                        settledBy: nil,
                        at: 2
                    )
                    guard (try? await journal.change(id, from: .sending, done)) == true else { return nil }
                    return Told(key: key, state: .done)
                }
            }
            return await group.reduce(into: []) { if let told = $1 { $0.append(told) } }
        }
    }

    @Test(
        "what the store has confirmed is there after the power was cut, whatever the disk did with the rest",
        arguments: [nil, 512, 4_096, 5_120, 100_000]
    )
    func cut(keepsUnsynced: Int?) async throws {
        let files = try TemporaryStore()
        PowerLoss.shared.watch(files.directory)
        defer { PowerLoss.shared.forget(files.directory) }
        let journal = try files.open()
        let before = PowerLoss.shared.syncs
        // Enough for several checkpoints of 1,000 pages.
        for round in 0..<12 {
            let told = await write(journal, round * 100..<(round + 1) * 100)
            #expect(told.count == 100)
            let copy = try TemporaryStore()
            PowerLoss.shared.leaveBehind(files.path, at: copy.path, keepsUnsynced: keepsUnsynced)
            let found = try await copy.open().list(JournalQuery(limit: 10_000))
            let states = Dictionary(uniqueKeysWithValues: found.map { ($0.scope.key, $0) })
            for write in told {
                let row = states[write.key]
                // What was under way is not known after a start.
                #expect(row?.state == (write.state == .done ? .done : .unknown), "\(write.key) of round \(round)")
                if write.state == .done { #expect(row?.vendorEntryID == write.key) }
            }
            #expect(found.count == (round + 1) * 100)
        }
        #expect(PowerLoss.shared.syncs > before)
    }

    @Test("the model is one that finds what is not synced: without syncs nothing is left")
    func model() async throws {
        let files = try TemporaryStore()
        PowerLoss.shared.watch(files.directory)
        defer { PowerLoss.shared.forget(files.directory) }
        let path = files.directory + "/other.db"
        let queue = try UnsyncedDatabase.make(path)
        let copy = try TemporaryStore()
        PowerLoss.shared.leaveBehind(path, at: copy.path)
        #expect(try UnsyncedDatabase.count(queue) == 1)
        #expect(UnsyncedDatabase.isEmpty(copy.path))
    }

    @Test("a journal that SQLite runs so that a commit can be lost is refused")
    func notDurable() async throws {
        let files = try TemporaryStore()
        let path = files.directory + "/other.db"
        let queue = try UnsyncedDatabase.make(path)
        let fault = try #require(throws: StoreFault.self) { try JournalStore.check(queue, path, bytes: 0) }
        #expect(fault.message.contains("synchronous=0, which can lose a commit"))
    }
}
