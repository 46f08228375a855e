import Foundation
import GatewayCore
import Testing

/// The real gateway on a disk that fails: no write is sent without its row, reads go on, and what is damaged is not opened.
@Suite("A disk that fails", .serialized, .timeLimit(.minutes(3)))
struct DiskFaultTests {
    /// A write is refused before it is sent, reads go on, and the gateway says that it is not ready.
    ///
    /// - Parameter isDoubtful: the row may stand in the file all the same, so that the next start decides.
    private func expectRefusal(
        _ gateway: ChaosGateway,
        _ entry: ChaosEntry,
        recorded: Int,
        isDoubtful: Bool = false
    ) async throws {
        let refused = try #require(await gateway.create(entry))
        #expect(refused.status == (isDoubtful ? 502 : 503))
        #expect(refused.code == (isDoubtful ? "outcome_unknown" : "journal_unavailable"), "\(refused.json)")
        #expect(refused.sent == (isDoubtful ? "maybe" : "no"))
        #expect(try await gateway.recorded(at: entry.vendor).count == recorded)
        #expect(await gateway.list(at: "productive")?.status == 200)
        let readiness = try #require(await gateway.readiness())
        #expect(readiness.status == 503)
        #expect(readiness.json["status"] == "not_ready")
        #expect(readiness.json["journal"]?["state"] == "failed")
    }

    /// Writes are taken again, and the gateway says so.
    private func expectRecovery(_ gateway: ChaosGateway, _ entry: ChaosEntry) async throws {
        #expect(await gateway.create(entry)?.status == 201)
        let readiness = await gateway.readiness()
        #expect(readiness?.status == 200)
        #expect(readiness?.json["status"] == "ready")
    }

    @Test("a file that may not grow: 503 before anything is sent, and on again when it may")
    func fileSizeLimit() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            #expect(await gateway.create(ChaosEntry("productive", 1))?.status == 201)
            let process = try #require(gateway.identifier)
            let log = try FileManager.default.attributesOfItem(atPath: gateway.statePath + "-wal")
            let size = try #require(log[.size] as? Int)
            let limited = try await TimegateBinary.shell("prlimit --pid \(process) --fsize=\(size):")
            #expect(limited.status == 0, "\(limited.words)")

