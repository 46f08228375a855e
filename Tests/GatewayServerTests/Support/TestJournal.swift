import GatewayServer
import GatewayStore
import Glibc
import Synchronization

/// A journal in a directory of its own, which is taken away when it is closed.
final class TestJournal: Sendable {
    let directory: String
    let store: JournalStore

    init() throws {
        var template = Array("/tmp/timegate-test-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = try JournalStore(path: directory + "/journal.db", now: 0)
    }

    var source: JournalSource {
        let store = store
        return JournalSource(name: store.path, failure: { store.failure }, make: { store.journal(hop: $0) })
    }

    func close() {
        store.close()
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink("\(store.path)\(suffix)") }
        rmdir(directory)
    }
}
