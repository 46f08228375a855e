import JSON
import Synchronization
import Testing

@testable import GatewayCore

/// What becomes of a write, and what its caller is told, where an attempt was lost or the journal fails.
struct JournaledWriteTests {
    /// Answers one after the other.
    private final class Answers: Upstream {
        private let left: Mutex<[Result<UpstreamAnswer, UpstreamFailure>]>

        init(_ answers: [Result<UpstreamAnswer, UpstreamFailure>]) { left = Mutex(answers) }

        func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
            left.withLock { $0.removeFirst() }
        }
    }

    private static func answer(_ status: Int) -> Result<UpstreamAnswer, UpstreamFailure> {
        .success(UpstreamAnswer(status: status, body: Array(#"{"id":"e-1"}"#.utf8)))
    }

    private static let lost = Result<UpstreamAnswer, UpstreamFailure>.failure(
        UpstreamFailure(kind: .brokenAnswer, maySent: true, message: "it was cut")
    )
    private static let refused = Result<UpstreamAnswer, UpstreamFailure>.failure(
        UpstreamFailure(kind: .addressRefused, maySent: false, message: "it is not allowed")
    )
    private static let full = JournalFailure("disk is full", isPassing: true)

    /// A create at a vendor that knows keys, finished as the API finishes it.
    private func told(
        _ answers: [Result<UpstreamAnswer, UpstreamFailure>],
        _ journal: StubJournal
    ) async throws -> Problem? {
        let vendor = try TestVendor.vendor { $0.operations[.create]?.idempotencyHeader = "Idempotency-Key" }
        let connection = try TestVendor.connection()
        let writes = Writes(journal: journal, claims: WriteClaims(), now: { 1_000 })
        let scope = WriteScope(caller: "jane", connection: connection.name, operation: .create, key: "k")
        guard case .claimed(let write) = try await writes.claim(scope, fingerprint: [1], isKeyGenerated: false) else {
            return nil
        }
        var call = TestVendor.call(connection)
        call.write = write
        call.gate = ConnectionGate(connection: "acme-main", vendorTitle: "Acme", windows: [], seed: 1) { _, _ in }
        let entry = try JSONDocument(
            parsing: #"{"work_date":"2026-11-20","duration_seconds":3600,"subjects":{"project":{"id":"1"}}}"#
        )
        do throws(Problem) {
            _ = try await Pipeline(zones: TestZones.database, vendorKey: { _ in "v" }).create(
                entry.root,
                call,
                at: vendor,
                scripts: nil,
                upstream: Answers(answers)
            )
            await write.finish(StoredReply(status: 201, contentType: "", body: []), vendorEntryID: "e-1")
            return nil
        } catch {
            return await write.finish(error, StoredReply(status: error.status, contentType: "", body: []))
        }
    }

    /// The one before may be recorded, or be on its way: the key must not be free.
    @Test(arguments: [400, 401, 402, 403, 404, 409, 422, 423])
    func aRefusedRepetitionLeavesTheOutcomeOpen(_ status: Int) async throws {
        let journal = StubJournal()
        let problem = try await told([JournaledWriteTests.lost, JournaledWriteTests.answer(status)], journal)
        #expect(problem?.code == .outcomeUnknown)
        #expect(problem?.sent == .maybe)
        #expect(journal.states == [.unknown])
    }

    /// The vendor says that it did not process the first attempt, so the second speaks for itself.
    @Test func aRefusalAfterOneThatWasNotProcessedIsFinal() async throws {
        let journal = StubJournal()
        let problem = try await told([JournaledWriteTests.answer(425), JournaledWriteTests.answer(403)], journal)
        #expect(problem?.code == .vendorPermission)
        #expect(journal.states == [nil])
    }

    @Test func anEndThatCannotBeStoredIsToldAsOpen() async throws {
        let journal = StubJournal(changeFailure: JournaledWriteTests.full)
        for answer in [JournaledWriteTests.refused, JournaledWriteTests.answer(403), JournaledWriteTests.answer(422)] {
            let problem = try await told([answer], journal)
            #expect(problem?.code == .outcomeUnknown)
            #expect(problem?.sent == .maybe)
        }
    }

    @Test func aBeginThatMayBeStoredIsToldAsOpenAndOneThatIsNotAsNotSent() async throws {
        let doubtful = JournalFailure("disk I/O error", isPassing: false, isDoubtful: true)
        let open = try await told([], StubJournal(beginFailure: doubtful))
        #expect(open?.sent == .maybe)
        let refused = try await told([], StubJournal(beginFailure: JournaledWriteTests.full))
        #expect(refused?.code == .journalUnavailable)
        #expect(refused?.sent == .no)
    }
}