            let second = ChaosEntry("productive", 2)
            try await expectRefusal(gateway, second, recorded: 1)
            // Nothing of it is left once there is room.
            let lifted = try await TimegateBinary.shell("prlimit --pid \(process) --fsize=unlimited:")
            #expect(lifted.status == 0, "\(lifted.words)")
            try await expectRecovery(gateway, second)
            #expect(await gateway.stop() == 0)
            #expect(try await gateway.journal().map(\.state) == [.done, .done])
            #expect(try await gateway.recorded(at: "productive").count == 2)
        }
    }

    @Test(
        "a full disk: 503 before anything is sent, and on again when there is room",
        .enabled(if: SmallDisk.isUsable, "\(SmallDisk.reason)")
    )
    func fullDisk() async throws {
        try await ChaosGateway.with { gateway in
            try gateway.keepState(in: "disk")
            try await gateway.start(under: SmallDisk.command(at: gateway.directory + "/disk", kilobytes: 600))
            #expect(await gateway.create(ChaosEntry("productive", 1))?.status == 201)
            let disk = try #require(SmallDisk.outside(gateway.running, at: gateway.directory + "/disk"))
            _ = try await TimegateBinary.shell("dd if=/dev/zero of=\(disk)/filling bs=1024 2>/dev/null")
            // What was allocated before is used up first.
            var refused: ChaosEntry?
            for number in 2..<200 where refused == nil {
                let entry = ChaosEntry("productive", number)
                if await gateway.create(entry)?.status != 201 { refused = entry }
            }
            let entry = try #require(refused)
            let before = try await gateway.recorded(at: "productive").count
            try await expectRefusal(gateway, entry, recorded: before)
            // A round of the sweep in between finds no room either.
            try FileManager.default.removeItem(atPath: "\(disk)/filling")
            try await expectRecovery(gateway, entry)
            #expect(try await gateway.recorded(at: "productive").count == before + 1)
        }
    }

    @Test(
        "a failed fsync of the intent: nothing is sent, no write is taken before a restart, and none comes back to life then",
        .enabled(if: Strace.isUsable, "\(Strace.reason)"),
        arguments: ["error=EIO:when=5", "error=EIO:when=5+"],
        ["hoursmith", "productive"]
    )
    func failedSync(injection: String, vendor: String) async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            #expect(await gateway.stop() == 0)
            // The log's head and its directory, the intent and the answer of the first entry; the fifth is the second
            // one's intent.
            try await gateway.start(under: Strace.command("fdatasync:\(injection)"))
            let first = ChaosEntry(vendor, 1)
            let second = ChaosEntry(vendor, 2)
            #expect(await gateway.create(first)?.status == 201)
            // Where the row cannot be taken back for certain, that is said.
            try await expectRefusal(gateway, second, recorded: 1, isDoubtful: injection.hasSuffix("+"))
            // The next sync would go well, and is not believed.
            try await expectRefusal(gateway, second, recorded: 1)
            await gateway.kill()

            let rows = try await gateway.journal()
            #expect(rows.map(\.scope.key) == [first.key])
            #expect(rows.first?.state == .done)
            try await gateway.start()
            #expect(await gateway.create(first)?.status == 201)
            try await expectRecovery(gateway, second)
            #expect(try await gateway.recorded(at: vendor).count == 2)
        }
    }

    @Test(
        "a failed fsync of the answer: the caller is told the truth, and after a restart the row is looked for",
        .enabled(if: Strace.isUsable, "\(Strace.reason)")
    )
    func failedSyncOfTheAnswer() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            #expect(await gateway.stop() == 0)
            try await gateway.start(under: Strace.command("fdatasync:error=EIO:when=4"))
            let entry = ChaosEntry("productive", 1)
            let answer = try #require(await gateway.create(entry))
            #expect(answer.status == 201)
            #expect(await gateway.create(entry)?.code == "idempotency_outcome_unknown")
            await gateway.kill()
            let rows = try await gateway.journal()
            #expect(rows.map(\.state) == [.unknown])
            #expect(try await gateway.recorded(at: "productive").map(\.id) == [answer.id])
        }
    }

    // MARK: - At the start

    /// `serve` on this state: its words, once it has refused.
    private func expectNoStart(_ gateway: ChaosGateway, under wrapper: [String] = []) async throws -> String {
        do {
            try await gateway.start(under: wrapper)
            Issue.record("it started")
            return ""
        } catch let refusal as RunningTimegate.DidNotStart {
            #expect(refusal.description.contains("cannot be used"))
            return refusal.description
        }
    }

    @Test("garbage in the file's head is refused at the start, with what to do, and the file is left as it is")
    func damagedHead() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            #expect(await gateway.create(ChaosEntry("productive", 1))?.status == 201)
            #expect(await gateway.stop() == 0)
            let file = try #require(FileHandle(forUpdatingAtPath: gateway.statePath))
            try file.write(contentsOf: Data(repeating: 0xA5, count: 64))
            try file.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: gateway.statePath))
            let words = try await expectNoStart(gateway)
            #expect(words.contains("it is damaged"))
            #expect(words.contains("restore the last backup"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: gateway.statePath)) == before)
        }
    }

    @Test("a journal that another gateway has is refused, with its process, and neither is disturbed")
    func inUse() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            let process = try #require(gateway.identifier)
            let second = try await gateway.timegate("serve", "--config", "timegate.yaml")
            #expect(second.status == 1)
            #expect(second.words.contains("the process \(process) has this journal"))
            #expect(await gateway.create(ChaosEntry("productive", 1))?.status == 201)
        }
    }

    @Test(
        "a disk that is full is refused at the start, and said to be full",
        .enabled(if: SmallDisk.isUsable, "\(SmallDisk.reason)")
    )
    func fullAtTheStart() async throws {
        try await ChaosGateway.with { gateway in
            try gateway.keepState(in: "disk")
            let words = try await expectNoStart(
                gateway,
                under: SmallDisk.command(at: gateway.directory + "/disk", kilobytes: 8)
            )
            #expect(words.contains("The disk is full"))
            #expect(!words.contains("that this user may write to"))
        }
    }

    @Test(
        "a disk that is mounted read-only is refused at the start",
        .enabled(if: SmallDisk.isUsable, "\(SmallDisk.reason)")
    )
    func readOnly() async throws {
        try await ChaosGateway.with { gateway in
            try gateway.keepState(in: "disk")
            let wrapper = SmallDisk.command(at: gateway.directory + "/disk", kilobytes: 600, isReadOnly: true)
            let words = try await expectNoStart(gateway, under: wrapper)
            #expect(words.contains("Read-only file system"))
            #expect(words.contains("state:"))
        }
    }
}

/// A file system of a few kilobytes that only one process sees.
enum SmallDisk {
    static let reason = "this system does not let a process mount a file system for itself"

    /// Runs what follows with a disk mounted at `path`, a directory.
    static func command(at path: String, kilobytes: Int, isReadOnly: Bool = false) -> [String] {
        let mount = "mount -t tmpfs -o size=\(kilobytes)k\(isReadOnly ? ",ro" : "") tmpfs '\(path)'"
        return ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", "\(mount) && exec \"$0\" \"$@\""]
    }

    /// The disk as it is seen from outside the process that has it.
    static func outside(_ running: RunningTimegate?, at path: String) -> String? {
        running.map { "/proc/\($0.identifier)/root\(path)" }
    }

    static let isUsable: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-rm", "/bin/sh", "-c", "mount -t tmpfs -o size=100k tmpfs /mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
