import Synchronization

/// The IANA time zone database as installed: a directory of TZif files, of which each is read when first asked for and
/// then kept. Safe to use from any thread.
///
/// The first look-up of a name reads a file of some kilobytes; the first one that fails also lists the directory for a
/// suggestion. Names that fail are not kept, so that callers cannot fill the memory with them.
public final class ZoneDatabase: Sendable {
    /// Where systems keep the database, in the order of search.
    public static let defaultDirectories = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"]

    /// The database of the machine, from the first of the default directories that there is.
    public static let system = ZoneDatabase(searching: defaultDirectories)

    /// The directory in use, with symbolic links resolved; nil if none was found.
    public let directory: String?

    private let searched: [String]
    private let zones = Mutex<[String: Zone]>([:])
    private let list = Mutex<[String]?>(nil)

    /// The database in one directory.
    public convenience init(directory: String) {
        self.init(searching: [directory])
    }

    /// The database in the first of these directories that there is.
    public init(searching directories: [String]) {
        searched = directories
        directory = directories.lazy.compactMap(ZoneFiles.resolvedDirectory).first
    }

    /// The zone of an IANA name. Names are case-sensitive; older names (`US/Eastern`) are as good as new ones.
    public func zone(named name: String) throws(ZoneDatabaseError) -> Zone {
        if let zone = zones.withLock({ $0[name] }) { return zone }
        let zone = try read(name)
        // Two threads may have read the same file; both then use the one that was kept.
        return zones.withLock { zones in
            if let kept = zones[name] { return kept }
            zones[name] = zone
            return zone
        }
    }

    /// All names that the database has, sorted. Read once.
    public func names() -> [String] {
        list.withLock { list in
            if let list { return list }
            let names = directory.map { ZoneFiles.zoneNames(in: $0).sorted() } ?? []
            list = names
            return names
        }
    }

    /// The release, such as `2025b`, where the installation tells it.
    public func version() -> String? {
        guard let directory else { return nil }
        let prefix = "# version "
        if let table = ZoneFiles.head(of: directory + "/tzdata.zi", count: 64), table.hasPrefix(prefix),
            let line = table.split(separator: "\n").first
        {
            return String(line.dropFirst(prefix.count))
        }
        return ZoneFiles.head(of: directory + "/+VERSION", count: 64)?.split(separator: "\n").first.map(String.init)
    }

    private func read(_ name: String) throws(ZoneDatabaseError) -> Zone {
        if let reason = ZoneName.problem(with: name) {
            // "New York" is a bad name and a good hint.
            if let suggestion = ZoneName.closest(to: name, among: names()) {
                throw .unknown(name, suggestion: suggestion)
            }
            throw .badName(name, reason: reason)
        }
        guard let directory else { throw .noDatabase(searched) }
        switch ZoneFiles.contents(of: name, in: directory) {
        case .contents(let bytes):
            do throws(TZifError) {
                return Zone(name: name, data: try TZifFile(bytes))
            } catch {
                throw .unusable(name, reason: error.description)
            }
        case .missing:
            throw .unknown(name, suggestion: ZoneName.closest(to: name, among: names()))
        case .refused(let reason):
            throw .unusable(name, reason: reason)
        }
    }
}
