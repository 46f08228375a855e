import GatewayCore
import GatewayServer
import GatewayStore
import Glibc
import Synchronization

extension JournalStore {
    /// How long a command waits for another one to let go of the journal, in steps of milliseconds.
    private static let patience = (steps: 100, milliseconds: UInt32(100))

    /// Opens the journal of a configuration.
    ///
    /// - Parameter command: what opens it, if that is not a gateway. It waits for a while for another command.
    static func open(_ path: String, for command: String? = nil) throws(StoreFault) -> JournalStore {
        for _ in 0..<patience.steps {
            do throws(StoreFault) {
                return try opened(path, command)
            } catch {
                guard error.isHeldByCommand, command != nil else { throw error }
                usleep(patience.milliseconds * 1000)
            }
        }
        return try opened(path, command)
    }

    private static func opened(_ path: String, _ command: String?) throws(StoreFault) -> JournalStore {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        return try JournalStore(path: path, now: now, command: command)
    }

    /// The journal as the gateway takes it.
    var source: JournalSource {
        JournalSource(name: path, failure: { self.failure }, make: { hop in self.journal(hop: hop) })
    }
}

/// The journal of a command that may come to write: opened when it does, and closed at the end.
final class CommandJournal: Sendable {
    private let path: String?
    private let words: Output
    private let store: Mutex<JournalStore?>

    /// - Parameters:
    ///   - path: `nil` where the configuration switches the journal off.
    ///   - store: the journal, where it is open already.
    init(path: String?, store: JournalStore? = nil, words: Output) {
        self.path = path
        self.words = words
        self.store = Mutex(store)
    }

    /// The journal for one write.
    ///
    /// A running gateway has the journal to itself. A write without a key promises nothing over one sending, so it goes
    /// on without; one with a key is refused. Another command is waited for: it may be looking for just such an entry.
    ///
    /// - Throws: `journal_unavailable`
    func open(hasKey: Bool) throws(Problem) -> JournalSource? {
        guard let path else { return nil }
        do throws(StoreFault) {
            if let open = store.withLock({ $0 }) { return open.source }
            let opened = try JournalStore.open(path, for: "entry")
            store.withLock { $0 = opened }
            return opened.source
        } catch {
            if error.isInUse, !error.isHeldByCommand, !hasKey {
                words.line("Not in the journal: \(error.message). --server goes through that gateway.")
                return nil
            }
            throw Problem(.journalUnavailable, error.description, origin: .gateway, retry: .after)
        }
    }

    func close() { store.withLock { $0 }?.close() }
}
