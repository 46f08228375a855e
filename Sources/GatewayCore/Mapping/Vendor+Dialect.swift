public import JSON

/// The vendor's dialect in both directions, apart from any call: what golden cases check, and what serves clients that
/// speak the vendor's own API.
extension Vendor {
    /// An entry as it was read from the vendor's dialect.
    public struct Reading: Sendable {
        public var entry: Entry
        public var report: MappingReport
        public var missing: [String]
    }

    func reader(
        _ role: BodyPlan.Role,
        zones: ZoneDatabase,
        zone: Zone?,
        includesMoney: Bool = true
    ) -> BodyReader {
        BodyReader(
            plan: role == .request ? requests : answers,
            title: title,
            document: manifest.document,
            zones: zones,
            connectionZone: zone,
            running: manifest.times.running,
            includesMoney: includesMoney
        )
    }

    /// Reads a request of one of the vendor's own clients.
    public func readNativeRequest(
        _ body: JSONView,
        operation: Operation = .create,
        zones: ZoneDatabase,
        connection: Connection
    ) -> Reading {
        var view = body
        if let document = manifest.document, let inner = body[document.at] { view = inner }
        var reader = reader(.request, zones: zones, zone: connection.zone)
        reader.isPartial = operation == .update
        let read = reader.read(view)
        return Reading(entry: read.entry, report: read.report, missing: read.missing)
    }

    /// Reads an answer of the vendor to an operation, without what a call knows beside it.
    public func readAnswer(
        _ body: JSONView,
        operation: Operation,
        zones: ZoneDatabase,
        connection: Connection
    ) -> Reading? {
        guard let rule = manifest.operations[operation], let view = body.value(at: rule.entryPath) else { return nil }
        let read = reader(.answer, zones: zones, zone: connection.zone).read(view)
        return Reading(entry: read.entry, report: read.report, missing: read.missing)
    }

    /// Writes an entry as the vendor would answer it.
    ///
    /// - Throws: a `Problem` with what cannot be said in the vendor's dialect.
    public func writeNativeAnswer(
        _ entry: Entry,
        operation: Operation,
        zones: ZoneDatabase,
        connection: Connection
    ) throws(Problem) -> [UInt8] {
        var entry = entry
        let rule = manifest.operations[operation]
        if rule?.completeness == .idOnly {
            var bare = Entry()
            bare[.id] = entry[.id]
            entry = bare
        }
        let writer = BodyWriter(
            plan: answers,
            answers: answers,
            title: title,
            operation: operation,
            handling: Handling(isLenient: true),
            settings: connection.settings,
            times: nil,
            running: [:],
            impliedUser: nil,
            answerZone: entry.timeZone.flatMap { try? zones.zone(named: $0) } ?? connection.zone
        )
        let written = try writer.write(entry)
        let body = BodyWriter.render(written.wires, answers, in: manifest.document)
        guard let rule, manifest.document == nil else { return body }
        // The entry stands where the operation's answers have it.
        var value = JSONValue(trusted: body)
        for name in rule.entryPath.reversed() { value = .object(JSONObject([(key: name, value: value)])) }
        return Array(value.serialized(.compact).utf8)
    }

    /// The vendor's refusal as a problem.
    ///
    /// - Parameter reading: what the plugin's `problem` says of it; `nil` leaves it to the error rules.
    public func readRefusal(
        status: Int,
        body: JSONView?,
        operation: Operation,
        asked: [Member] = Member.allCases.map { $0 },
        as reading: ScriptProblem? = nil
    ) -> Problem {
        var problem = ErrorReader(vendor: self, operation: operation, asked: asked).problem(
            status: status,
            body: body,
            shown: body?.value ?? .null,
            retryAfter: nil,
            as: reading?.kind
        )
        if let reading { problem.read(by: reading, self) }
        return problem
    }
}
