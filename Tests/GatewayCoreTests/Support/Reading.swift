import JSON
import Testing

@testable import GatewayCore

/// The entry that a caller wrote.
func parse(_ text: String) throws -> ParsedEntry {
    try EntryReader.read(JSONDocument(parsing: text).root)
}

/// The problem that an entry is refused with.
func refusal(of text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Problem {
    try #require(throws: Problem.self, sourceLocation: sourceLocation) { _ = try parse(text) }
}

/// An entry with its times worked out.
struct Normalised {
    var entry: Entry
    var group: TimeGroup
    var report: MappingReport

    init(_ text: String, zone: String? = nil) throws {
        var parsed = try parse(text)
        let connectionZone = try zone.map { try TestZones.zone($0) }
        group = try TimeNormaliser(zones: TestZones.database, connectionZone: connectionZone).normalise(&parsed)
        entry = parsed.entry
        report = parsed.report
    }

    /// The problem that the times are refused with.
    static func refusal(
        of text: String,
        zone: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Problem {
        try #require(throws: Problem.self, sourceLocation: sourceLocation) { _ = try Normalised(text, zone: zone) }
    }
}

extension Problem {
    /// `code field` of each fault, in order.
    var faults: [String] { errors.map { "\($0.code) \($0.field ?? "-")" } }

    /// The body as a program reads it. The parser is strict: it takes no member twice.
    var json: JSONValue {
        get throws { try JSONValue(parsing: body(requestID: "r-1")) }
    }
}

extension MappingReport {
    /// `kind field` of each note, in order.
    var lines: [String] { notes.map { "\($0.kind) \($0.field)" } }

    func note(_ kind: Kind, _ field: String) -> Note? { notes.first { $0.kind == kind && $0.field == field } }
}
