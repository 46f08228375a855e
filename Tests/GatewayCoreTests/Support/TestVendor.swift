import JSON
import Testing

@testable import GatewayCore

/// A small vendor, built in Swift, with a field of each kind that the tests need.
enum TestVendor {
    static func line(
        _ path: String,
        _ target: FieldTarget,
        _ converter: Converter,
        _ change: (inout FieldLine) -> Void = { _ in }
    ) -> FieldLine {
        var line = FieldLine(paths: [VendorPath(path)!], target: target, converter: converter)
        change(&line)
        return line
    }

    /// A vendor that counts minutes of a day.
    static let minutes: [FieldLine] = [
        line("project_id", .subject(type: "project", part: .id), .identifier) { $0.required = [.create] },
        line("person_id", .member(.userID), .identifier),
        line("day", .member(.workDate), .date),
        line("minutes", .member(.durationSeconds), .minutes),
        line("text", .member(.note), .text) { $0.joins = [.title] },
        line("id", .member(.id), .identifier) { $0.scope = .answer },
        line("meta.colour", .keep, .json),
        line("made", .member(.createdAt), .rfc3339) { $0.scope = .answer },
        line("charge", .member(.billable), .boolean(alsoText: false)) {
            $0.scope = .answer
            $0.why = "Acme decides by the project."
        },
    ]

    static func manifest(
        _ fields: [FieldLine] = minutes,
        times: TimeRules = TimeRules(accepts: [.dateDuration]),
        _ change: (inout PluginManifest) -> Void = { _ in }
    ) -> PluginManifest {
        var manifest = PluginManifest(
            id: "acme",
            title: "Acme",
            docs: "https://acme.example/docs",
            origin: "https://api.acme.example",
            times: times,
            fields: fields,
            operations: [.create: OperationRule(method: "POST", path: "/entries")],
            errors: ErrorRules(),
            file: "plugins/acme/plugin.lua"
        )
        change(&manifest)
        return manifest
    }

    static func vendor(
        _ fields: [FieldLine] = minutes,
        times: TimeRules = TimeRules(accepts: [.dateDuration]),
        _ change: (inout PluginManifest) -> Void = { _ in }
    ) throws -> Vendor {
        try Vendor(manifest(fields, times: times, change))
    }

    static func connection(
        zone: String? = nil,
        settings: JSONObject = JSONObject(),
        headers: [Header] = [],
        secrets: [String] = []
    ) throws -> Connection {
        Connection(
            name: "acme-main",
            vendor: "acme",
            origin: "https://api.acme.example",
            settings: Settings(settings),
            zone: try zone.map { try TestZones.zone($0) },
            headers: headers,
            secrets: secrets
        )
    }

    static func call(
        _ connection: Connection,
        handling: Handling = .strict,
        scopes: Set<Scope> = Set(Scope.allCases),
        identity: String? = "7",
        isPlan: Bool = false
    ) -> Call {
        Call(
            id: "call-1",
            operation: .create,
            connection: connection,
            caller: Caller(
                name: "jane",
                connections: [connection.name],
                scopes: scopes,
                identities: identity.map { [connection.name: Identity(userID: $0)] } ?? [:]
            ),
            handling: handling,
            now: Timestamp("2026-11-20T12:00:00Z")!,
            isPlan: isPlan
        )
    }
}

/// One create through the whole pipeline, with everything that was asked of the script and of the vendor.
struct TestCreate {
    var vendor: Vendor
    var connection: Connection
    var handling = Handling.strict
    var scopes = Set(Scope.allCases)
    var identity: String? = "7"
    var isPlan = false
    var scripts: RecordingScripts?
    var upstream = RecordingUpstream(status: 201, body: #"{"id":"e-1"}"#)

    init(_ vendor: Vendor, _ connection: Connection) {
        self.vendor = vendor
        self.connection = connection
    }

    init() throws {
        self.init(try TestVendor.vendor(), try TestVendor.connection())
    }

    func run(_ entry: String) async throws -> CallOutcome {
        let call = TestVendor.call(
            connection,
            handling: handling,
            scopes: scopes,
            identity: identity,
            isPlan: isPlan
        )
        return try await Pipeline(zones: TestZones.database, vendorKey: { "key-\($0.id)" }).create(
            JSONDocument(parsing: entry).root,
            call,
            at: vendor,
            scripts: scripts,
            upstream: upstream
        )
    }

    func plan(_ entry: String) async throws -> Plan {
        var create = self
        create.isPlan = true
        guard case .planned(let plan) = try await create.run(entry) else { throw NoPlan() }
        return plan
    }

    func recorded(_ entry: String) async throws -> RecordedEntry {
        guard case .recorded(let recorded) = try await run(entry) else { throw NoPlan() }
        return recorded
    }

    func refusal(_ entry: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> Problem {
        try await #require(throws: Problem.self, sourceLocation: sourceLocation) { _ = try await run(entry) }
    }

    struct NoPlan: Error {}
}

extension Plan {
    var body: JSONValue { request.body.flatMap { try? JSONValue(parsing: $0) } ?? .null }
}
