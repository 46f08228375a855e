/// A vendor's entries by id, in the order in which they were created.
struct EntryStore<Entry: Sendable>: Sendable {
    private var entries: [String: Entry] = [:]
    private(set) var ids: [String] = []
    /// How many entries were ever created; new ids are counted from it, so that a run gives the same ids each time.
    private(set) var created = 0

    var count: Int { entries.count }

    subscript(id: String) -> Entry? { entries[id] }

    /// Stores the entry that `make` returns for the 0-based number of this creation.
    mutating func create(_ make: (Int) -> (id: String, entry: Entry)) -> Entry {
        let (id, entry) = make(created)
        created += 1
        entries[id] = entry
        ids.append(id)
        return entry
    }

    mutating func update(_ id: String, _ change: (inout Entry) -> Void) {
        guard var entry = entries[id] else { return }
        change(&entry)
        entries[id] = entry
    }

    /// Takes the entry away; the others keep their order.
    mutating func remove(_ id: String) -> Entry? {
        ids.removeAll { $0 == id }
        return entries.removeValue(forKey: id)
    }

    /// In the order in which they were created.
    var all: [Entry] { ids.compactMap { entries[$0] } }
}
