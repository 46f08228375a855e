import Synchronization

@testable import GatewayCore

/// Takes every write, keeps what it was changed to, and fails where it is told to.
final class StubJournal: Journal {
    private struct Inside {
        var changes: [WriteChange] = []
        var beginFailure: JournalFailure?
        var changeFailure: JournalFailure?
    }

    private let inside: Mutex<Inside>

    init(beginFailure: JournalFailure? = nil, changeFailure: JournalFailure? = nil) {
        inside = Mutex(Inside(beginFailure: beginFailure, changeFailure: changeFailure))
    }

    /// The states that the write went to; `nil` where it was released.
    var states: [WriteState?] { inside.withLock { $0.changes.map(\.state) } }

    func find(_ scope: WriteScope) async throws(JournalFailure) -> WriteRecord? { nil }

    func begin(_ write: NewWrite) async throws(JournalFailure) -> JournalBegin {
        if let failure = inside.withLock({ $0.beginFailure }) { throw failure }
        return .begun(1)
    }

    func change(_ id: Int64, from state: WriteState, _ change: WriteChange) async throws(JournalFailure) -> Bool {
        if let failure = inside.withLock({ $0.changeFailure }) { throw failure }
        inside.withLock { $0.changes.append(change) }
        return true
    }

    func list(_ query: JournalQuery) async throws(JournalFailure) -> [WriteRecord] { [] }

    func latestEntries(limit: Int) async throws(JournalFailure) -> [UInt64] { [] }

    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) async throws(JournalFailure) -> Int { 0 }
}
