import Foundation

@testable import GatewayCore

/// A few zones of known rules, so that the tests ask nothing of the machine's own database.
enum TestZones {
    static let database: ZoneDatabase = {
        let files = FileManager.default
        let root = files.temporaryDirectory.appendingPathComponent("zoneinfo-\(UUID().uuidString)")
        defer { try? files.removeItem(at: root) }
        let names = ["Europe/Zagreb", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]
        for name in names {
            let file = root.appendingPathComponent(name)
            try? files.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try? Data(ZoneFixtures.bytes(name)).write(to: file)
        }
        let database = ZoneDatabase(directory: root.path)
        // What was read once is kept: the files are not needed any more.
        _ = database.names()
        for name in names { _ = try? database.zone(named: name) }
        return database
    }()

    static func zone(_ name: String) throws -> Zone { try database.zone(named: name) }
}
