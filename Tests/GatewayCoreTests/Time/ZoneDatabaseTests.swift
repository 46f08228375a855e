import Foundation
import Testing

@testable import GatewayCore

/// A directory like the machine's, with a few zones and what else such directories have.
final class TemporaryZones {
    let root: URL
    let database: ZoneDatabase

    init() throws {
        let files = FileManager.default
        let base = files.temporaryDirectory.appendingPathComponent("zones-\(UUID().uuidString)")
        root = base.appendingPathComponent("zoneinfo")
        for folder in ["Europe", "America/Argentina", "posix/Europe", "right/Europe", "US"] {
            try files.createDirectory(at: root.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        database = ZoneDatabase(directory: root.path)
        let zagreb = try ZoneFixtures.bytes("Europe/Zagreb")
        let newYork = try ZoneFixtures.bytes("America/New_York")
        func write(_ bytes: [UInt8], _ name: String) throws {
            try Data(bytes).write(to: root.appendingPathComponent(name))
        }
        for name in ["Europe/Zagreb", "Europe/London", "posix/Europe/Zagreb", "right/Europe/Zagreb", "localtime"] {
            try write(zagreb, name)
        }
        for name in ["America/New_York", "America/Argentina/Ushuaia", "posixrules", "Factory", "leapseconds"] {
            try write(newYork, name)
        }
        try write(Array("not a zone".utf8), "Europe/Text")
        try write(Array(zagreb.dropLast(60)), "Europe/Short")
        try write([], "Europe/Empty")
        try write(Array("# version 2025b\n# more\n".utf8), "tzdata.zi")
        try write(zagreb, "zone.tab")
        try Data(zagreb).write(to: base.appendingPathComponent("Outside"))
        func link(_ name: String, to target: String) throws {
            try files.createSymbolicLink(
                atPath: root.appendingPathComponent(name).path,
                withDestinationPath: target
            )
        }
        try link("US/Eastern", to: "../America/New_York")
        try link("Europe/Escape", to: "../../Outside")
        try link("Europe/Absolute", to: base.appendingPathComponent("Outside").path)
        try link("Europe/Broken", to: "Nowhere")
        try link("Europe/Loop", to: "Loop")
        try #require(mkfifo(root.appendingPathComponent("Europe/Fifo").path, 0o600) == 0)
    }

    deinit {
        try? FileManager.default.removeItem(at: root.deletingLastPathComponent())
    }
}

@Suite("ZoneDatabase")
struct ZoneDatabaseTests {
    @Test("a zone is read once and shared, under its own name or an alias")
    func found() throws {
        let zones = try TemporaryZones()
        let zagreb = try zones.database.zone(named: "Europe/Zagreb")
        #expect(zagreb.name == "Europe/Zagreb")
        #expect(try zones.database.zone(named: "Europe/Zagreb") === zagreb)
        #expect(try zones.database.zone(named: "US/Eastern").name == "US/Eastern")
        #expect(
            try zones.database.zone(named: "America/Argentina/Ushuaia").offset(atEpochSeconds: 0).abbreviation == "EST"
        )
    }

    static let refused: [(String, ZoneDatabaseError)] = [
        ("Europe/Zagerb", .unknown("Europe/Zagerb", suggestion: "Europe/Zagreb")),
        ("europe/zagreb", .unknown("europe/zagreb", suggestion: "Europe/Zagreb")),
        ("Europe/New_York", .unknown("Europe/New_York", suggestion: "America/New_York")),
        ("Zagreb", .unknown("Zagreb", suggestion: "Europe/Zagreb")),
        ("New York", .unknown("New York", suggestion: "America/New_York")),
        ("Mars/Olympus", .unknown("Mars/Olympus", suggestion: nil)),
        ("CEST", .unknown("CEST", suggestion: nil)),
        ("Europe", .unknown("Europe", suggestion: nil)),
        ("Europe/Broken", .unknown("Europe/Broken", suggestion: nil)),
        ("Europe/Zagreb/X", .unknown("Europe/Zagreb/X", suggestion: "Europe/Zagreb")),
        ("Europe/Text", .unusable("Europe/Text", reason: "it is no TZif file")),
        ("Europe/Short", .unusable("Europe/Short", reason: "it is cut off")),
        ("Europe/Empty", .unusable("Europe/Empty", reason: "it is cut off")),
        ("Europe/Fifo", .unusable("Europe/Fifo", reason: "it is no regular file")),
        ("Europe/Loop", .unusable("Europe/Loop", reason: "its file cannot be opened")),
        ("Europe/Escape", .unusable("Europe/Escape", reason: "its file is a link out of the database")),
        ("Europe/Absolute", .unusable("Europe/Absolute", reason: "its file is a link out of the database")),
    ]

    @Test("what is no zone is refused, with the one that was probably meant", arguments: refused)
    func notFound(name: String, error: ZoneDatabaseError) throws {
        let zones = try TemporaryZones()
        #expect(throws: error) { try zones.database.zone(named: name) }
    }

    @Test(
        "a name that could be none is refused without a look at the files",
        arguments: [
            "", "/etc/passwd", "../Outside", "Europe/../Europe/Zagreb", "./Europe/Zagreb", "Europe//Zagreb", "Europe/",
            "/Europe/Zagreb", "Europe/Zagreb\0", "zone.tab", "tzdata.zi", "+02:00", "-05:00", "2", "~root",
            "Europe\\Zagreb", "Europe/.hidden", "local", "localtime", "posixrules", "Factory", "leapseconds",
            "right/Europe/Zagreb", "posix/Europe/Zagreb", String(repeating: "A", count: 65), "Čakovec",
        ]
    )
    func badNames(name: String) throws {
        let zones = try TemporaryZones()
        #expect(ZoneName.problem(with: name) != nil)
        #expect {
            try zones.database.zone(named: name)
        } throws: { error in
            switch error as? ZoneDatabaseError {
            case .badName(name, _): true
            case .unknown(name, let suggestion): suggestion == "Europe/Zagreb"
            default: false
            }
        }
    }

