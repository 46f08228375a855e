/// Why a zone cannot be had.
public enum ZoneDatabaseError: Error, Hashable, Sendable {
    /// The name is none that the database could have; the reason is a clause.
    case badName(String, reason: String)
    /// The database has no zone of this name; perhaps the suggested one was meant.
    case unknown(String, suggestion: String?)
    /// The zone's file is there but cannot be used; the reason is a clause.
    case unusable(String, reason: String)
    /// There is no database in any of these directories.
    case noDatabase([String])
}

extension ZoneDatabaseError: CustomStringConvertible {
    /// One clause without a full stop: what is wrong and what to do. It holds the name that was asked for, cut to 64
    /// characters; only `noDatabase` tells directories.
    public var message: String {
        switch self {
        case .badName(let name, let reason):
            "\"\(shortened(name))\" is no time zone name: \(reason)"
        case .unknown(let name, let suggestion?):
            "the time zone \"\(shortened(name))\" is not known; did you mean \(suggestion)?"
        case .unknown(let name, nil):
            "the time zone \"\(shortened(name))\" is not known: write an IANA name such as Europe/Zagreb"
        case .unusable(let name, let reason):
            "the data of the time zone \(shortened(name)) cannot be used: \(reason)"
        case .noDatabase(let directories):
            "no time zone database in \(directories.joined(separator: ", ")): install the package tzdata"
        }
    }

    public var description: String { message }
}

private func shortened(_ name: String) -> String {
    name.count <= 64 ? name : name.prefix(64) + "…"
}
