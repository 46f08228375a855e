import GRDB
import GatewayCore
import GatewayStore
import Testing

/// Writes are found by the entry that they ended with, wherever the index has it: in memory, in the file, or in rows that
/// the process before left behind.
struct EntryIndexTests {
    /// Ends a write with each of these entries.
    private func finish(_ journal: any Journal, _ entries: [String], key: String) async throws {
        try await withThrowingTaskGroup { group in
            for worker in 0..<16 {
                group.addTask {
                    for (number, entry) in entries.enumerated() where number % 16 == worker {
                        let write = TemporaryStore.write("\(key)-\(number)")
                        let id = try #require(try await journal.begin(write).id)
                        let done = WriteChange.done(
                            TemporaryStore.reply,
                            vendorEntryID: entry,
                            reason: nil,
                            settledBy: nil,
                            at: 2
                        )
                        #expect(try await journal.change(id, from: .sending, done))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func keys(_ journal: any Journal, _ entry: String, limit: Int = 100) async throws -> [String] {
        try await journal.list(JournalQuery(vendorEntryID: entry, limit: limit)).map(\.scope.key)
    }

    private func blocks(_ files: TemporaryStore) async throws -> Int {
        try await DatabaseQueue(path: files.path).read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM entry_marks") ?? 0
        }
    }

    @Test func everyEntryIsFoundWhereverItStands() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        var random = SystemRandomNumberGenerator()
        func uuid() -> String { "\(UInt64.random(in: 0 ... .max, using: &random))-\(Int.random(in: 0...99))" }
        // Some in memory only, some in the file as well, after each of the starts.
        for (round, count) in [700, 5_000, 300, 9_000].enumerated() {
            let entries = (0..<count).map { _ in uuid() }
            try await finish(journal, entries, key: "r\(round)")
            for pass in 0..<2 {
                for number in stride(from: 0, to: count, by: 101) {
                    #expect(try await keys(journal, entries[number]) == ["r\(round)-\(number)"], "pass \(pass)")
                }
                #expect(try await keys(journal, uuid()) == [])
                files.close()
                journal = try files.open()
            }
        }
        #expect(try await blocks(files) >= 2 * 16)
    }

    @Test func allWritesOfOneEntryAreFoundHoweverManyTheyAre() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        try await finish(journal, Array(repeating: "7", count: 6_000), key: "k")
        try await finish(journal, ["8"], key: "other")
        #expect(try await keys(journal, "7", limit: 10_000).count == 6_000)
        #expect(try await keys(journal, "7", limit: 10).count == 10)
        #expect(try await keys(journal, "8") == ["other-0"])
    }

    @Test func theLatestEntriesAreToldWhereverTheyStandAndTheLatestLast() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        try await finish(journal, (0..<6_000).map { "early \($0)" }, key: "early")
        try await finish(journal, (0..<5_000).map { "later \($0)" }, key: "later")
        files.close()
        journal = try files.open()
        try await finish(journal, ["late"], key: "late")
        let id = try #require(try await journal.begin(TemporaryStore.write("settled")).id)
        _ = try await journal.change(id, from: .sending, .unknown(reason: "cut", at: 3))
        _ = try await journal.change(
            id,
            from: .unknown,
            .done(TemporaryStore.reply, vendorEntryID: "settled", reason: "found", settledBy: nil, at: 4)
        )
        let latest = try await journal.latestEntries(limit: 5_002)
        #expect(latest.count == 5_002)
        #expect(latest.suffix(2) == [EntryHash.of("late"), EntryHash.of("settled")])
        #expect(Set(latest.dropLast(2)) == Set((0..<5_000).map { EntryHash.of("later \($0)") }))
    }

    @Test func aSpellingOfAUUIDIsAsGoodAsTheOther() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        try await finish(journal, ["0198A1B2-7C3D-7E4F-8A5B-6C7D8E9F0A1B"], key: "k")
        #expect(try await keys(journal, "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b") == ["k-0"])
    }

    @Test func whatIsForgottenLeavesNothingBehindAndNumbersGoOn() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        try await finish(journal, (0..<5_000).map(String.init), key: "old")
        #expect(try await blocks(files) == 16)
        let last = try #require(try await journal.list(JournalQuery(vendorEntryID: "4999")).first?.id)
        while try await journal.sweep(doneBefore: 3, expiredBefore: 0, limit: 10_000) > 0 {}
        #expect(try await keys(journal, "7") == ["old-7"])
        while try await journal.sweep(doneBefore: 3, expiredBefore: .max, limit: 10_000) > 0 {}
        #expect(try await keys(journal, "7") == [])
        #expect(try await blocks(files) == 0)
        files.close()

        // In an empty journal, too: a start looks for what was under way among the later numbers only.
        journal = try files.open()
        let next = try #require(try await journal.begin(TemporaryStore.write("new")).id)
        #expect(next > last - 1_000)
        files.close()
        journal = try files.open()
        #expect(try await journal.list(JournalQuery(states: [.unknown])).map(\.id) == [next])
        try await finish(journal, ["7"], key: "again")
        #expect(try await keys(journal, "7") == ["again-0"])
    }

    @Test func entriesOfAnEarlierVersionAreFound() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        try await finish(journal, (0..<5_000).map { "e\($0)" }, key: "k")
        files.close()
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { database in
            try database.execute(
                sql: """
                    DROP TABLE entry_marks;
                    CREATE INDEX answers_entry ON answers (vendor_entry_id) WHERE vendor_entry_id IS NOT NULL;
                    DELETE FROM grdb_migrations WHERE identifier LIKE '8:%';
                    """
            )
        }
        try queue.close()
        journal = try files.open()
        for number in stride(from: 0, to: 5_000, by: 97) {
            #expect(try await keys(journal, "e\(number)") == ["k-\(number)"])
        }
        #expect(try await blocks(files) == 16)
    }
}
