import GatewayStore
import Glibc

/// The demo's journal, in a directory of its own that goes with it.
struct DemoJournal {
    private let directory: String
    let store: JournalStore

    init() throws {
        var template = Array("\(Environment.value("TMPDIR") ?? "/tmp")/timegate-demo-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            Output.words.line(
                "No temporary directory can be made for the journal: \(String(cString: strerror(errno)))."
            )
            throw ExitStatus.fault.exit
        }
        directory = String(cString: made)
        do throws(StoreFault) {
            store = try JournalStore.open("\(directory)/timegate.db")
        } catch {
            Output.words.line(error.description)
            rmdir(directory)
            throw ExitStatus.fault.exit
        }
    }

    func remove() {
        store.close()
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink("\(directory)/timegate.db\(suffix)") }
        rmdir(directory)
    }
}
