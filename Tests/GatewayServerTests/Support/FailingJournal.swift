import GatewayCore
import Synchronization

/// A journal whose disk does not take certain commits for a while.
struct FailingJournal: Journal {
    /// What is refused now, for the journals of all event loops.
    final class Disk: Sendable {
        enum Refusal: Sendable { case nothing, intents, changes }

        private let state = Mutex(Refusal.nothing)

        var refuses: Refusal {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }

        func ask(_ refusal: Refusal) throws(JournalFailure) {
            if refuses == refusal { throw JournalFailure("database or disk is full", isPassing: true) }
        }
    }

    let journal: any Journal
    let disk: Disk

    func find(_ scope: WriteScope) async throws(JournalFailure) -> WriteRecord? { try await journal.find(scope) }

    func list(_ query: JournalQuery) async throws(JournalFailure) -> [WriteRecord] { try await journal.list(query) }

    func latestEntries(limit: Int) async throws(JournalFailure) -> [UInt64] {
        try await journal.latestEntries(limit: limit)
    }

    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) async throws(JournalFailure) -> Int {
        try await journal.sweep(doneBefore: doneBefore, expiredBefore: expiredBefore, limit: limit)
    }

    func begin(_ write: NewWrite) async throws(JournalFailure) -> JournalBegin {
        try disk.ask(.intents)
        return try await journal.begin(write)
    }

    func change(_ id: Int64, from state: WriteState, _ change: WriteChange) async throws(JournalFailure) -> Bool {
        try disk.ask(.changes)
        return try await journal.change(id, from: state, change)
    }
}
