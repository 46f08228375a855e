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

    @Test(arguments: [-5, 0, 1, 3600] as [Int64])
    func oneThatWasMadeThenIsIt(_ seconds: Int64) throws {
        let found = try entry(madeAfter: seconds)
        #expect(try match().isExact(found))
    }

    /// A clock that was set wrong must not make a recorded entry look absent: nobody can tell.
    @Test(arguments: [-6, -30, -180, -3600, -25 * 3600] as [Int64])
    func oneThatSeemsEarlierCouldBeItButIsNotTakenForIt(_ seconds: Int64) throws {
        let found = try entry(madeAfter: seconds)
        #expect(try match().isLike(found))
        #expect(try !match().isExact(found))
    }

    /// A double that is overlooked is worse than a look too many.
    @Test(arguments: [(-5, false), (-30, false), (-120, false), (-121, true)] as [(Int64, Bool)])
    func clocksHaveMoreRoomWhereAPersonLooks(seconds: Int64, isEarlier: Bool) throws {
        let found = try entry(madeAfter: seconds)
        #expect(try match().isEarlier(found, by: EntryMatch.clockDoubt) == isEarlier)
        #expect(try match().isEarlier(found) == (seconds < -5))
    }

    @Test func oneOfDaysBeforeIsAnother() throws {
        let found = try entry(madeAfter: -3 * 86_400)
        #expect(try !match().isLike(found))
    }

    /// A vendor that drops seconds in silence has recorded it all the same: that is no proof that it is not there.
    @Test(arguments: [3541, 3599, 3601, 3659] as [Int64])
    func oneThatIsLessThanAMinuteLongerOrShorterIsNearlyIt(_ seconds: Int64) throws {
        var found = try entry(madeAfter: 1)
        found[.durationSeconds] = .integer(seconds)
        #expect(try match().isLike(found))
        #expect(try !match().isExact(found))
    }

    @Test(arguments: [3540, 3660, 0, Int64.min] as [Int64])
    func oneOfAnotherLengthIsAnother(_ seconds: Int64) throws {
        var found = try entry(madeAfter: 1)
        found[.durationSeconds] = .integer(seconds)
        #expect(try !match().isLike(found))
    }

    @Test("instants decide, in whichever zone and on whichever day they are told")
    func instants() throws {
        func entry(_ text: String) throws -> Entry { try Entry(answer: JSONValue(parsing: text)) }
        let match = EntryMatch(
            try entry(
                #"{"work_date":"2026-11-19","started_at":"2026-11-19T21:30:30-05:00","ended_at":"2026-11-19T22:15:00-05:00"}"#
            )
        )
        let told = #"{"work_date":"2026-11-20","started_at":"2026-11-20T02:30:30Z","ended_at":"2026-11-20T03:15:00Z"}"#
        #expect(match.isExact(try entry(told)))
        let bare = try entry(told.replacing("02:30:30", with: "02:30:00"))
        #expect(match.isLike(bare))
        #expect(!match.isExact(bare))
        #expect(!match.isLike(try entry(told.replacing("02:30:30", with: "02:29:30"))))
        // Where there is no instant, the day does.
        #expect(!match.isLike(try entry(#"{"work_date":"2026-11-20"}"#)))
    }

    @Test func oneWithAnotherNoteIsNearlyIt() throws {
        let found = try entry(madeAfter: 1, note: "meeting")
        #expect(try match().isLike(found))
        #expect(try !match().isExact(found))
    }
}
