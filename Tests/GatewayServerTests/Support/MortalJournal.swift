import GatewayCore
import GatewayServer
import Synchronization

/// A journal of a process that ends at a named moment: whatever it is asked afterwards never reaches the file.
///
/// What stands in the file then is what a killed process leaves. (The call is answered with an error in place of silence,
/// so that nothing hangs; a test does not look at that answer.)
struct MortalJournal: Journal {
    /// Around the three commits that a write can make.
    enum Moment: String, Sendable, CaseIterable {
        case beforeIntent, afterIntent, beforeAnswer, afterAnswer, beforeDone, afterDone
    }

    /// Whether the process has ended, for the journals of all its event loops.
    final class Fate: Sendable {
        private let moment: Moment?
        private let hasEnded = Mutex(false)

        init(_ moment: Moment?) { self.moment = moment }

        var isOver: Bool { hasEnded.withLock { $0 } }

        func pass(_ moment: Moment?) throws(JournalFailure) {
            if let moment, moment == self.moment { hasEnded.withLock { $0 = true } }
            if isOver { throw JournalFailure("the process has ended", isPassing: false) }
        }
    }

    let journal: any Journal
    let fate: Fate

    func find(_ scope: WriteScope) async throws(JournalFailure) -> WriteRecord? {
        try fate.pass(nil)
        return try await journal.find(scope)
    }

    func list(_ query: JournalQuery) async throws(JournalFailure) -> [WriteRecord] {
        try fate.pass(nil)
        return try await journal.list(query)
    }

    func latestEntries(limit: Int) async throws(JournalFailure) -> [UInt64] {
        try fate.pass(nil)
        return try await journal.latestEntries(limit: limit)
    }

    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) async throws(JournalFailure) -> Int {
        try fate.pass(nil)
        return try await journal.sweep(doneBefore: doneBefore, expiredBefore: expiredBefore, limit: limit)
    }

    func begin(_ write: NewWrite) async throws(JournalFailure) -> JournalBegin {
        try fate.pass(.beforeIntent)
        let begun = try await journal.begin(write)
        try fate.pass(.afterIntent)
        return begun
    }

    func change(_ id: Int64, from state: WriteState, _ change: WriteChange) async throws(JournalFailure) -> Bool {
        let (before, after): (Moment?, Moment?) =
            switch change {
            case .answered: (.beforeAnswer, .afterAnswer)
            case .done: (.beforeDone, .afterDone)
            default: (nil, nil)
            }
        try fate.pass(before)
        let isChanged = try await journal.change(id, from: state, change)
        try fate.pass(after)
        return isChanged
    }
}
