import JSON
import Testing

@testable import GatewayCore

/// Which entry of a vendor's list is the one that was sent.
struct EntryMatchTests {
    private static let sentAt: Int64 = 1_795_161_600

    private func entry(madeAfter seconds: Int64?, note: String = "planning") throws -> Entry {
        var text = #"{"user":{"id":"7"},"work_date":"2026-11-20","duration_seconds":3600,"note":"\#(note)""#
        if let seconds {
            let made = try #require(Timestamp(epochSeconds: EntryMatchTests.sentAt + seconds))
            text += #","created_at":"\#(made)""#
        }
        return try Entry(answer: JSONValue(parsing: text + "}"))
    }

    private func match() throws -> EntryMatch {
        EntryMatch(try entry(madeAfter: nil), createdAt: EntryMatchTests.sentAt)
    }

    @Test(arguments: [-60, 0, 1, 3600] as [Int64])
    func oneThatWasMadeThenIsIt(_ seconds: Int64) throws {
        let found = try entry(madeAfter: seconds)
        #expect(try match().isExact(found))
    }

    /// A clock that was set wrong must not make a recorded entry look absent: nobody can tell.
    @Test(arguments: [-180, -3600, -25 * 3600] as [Int64])
    func oneThatSeemsEarlierCouldBeItButIsNotTakenForIt(_ seconds: Int64) throws {
        let found = try entry(madeAfter: seconds)
        #expect(try match().isLike(found))
        #expect(try !match().isExact(found))
    }

    @Test func oneOfDaysBeforeIsAnother() throws {
        let found = try entry(madeAfter: -3 * 86_400)
        #expect(try !match().isLike(found))
    }

    @Test func oneWithAnotherNoteIsNearlyIt() throws {
        let found = try entry(madeAfter: 1, note: "meeting")
        #expect(try match().isLike(found))
        #expect(try !match().isExact(found))
    }
}
