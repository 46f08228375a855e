internal import GatewayCore

/// Which writes have ended with which entry, of those that ended in the usual way: their rows of answers hold the entry.
/// Used on the store's thread only.
///
/// Many vendors give their entries identifiers in no order (UUIDs). An index of SQLite would have each write change a page of
/// its own for that, and a commit of several writes cost more by it than by all the rest. Here the latest are in memory, and
/// some thousands go to the file at once, as marks: what a look-up finds is compared with the rows themselves.
///
/// The file has the marks of all rows below the mark of ``UnderWay``, and is brought forward with it; those behind it are read
/// from their rows when they are first needed.
final class EntryIndex {
    /// An entry, about, and the number of a write that ended with it.
    private struct Mark {
        let hash: UInt64
        let id: Int64
    }

    /// Not in the file yet.
    private var recent: [Mark] = []
    /// Of the open transaction.
    private var added: [Mark] = []
    /// The rows that the process before left behind the mark.
    private var unread: Range<Int64>
    private let rows: Statement
    private let insert: Statement
    private let blocks: Statement
    private let delete: Statement
    private let settled: Statement

    /// - Parameter unread: the numbers of the rows from the mark on.
    init(_ database: OpaquePointer, unread: Range<Int64>) throws(StoreError) {
        self.unread = unread
        rows = try Statement(
            database,
            "SELECT id, vendor_entry_id FROM answers WHERE id >= ? AND id < ? AND vendor_entry_id IS NOT NULL"
        )
        insert = try Statement(database, "INSERT INTO entry_marks (place, marks) VALUES (?, ?)")
        blocks = try Statement(
            database,
            "SELECT marks FROM entry_marks WHERE place >= ? AND place < ? ORDER BY place DESC"
        )
        settled = try Statement(
            database,
            "SELECT id, vendor_entry_id FROM writes INDEXED BY writes_entry WHERE vendor_entry_id IS NOT NULL LIMIT ?"
        )
        delete = try Statement(database, "DELETE FROM entry_marks WHERE place >= ? AND place < ?")
    }

    // MARK: - Blocks

    /// By the first bits of the hash, so that a look-up reads this part of the file only.
    private static let bucketBits = 4
    private static let buckets = 1 << bucketBits
    private static let bytesOfMark = 16

    /// The number of a block's row: its bucket, and the number that all its writes are below.
    private static func place(_ bucket: Int, below id: Int64) -> Int64 { Int64(bucket) << 56 | id }

    private static func bucket(_ hash: UInt64) -> Int { Int(hash >> UInt64(64 - bucketBits)) }

    /// What an earlier version has indexed of the rows below the mark.
    static func fill(_ database: OpaquePointer, below mark: Int64) throws(StoreError) {
        let index = try EntryIndex(database, unread: mark..<mark)
        let indexed = try Statement(
            database,
            """
            SELECT id, vendor_entry_id FROM answers INDEXED BY answers_entry \
            WHERE vendor_entry_id IS NOT NULL AND id < ?
            """
        )
        indexed.begin()
        indexed.bind(mark)
        index.recent = try marks(indexed)
        try index.write(below: mark)
    }

    // MARK: - Adding

    func add(_ entryID: String, _ id: Int64) { added.append(Mark(hash: EntryHash.of(entryID), id: id)) }

    /// Writes what is below a number in the open transaction. Nothing below it is under way.
    func write(below mark: Int64) throws(StoreError) {
        try read(below: mark)
        var bytes = [[UInt8]](repeating: [], count: EntryIndex.buckets)
        for one in recent where one.id < mark {
            let bucket = EntryIndex.bucket(one.hash)
            withUnsafeBytes(of: one.hash.littleEndian) { bytes[bucket].append(contentsOf: $0) }
            withUnsafeBytes(of: one.id.littleEndian) { bytes[bucket].append(contentsOf: $0) }
        }
        for (bucket, bytes) in bytes.enumerated() where !bytes.isEmpty {
            insert.begin()
            insert.bind(EntryIndex.place(bucket, below: mark))
            insert.bind(bytes)
            try insert.run()
        }
    }

    /// - Parameter mark: below which the transaction wrote.
    func commit(mark: Int64?) {
        if let mark { recent.removeAll { $0.id < mark } }
        recent += added
        added.removeAll(keepingCapacity: true)
    }

    func rollBack() { added.removeAll(keepingCapacity: true) }

    private func read(below end: Int64) throws(StoreError) {
        let end = min(end, unread.upperBound)
        guard unread.lowerBound < end else { return }
        rows.begin()
        rows.bind(unread.lowerBound)
        rows.bind(end)
        recent += try EntryIndex.marks(rows)
        unread = end..<unread.upperBound
    }

    private static func marks(_ rows: Statement) throws(StoreError) -> [Mark] {
        var marks: [Mark] = []
        while try rows.step() {
            if let entryID = rows.text(1) { marks.append(Mark(hash: EntryHash.of(entryID), id: rows.integer(0))) }
        }
        rows.end()
        return marks
    }

    // MARK: - Looking up

    /// The numbers of the writes that may have ended with one of these entries: all that have, and seldom another.
    func candidates(_ entryIDs: [String]) throws(StoreError) -> [Int64] {
        try read(below: .max)
        var found: [Int64] = []
        for hash in Set(entryIDs.map(EntryHash.of)) {
            for mark in recent where mark.hash == hash { found.append(mark.id) }
            let bucket = EntryIndex.bucket(hash)
            blocks.begin()
            blocks.bind(EntryIndex.place(bucket, below: 0))
            blocks.bind(EntryIndex.place(bucket + 1, below: 0))
            while try blocks.step() {
                blocks.withBytes(0) { bytes in
                    EntryIndex.forEach(bytes) { mark in if mark.hash == hash { found.append(mark.id) } }
                }
            }
            blocks.end()
        }
        return found
    }

    /// The latest entries, the latest last: about so many of those that ended in the usual way, and of those that were settled.
    func latest(_ limit: Int) throws(StoreError) -> [UInt64] {
        try read(below: .max)
        var found: [Mark] = []
        for bucket in 0..<EntryIndex.buckets {
            var left = limit / EntryIndex.buckets
            blocks.begin()
            blocks.bind(EntryIndex.place(bucket, below: 0))
            blocks.bind(EntryIndex.place(bucket + 1, below: 0))
            while left > 0, try blocks.step() {
                blocks.withBytes(0) { bytes in
                    EntryIndex.forEach(bytes) { mark in found.append(mark) }
                    left -= bytes.count / EntryIndex.bytesOfMark
                }
            }
            blocks.end()
        }
        settled.begin()
        settled.bind(Int64(limit))
        found += try EntryIndex.marks(settled)
        return (found + recent).sorted { $0.id < $1.id }.suffix(limit).map(\.hash)
    }

    private static func forEach(_ block: UnsafeRawBufferPointer, _ body: (Mark) -> Void) {
        for start in stride(from: 0, to: block.count, by: bytesOfMark) {
            let hash = UInt64(littleEndian: block.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            let id = Int64(littleEndian: block.loadUnaligned(fromByteOffset: start + 8, as: Int64.self))
            body(Mark(hash: hash, id: id))
        }
    }

    /// Forgets the marks of rows that are gone: all below a number.
    func forget(below id: Int64) throws(StoreError) {
        for bucket in 0..<EntryIndex.buckets {
            delete.begin()
            delete.bind(EntryIndex.place(bucket, below: 0))
            delete.bind(EntryIndex.place(bucket, below: id + 1))
            try delete.run()
        }
    }
}
