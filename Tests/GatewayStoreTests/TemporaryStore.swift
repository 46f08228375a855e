import GatewayCore
import GatewayStore
import Glibc

/// A journal in a directory of its own, taken away at the end.
final class TemporaryStore {
    let directory: String
    var path: String { directory + "/journal.db" }
    private(set) var store: JournalStore?

    init() throws {
        var template = Array("/tmp/timegate-journal-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure("mkdtemp: \(errno)") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    struct Failure: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    @discardableResult
    func open(now: Int64 = 1_000) throws -> any Journal {
        let store = try JournalStore(path: path, now: now)
        self.store = store
        return store.journal()
    }

    func close() {
        store?.close()
        store = nil
    }

    /// The store was closed by somebody else.
    func forget() { store = nil }

    deinit {
        close()
        guard let files = opendir(directory) else { return }
        while let file = readdir(files) {
            let name = withUnsafeBytes(of: file.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink("\(directory)/\(name)") }
        }
        closedir(files)
        rmdir(directory)
    }

    static func write(_ key: String, caller: String = "jane", fingerprint: UInt8 = 1) -> NewWrite {
        NewWrite(
            scope: WriteScope(caller: caller, connection: "acme", operation: .create, key: key),
            isKeyGenerated: false,
            fingerprint: [UInt8](repeating: fingerprint, count: 32),
            createdAt: 1_000,
            intent: WriteIntent(
                method: "POST",
                url: "https://vendor.example/entries",
                body: Array("{\"a\":1}".utf8),
                vendorKey: "v-\(key)",
                entry: Array("{\"work_date\":\"2026-11-20\"}".utf8)
            )
        )
    }

    static let reply = StoredReply(
        status: 201,
        contentType: "application/json",
        location: "/v1/acme/time-entries/7",
        body: Array("{\"data\":{\"id\":\"7\"}}".utf8)
    )
}

extension JournalBegin {
    /// The row, where it was new.
    var id: Int64? { if case .begun(let id) = self { id } else { nil } }
}