    @Test("the names are those of the zones that are there, aliases too, and nothing else")
    func names() throws {
        let zones = try TemporaryZones()
        #expect(
            zones.database.names() == [
                "America/Argentina/Ushuaia", "America/New_York", "Europe/London", "Europe/Short", "Europe/Zagreb",
                "US/Eastern",
            ]
        )
    }

    @Test("the release is told where the installation does")
    func version() throws {
        let zones = try TemporaryZones()
        #expect(zones.database.version() == "2025b")
        #expect(ZoneDatabase(directory: zones.root.path + "/Europe").version() == nil)
    }

    @Test("without a database, the error names where it was looked for")
    func noDatabase() throws {
        let database = ZoneDatabase(searching: ["/nowhere/zoneinfo", "/nowhere/else"])
        #expect(database.directory == nil)
        #expect(database.names() == [])
        let error = ZoneDatabaseError.noDatabase(["/nowhere/zoneinfo", "/nowhere/else"])
        #expect(throws: error) { try database.zone(named: "Europe/Zagreb") }
        #expect(
            error.message
                == "no time zone database in /nowhere/zoneinfo, /nowhere/else: install the package tzdata"
        )
    }

    @Test("a directory that is itself a link is followed")
    func linkedDirectory() throws {
        let zones = try TemporaryZones()
        let link = zones.root.deletingLastPathComponent().appendingPathComponent("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: zones.root.path)
        #expect(try ZoneDatabase(directory: link).zone(named: "Europe/Zagreb").name == "Europe/Zagreb")
    }

    @Test("messages say what to write")
    func messages() {
        #expect(
            ZoneDatabaseError.unknown("Europe/Zagerb", suggestion: "Europe/Zagreb").message
                == "the time zone \"Europe/Zagerb\" is not known; did you mean Europe/Zagreb?"
        )
        #expect(
            ZoneDatabaseError.unknown("X", suggestion: nil).message
                == "the time zone \"X\" is not known: write an IANA name such as Europe/Zagreb"
        )
        #expect(
            ZoneDatabaseError.badName(String(repeating: "A", count: 70), reason: "it has more than 64 characters")
                .message
                == "\"" + String(repeating: "A", count: 64) + "…\" is no time zone name: it has more than 64 characters"
        )
        #expect(
            ZoneDatabaseError.unusable("Europe/Short", reason: "it is cut off").message
                == "the data of the time zone Europe/Short cannot be used: it is cut off"
        )
    }

    @Test("many threads that ask for the same zone get the same one")
    func concurrent() async throws {
        let zones = try TemporaryZones()
        let database = zones.database
        let found = try await withThrowingTaskGroup(of: Zone.self) { group in
            for _ in 0..<50 { group.addTask { try database.zone(named: "Europe/Zagreb") } }
            return try await group.reduce(into: [ObjectIdentifier]()) { $0.append(ObjectIdentifier($1)) }
        }
        #expect(Set(found).count == 1)
        withExtendedLifetime(zones) {}
    }

    @Test(
        "the machine's own database has the past of the reference, and each of its zones can be read",
        .enabled(if: ZoneDatabase.system.directory != nil, "no time zone database is installed")
    )
    func system() throws {
        for golden in GoldenOffset.all where golden.instant < "2025" && golden.instant > "1970" {
            let zone = try ZoneDatabase.system.zone(named: golden.zone)
            let offset = zone.offset(at: try Timestamp.parse(golden.instant))
            #expect(offset.offsetSeconds == golden.offset, "\(golden.testDescription)")
        }
        let names = ZoneDatabase.system.names()
        #expect(names.count > 300)
        for name in names {
            #expect(throws: Never.self) { try ZoneDatabase.system.zone(named: name) }
        }
    }
}
