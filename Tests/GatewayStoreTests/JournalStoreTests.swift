import GRDB
import GatewayCore
import GatewayStore
import Glibc
import Testing

/// The journal on disk.
struct JournalStoreTests {
    private func scope(_ key: String, caller: String = "jane") -> WriteScope {
        TemporaryStore.write(key, caller: caller).scope
    }

    @Test func aWriteIsFoundWithEverythingThatWasStored() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        let write = TemporaryStore.write("k")
        let id = try #require(try await journal.begin(write).id)
        let reply = TemporaryStore.reply
        let isDone = try await journal.change(
            id,
            from: .sending,
            .done(reply, vendorEntryID: "7", reason: nil, settledBy: nil, at: 2_000)
        )
        #expect(isDone)
        let found = try #require(try await journal.find(write.scope))
        #expect(found.state == .done)
        #expect(found.intent == write.intent)
        #expect(found.fingerprint == write.fingerprint)
        #expect(found.reply == reply)
        #expect(found.vendorEntryID == "7")
        #expect(found.createdAt == 1_000)
        #expect(found.changedAt == 2_000)
    }

    @Test func aFileWithTwoNamesIsRefusedAndOneUnderALinkHasOneLock() async throws {
        let files = try TemporaryStore()
        _ = try files.open()
        let link = files.path + ".link"
        #expect(symlink(files.path, link) == 0)
        #expect(throws: StoreFault.self) { try JournalStore(path: link, now: 0) }
        files.close()
        #expect(unlink(link) == 0)
        #expect(Glibc.link(files.path, link) == 0)
        let fault = #expect(throws: StoreFault.self) { try JournalStore(path: link, now: 0) }
        #expect("\(fault.debugDescription)".contains("hard links"))
        #expect(unlink(link) == 0)
        _ = try files.open()
    }

    @Test func aFileThatIsTakenAwayIsNotWrittenAnyMore() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        #expect(try await journal.begin(TemporaryStore.write("a")).id != nil)
        #expect(rename(files.path, files.path + ".away") == 0)
        // It is looked at once a second.
        var failure: JournalFailure?
        for number in 0..<600 where failure == nil {
            do throws(JournalFailure) {
                _ = try await journal.begin(TemporaryStore.write("k\(number)"))
            } catch {
                failure = error
            }
            usleep(20_000)
        }
        #expect("\(failure.debugDescription)".contains("removed or exchanged"))
        #expect(failure?.isPassing == false)
        #expect(rename(files.path + ".away", files.path) == 0)
    }

    @Test func aKeyIsTakenOnceForEachCaller() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        _ = try #require(try await journal.begin(TemporaryStore.write("k")).id)
        guard case .exists(let other) = try await journal.begin(TemporaryStore.write("k", fingerprint: 2)) else {
            Issue.record("the key was taken twice")
            return
        }
        #expect(other.fingerprint.first == 1)
        #expect(try await journal.begin(TemporaryStore.write("k", caller: "joe")).id != nil)
        #expect(try await journal.begin(TemporaryStore.write("l")).id != nil)
    }

    @Test func aChangeFromAnotherStateChangesNothing() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        let id = try #require(try await journal.begin(TemporaryStore.write("k")).id)
        #expect(try await journal.change(id, from: .unknown, .released) == false)
        #expect(try await journal.change(id, from: .sending, .unknown(reason: "cut", at: 3_000)))
        #expect(try await journal.change(id, from: .sending, .released) == false)
        let found = try #require(try await journal.find(scope("k")))
        #expect(found.state == .unknown)
        #expect(found.reason == "cut")
    }

    @Test func whatWasNotRecordedStaysListedUntilItIsForgottenAndItsKeyIsFree() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        let first = try #require(try await journal.begin(TemporaryStore.write("k")).id)
        #expect(try await journal.change(first, from: .sending, .unknown(reason: "cut", at: 2)))
        let said = WriteChange.notRecorded(reason: "A person has looked.", settledBy: "olga", at: 3)
        #expect(try await journal.change(first, from: .needsOperator, said) == false)
        #expect(try await journal.change(first, from: .unknown, said))
        #expect(try await journal.change(first, from: .unknown, said) == false)
        #expect(try await journal.find(scope("k")) == nil)
        let second = try #require(try await journal.begin(TemporaryStore.write("k")).id)

        files.close()
        journal = try files.open(now: 4)
        #expect(try await journal.list(JournalQuery(key: "k")).map(\.state) == [.notRecorded, .unknown])
        #expect(try await journal.list(JournalQuery(states: [.expired])).isEmpty)
        let listed = try #require(try await journal.list(JournalQuery(states: [.notRecorded], key: "k")).first)
        #expect(listed.id == first && listed.settledBy == "olga" && listed.changedAt == 3)
        #expect(listed.reason == "A person has looked.")
        #expect(listed.intent == TemporaryStore.write("k").intent)

        #expect(try await journal.sweep(doneBefore: 9, expiredBefore: 3, limit: 10) == 0)
        #expect(try await journal.sweep(doneBefore: 9, expiredBefore: 4, limit: 10) == 1)
        #expect(try await journal.list(JournalQuery()).map(\.id) == [second])
    }

    @Test func aReleasedKeyIsFreeAndAnExpiredOneToo() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        let first = try #require(try await journal.begin(TemporaryStore.write("k")).id)
        #expect(try await journal.change(first, from: .sending, .released))
        #expect(try await journal.find(scope("k")) == nil)
        let second = try #require(try await journal.begin(TemporaryStore.write("k")).id)
        let done = WriteChange.done(TemporaryStore.reply, vendorEntryID: "7", reason: nil, settledBy: nil, at: 2)
        #expect(try await journal.change(second, from: .sending, done))
        #expect(try await journal.change(second, from: .done, .expired(at: 3)))
        #expect(try await journal.find(scope("k")) == nil)
        let expired = try await journal.list(JournalQuery(states: [.expired]))
        #expect(expired.map(\.vendorEntryID) == ["7"])
        #expect(expired.first?.intent.body == nil)
        #expect(try await journal.begin(TemporaryStore.write("k")).id != nil)
    }

    @Test func theSweepExpiresAndForgetsByAgeAndLeavesWhatIsOpen() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        let day: Int64 = 24 * 3_600_000
        var ids: [Int64] = []
        for number in 0..<10 {
            let id = try #require(try await journal.begin(TemporaryStore.write("k\(number)")).id)
            ids.append(id)
            // The fourth stays open; the others end an hour apart.
            if number == 3 { continue }
            let done = WriteChange.done(
                TemporaryStore.reply,
                vendorEntryID: "\(number)",
                reason: nil,
                settledBy: nil,
                at: Int64(number) * 3_600_000
            )
            #expect(try await journal.change(id, from: .sending, done))
        }
        func states() async throws -> [WriteState] { try await journal.list(JournalQuery()).map(\.state) }
        // In steps of two rows, as a large journal is swept in steps of many.
        func sweep(done: Int64, expired: Int64) async throws {
            for _ in 0..<20 where try await journal.sweep(doneBefore: done, expiredBefore: expired, limit: 2) == 0 {}
        }
        try await sweep(done: 5 * 3_600_000, expired: 0)
        #expect(
            try await states() == [
                .expired, .expired, .expired, .sending, .expired, .done, .done, .done, .done, .done,
            ]
        )
        #expect(try await journal.find(scope("k5"))?.reply == TemporaryStore.reply)
        let expired = try await journal.list(JournalQuery(states: [.expired]))
        #expect(expired.allSatisfy { $0.reply?.body.isEmpty ?? true && $0.intent.body == nil })
        #expect(expired.map(\.vendorEntryID) == ["0", "1", "2", "4"])
        // What was open ends late, and is met again by the next sweep from the beginning.
        let late = WriteChange.done(TemporaryStore.reply, vendorEntryID: "3", reason: nil, settledBy: nil, at: 0)
        #expect(try await journal.change(ids[3], from: .sending, late))
        files.close()
        journal = try files.open()
        try await sweep(done: 9 * 3_600_000, expired: 0)
        #expect(try await states() == [WriteState](repeating: .expired, count: 9) + [.done])
        try await sweep(done: 9 * 3_600_000, expired: 9 * 3_600_000 + day + 1)
        #expect(try await states() == [.done])
    }

    @Test func whatWasUnderWayIsUnknownAfterARestart() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        let sending = try #require(try await journal.begin(TemporaryStore.write("sending")).id)
        let answered = try #require(try await journal.begin(TemporaryStore.write("answered")).id)
        let answer = StoredAnswer(status: 201, body: [1, 2, 3])
        #expect(try await journal.change(answered, from: .sending, .answered(answer, nil, at: 2)))
        let reconciling = try #require(try await journal.begin(TemporaryStore.write("reconciling")).id)
        #expect(try await journal.change(reconciling, from: .sending, .unknown(reason: "cut", at: 2)))
        #expect(try await journal.change(reconciling, from: .unknown, .reconciling(at: 2)))
        files.close()

        journal = try files.open(now: 9_000)
        let unknown = try await journal.list(JournalQuery(states: [.unknown]))
        #expect(unknown.map(\.id) == [sending, reconciling])
        #expect(unknown.first?.changedAt == 9_000)
        #expect(unknown.first?.reason?.contains("ended") == true)
        #expect(try await journal.find(scope("answered"))?.answer == answer)
    }

    @Test func oneProcessHasTheJournalToItself() async throws {
        let files = try TemporaryStore()
        try files.open()
        do throws(StoreFault) {
            _ = try JournalStore(path: files.path, now: 1)
            Issue.record("two stores have one journal")
        } catch {
            #expect(error.isInUse)
            #expect(error.description.contains("\(getpid())"))
        }
    }

    @Test func aJournalThatIsClosedIsFreeForOthersAtOnce() async throws {
        let files = try TemporaryStore()
        try files.open()
        let first = try #require(files.store)
        first.close()
        // Whoever still has the closed one does not keep others out.
        let second = try JournalStore(path: files.path, now: 1)
        second.close()
        withExtendedLifetime(first) {}
        files.forget()
    }

    @Test func onlyTheOwnerMayReadTheFile() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        _ = try await journal.begin(TemporaryStore.write("k"))
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(files.path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
        }
    }

    @Test func concurrentWritesShareCommits() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { _ = try? await journal.begin(TemporaryStore.write("k\(number)")) }
            }
        }
        let counters = try #require(files.store).counters
        #expect(counters.changes == 200)
        #expect(counters.commits < 200)
        #expect(try await journal.list(JournalQuery(limit: 1_000)).count == 200)
    }

    @Test func aFileThatIsNoJournalIsRefusedAndKept() async throws {
        let files = try TemporaryStore()
        let text = String(repeating: "not a database at all\n", count: 400)
        let file = try #require(fopen(files.path, "w"))
        fputs(text, file)
        fclose(file)
        do throws(StoreFault) {
            _ = try JournalStore(path: files.path, now: 1)
            Issue.record("it was opened")
        } catch {
            #expect(error.message.contains("damaged"))
            #expect(error.hint.contains("backup"))
        }
        var status = stat()
        stat(files.path, &status)
        #expect(Int(status.st_size) == text.utf8.count)
    }

    @Test func aDamagedPageIsFoundWhenItIsOpened() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        for number in 0..<200 { _ = try await journal.begin(TemporaryStore.write("k\(number)")) }
        files.close()
        let descriptor = Glibc.open(files.path, O_RDWR)
        let noise = [UInt8](repeating: 0xAA, count: 3_000)
        // Behind the pages that hold the schema and what is still empty.
        for page in 12..<16 { pwrite(descriptor, noise, noise.count, off_t(page * 4096 + 4)) }
        Glibc.close(descriptor)
        #expect(throws: StoreFault.self) { try JournalStore(path: files.path, now: 1) }
    }

    @Test func aLaterVersionsJournalIsRefused() async throws {
        let files = try TemporaryStore()
        try files.open()
        files.close()
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: of the future')") }
        try queue.close()
        do throws(StoreFault) {
            _ = try JournalStore(path: files.path, now: 1)
            Issue.record("it was opened")
        } catch {
            #expect(error.message.contains("later version"))
        }
    }

    @Test func aJournalOfTheFirstVersionIsBroughtUpToDateWithItsRows() async throws {
        let files = try TemporaryStore()
        let first = try files.open()
        let id = try #require(try await first.begin(TemporaryStore.write("old")).id)
        _ = try await first.change(
            id,
            from: .sending,
            .done(TemporaryStore.reply, vendorEntryID: "7", reason: nil, settledBy: nil, at: 2)
        )
        files.close()
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { database in
            try database.execute(
                sql: """
                    \(JournalStoreTests.backToTheSecondVersion)
                    ALTER TABLE writes DROP COLUMN uses_client_credentials;
                    ALTER TABLE answers DROP COLUMN reply_encoding;
                    DELETE FROM grdb_migrations WHERE identifier LIKE '2:%';
                    """
            )
        }
        try queue.close()
        let journal = try files.open()
        let old = try #require(try await journal.find(TemporaryStore.write("old").scope))
        #expect(old.reply == TemporaryStore.reply)
        #expect(!old.intent.usesClientCredentials)
        var write = TemporaryStore.write("new")
        write.intent.usesClientCredentials = true
        let next = try #require(try await journal.begin(write).id)
        var reply = TemporaryStore.reply
        reply.contentEncoding = "gzip"
        _ = try await journal.change(
            next,
            from: .sending,
            .done(reply, vendorEntryID: "8", reason: nil, settledBy: nil, at: 3)
        )
        let new = try #require(try await journal.find(write.scope))
        #expect(new.reply == reply)
        #expect(new.intent == write.intent)
    }

    /// Makes the file what a gateway of that version would have left behind.
    private static let backToTheSecondVersion = """
        UPDATE writes SET state = 6, changed_at = (SELECT done_at FROM answers WHERE answers.id = writes.id),
            vendor_entry_id = (SELECT vendor_entry_id FROM answers WHERE answers.id = writes.id)
        WHERE state = 1 AND EXISTS (SELECT 1 FROM answers WHERE answers.id = writes.id AND done_at IS NOT NULL);
        ALTER TABLE writes DROP COLUMN settings;
        DELETE FROM grdb_migrations WHERE identifier LIKE '9:%';
        DROP TABLE entry_marks;
        DELETE FROM grdb_migrations WHERE identifier LIKE '8:%';
        DROP INDEX writes_open;
        DROP TABLE under_way;
        ALTER TABLE answers DROP COLUMN done_at;
        ALTER TABLE answers DROP COLUMN vendor_entry_id;
        CREATE INDEX writes_open ON writes (state, changed_at) WHERE state < 6;
        DELETE FROM grdb_migrations WHERE identifier LIKE '3:%';
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'id INTEGER PRIMARY KEY,', 'id INTEGER PRIMARY KEY AUTOINCREMENT,')
        WHERE name = 'writes';
        PRAGMA writable_schema = RESET;
        INSERT INTO sqlite_sequence SELECT 'writes', max(id) FROM writes;
        DELETE FROM grdb_migrations WHERE identifier LIKE '4:%';
        DROP INDEX writes_sent_again;
        DELETE FROM grdb_migrations WHERE identifier LIKE '7:%';
        DROP INDEX writes_not_recorded;
        ALTER TABLE writes DROP COLUMN is_not_recorded;
        DELETE FROM grdb_migrations WHERE identifier LIKE '6:%';
        """

    @Test func aJournalOfTheSecondVersionKeepsEveryState() async throws {
        let files = try TemporaryStore()
        let first = try files.open()
        for key in ["done", "sending", "unknown", "late"] {
            let id = try #require(try await first.begin(TemporaryStore.write(key)).id)
            switch key {
            case "done": _ = try await first.change(id, from: .sending, JournalStoreTests.done("7", at: 2))
            case "unknown": _ = try await first.change(id, from: .sending, .unknown(reason: "cut", at: 2))
            case "late": _ = try await first.change(id, from: .sending, JournalStoreTests.done("9", at: 3))
            default: break
            }
        }
        files.close()
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { try $0.execute(sql: JournalStoreTests.backToTheSecondVersion) }
        try queue.close()

        let journal = try files.open(now: 50)
        let states = try await journal.list(JournalQuery()).map { "\($0.scope.key) \($0.state) \($0.changedAt)" }
        #expect(states == ["done done 2", "sending unknown 50", "unknown unknown 2", "late done 3"])
        // Entries are found whichever version wrote them.
        let id = try #require(try await journal.begin(TemporaryStore.write("new")).id)
        _ = try await journal.change(id, from: .sending, JournalStoreTests.done("7", at: 60))
        let owners = try await journal.list(JournalQuery(states: [.done, .expired], vendorEntryID: "7"))
        #expect(owners.map(\.scope.key) == ["done", "new"])
        let tables = try await DatabaseQueue(path: files.path).read {
            try String.fetchAll($0, sql: "SELECT sql FROM sqlite_schema WHERE name = 'writes'")
        }
        #expect(tables.count == 1 && !tables[0].contains("AUTOINCREMENT"))
        // They expire alike.
        #expect(try await journal.sweep(doneBefore: 55, expiredBefore: 0, limit: 10) == 2)
        #expect(try await journal.list(JournalQuery(states: [.expired])).map(\.scope.key) == ["done", "late"])
        #expect(try await journal.list(JournalQuery(states: [.done])).map(\.scope.key) == ["new"])
    }

    @Test func keysOfAnEarlierVersionAreFoundInTheCaseThatTheyAreComparedIn() async throws {
        let files = try TemporaryStore()
        let first = try files.open()
        let uuid = "0198A1B2-7C3D-7E4F-8A5B-6C7D8E9F0A1B"
        let keys = [
            uuid, "\(uuid.lowercased().dropLast())C/Entry-7", "01arz3ndektsv4rrffq69g5fav", "Own-Key", "twice" + uuid,
        ]
        for key in keys { _ = try await first.begin(TemporaryStore.write(key)) }
        // Under a vendor's own key, which may be any text.
        let own = "A\(uuid.dropFirst())"
        var vendors = TemporaryStore.write(own)
        vendors.intent.vendorKey = own
        _ = try await first.begin(vendors)
        files.close()
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '5:%'") }
        try queue.close()
        let journal = try files.open()
        let found = try await journal.list(JournalQuery()).map(\.scope.key)
        #expect(
            found == [
                uuid.lowercased(), "\(uuid.lowercased().dropLast())c/Entry-7", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "Own-Key",
                "twice" + uuid, own,
            ]
        )
    }

    private static func done(_ id: String, at time: Int64) -> WriteChange {
        .done(TemporaryStore.reply, vendorEntryID: id, reason: nil, settledBy: nil, at: time)
    }

    @Test func aNumberIsGivenOnceAndOnesAfterARestartAreHigherThanAllThereAre() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        let first = try #require(try await journal.begin(TemporaryStore.write("a")).id)
        let released = try #require(try await journal.begin(TemporaryStore.write("b")).id)
        #expect(try await journal.change(released, from: .sending, .released))
        _ = try await journal.begin(TemporaryStore.write("a"))
        let next = try #require(try await journal.begin(TemporaryStore.write("b")).id)
        #expect(next > released && released > first)
        files.close()
        journal = try files.open()
        let later = try #require(try await journal.begin(TemporaryStore.write("c")).id)
        #expect(later > next)
    }

    @Test func whatIsDoneIsInNoOtherStateAnyMore() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        let id = try #require(try await journal.begin(TemporaryStore.write("k")).id)
        #expect(try await journal.change(id, from: .sending, JournalStoreTests.done("7", at: 2)))
        // Somebody who comes late takes it for one under way.
        let late: [WriteChange] = [
            JournalStoreTests.done("8", at: 3), .unknown(reason: "cut", at: 3), .released, .sending(attempt: 2, at: 3),
            .answered(StoredAnswer(status: 500, body: []), nil, at: 3),
        ]
        for change in late { #expect(try await journal.change(id, from: .sending, change) == false) }
        for _ in 0..<2 {
            let found = try #require(try await journal.find(scope("k")))
            #expect(found.state == .done)
            #expect(found.vendorEntryID == "7")
            #expect(found.changedAt == 2)
            #expect(try await journal.list(JournalQuery(states: [.sending, .unknown])).isEmpty)
            // Nor does a restart make anything else of it.
            files.close()
            journal = try files.open(now: 9_000)
        }
    }

    @Test func whatIsUnderWayIsListedWithoutAnIndexAndFoundAgainAfterThousandsOfOthers() async throws {
        let files = try TemporaryStore()
        var journal = try files.open()
        func finish(_ numbers: Range<Int>) async throws {
            try await withThrowingTaskGroup { [journal] group in
                for worker in 0..<16 {
                    group.addTask {
                        for number in numbers where number % 16 == worker {
                            let id = try #require(try await journal.begin(TemporaryStore.write("k\(number)")).id)
                            #expect(
                                try await journal.change(id, from: .sending, JournalStoreTests.done("\(number)", at: 2))
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        func mark() async throws -> Int {
            files.close()
            let queue = try DatabaseQueue(path: files.path)
            let mark = try await queue.read { try Int.fetchOne($0, sql: "SELECT lowest FROM under_way") }
            try queue.close()
            journal = try files.open(now: 9_000)
            return try #require(mark)
        }
        try await finish(0..<5_000)
        #expect((4_096...5_001).contains(try await mark()))

        // One that stays holds the mark back, however many come after it.
        let slow = try #require(try await journal.begin(TemporaryStore.write("slow")).id)
        try await finish(5_000..<15_000)
        #expect(try await journal.list(JournalQuery(states: [.sending])).map(\.id) == [slow])
        #expect(try await mark() <= slow)
        #expect(try await journal.list(JournalQuery(states: [.unknown])).map(\.id) == [slow])
        #expect(try await journal.find(scope("k14999"))?.state == .done)

        // Once it is settled, the mark follows.
        try await finish(15_000..<20_000)
        #expect(try await mark() > 15_000)

        // What is sent again long after is found as well, though the mark has passed it.
        #expect(try await journal.change(slow, from: .unknown, .sending(attempt: 2, at: 9_000)))
        #expect(try await journal.list(JournalQuery(states: [.sending])).map(\.id) == [slow])
        #expect(try await mark() > 15_000)
        #expect(try await journal.list(JournalQuery(states: [.unknown])).map(\.id) == [slow])
        #expect(try await journal.change(slow, from: .unknown, .sending(attempt: 3, at: 9_000)))
        #expect(try await journal.change(slow, from: .sending, JournalStoreTests.done("of the slow one", at: 9_001)))
        #expect(try await journal.list(JournalQuery(vendorEntryID: "of the slow one")).map(\.id) == [slow])
        #expect(try await mark() > 15_000)
        #expect(try await journal.find(scope("slow"))?.state == .done)
        #expect(try await journal.list(JournalQuery(vendorEntryID: "of the slow one")).map(\.id) == [slow])
    }

    @Test func aDirectoryThatIsNotThereIsNamed() throws {
        #expect(throws: StoreFault.self) { try JournalStore(path: "/nowhere/at/all/journal.db", now: 1) }
    }

    @Test func whatIsNotSettledNeverExpiresWhateverTheClockSays() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        let answer = StoredAnswer(status: 201, body: [1])
        let changes: [(String, [(WriteState, WriteChange)])] = [
            ("sending", []),
            ("answered", [(.sending, .answered(answer, nil, at: 2))]),
            ("unknown", [(.sending, .unknown(reason: "cut", at: 2))]),
            ("reconciling", [(.sending, .unknown(reason: "cut", at: 2)), (.unknown, .reconciling(at: 2))]),
            (
                "operator",
                [(.sending, .unknown(reason: "cut", at: 2)), (.unknown, .needsOperator(reason: "several", at: 2))]
            ),
            ("done", [(.sending, .done(TemporaryStore.reply, vendorEntryID: "7", reason: nil, settledBy: nil, at: 2))]),
        ]
        for (key, steps) in changes {
            let id = try #require(try await journal.begin(TemporaryStore.write(key)).id)
            for (state, change) in steps { #expect(try await journal.change(id, from: state, change)) }
        }
        // A clock that jumps back expires nothing; one that jumps a thousand years expires what is done.
        #expect(try await journal.sweep(doneBefore: -1_000_000, expiredBefore: -1_000_000, limit: 100) == 0)
        #expect(try await journal.list(JournalQuery()).count == 6)
        let future: Int64 = 1_000 * 365 * 24 * 3_600_000
        _ = try await journal.sweep(doneBefore: future, expiredBefore: future, limit: 100)
        let left = try await journal.list(JournalQuery()).filter { $0.state != .expired }
        #expect(left.map(\.state) == [.sending, .answered, .unknown, .reconciling, .needsOperator])
    }

    @Test func aKeyThatExpiresWhileItsRetryArrivesIsReplayedOrFree() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        for round in 0..<50 {
            let write = TemporaryStore.write("k\(round)")
            let id = try #require(try await journal.begin(write).id)
            let done = WriteChange.done(TemporaryStore.reply, vendorEntryID: "7", reason: nil, settledBy: nil, at: 2)
            #expect(try await journal.change(id, from: .sending, done))
            async let swept = journal.sweep(doneBefore: 10, expiredBefore: 0, limit: 10)
            async let found = journal.find(write.scope)
            async let begun = journal.begin(write)
            #expect(try await swept == 1)
            if let record = try await found, record.id == id { #expect(record.reply == TemporaryStore.reply) }
            switch try await begun {
            case .begun(let new): #expect(new != id)
            case .exists(let record): #expect(record.reply == TemporaryStore.reply)
            }
        }
    }

    @Test func aFileThatAnotherProgramHoldsLockedIsWaitedForAndThenRefusedUntilItIsFree() async throws {
        let files = try TemporaryStore()
        let journal = try files.open()
        // A backup program that takes the whole file, say.
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: files.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        do throws(JournalFailure) {
            _ = try await journal.begin(TemporaryStore.write("k"))
            Issue.record("it was written")
        } catch {
            #expect(error.isPassing)
        }
        #expect(files.store?.failure?.isPassing == true)
        // Reads need no lock.
        #expect(try await journal.find(scope("k")) == nil)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        #expect(try await journal.begin(TemporaryStore.write("k")).id != nil)
        #expect(files.store?.failure == nil)
        try other.close()
    }
}
