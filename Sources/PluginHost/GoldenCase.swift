internal import GatewayCore
internal import JSON

/// A golden case: something given in one dialect, and what it must become in the other.
struct GoldenCase {
    enum Direction: String, CaseIterable {
        /// Entry → the vendor's request, through the whole pipeline up to the sending.
        case writeRequest = "write_request"
        /// The vendor's answer → entry.
        case readAnswer = "read_answer"
        /// The vendor's refusal → problem.
        case readRefusal = "read_refusal"
        /// A native client's request → entry.
        case readRequest = "read_request"
        /// Entry → an answer for a native client.
        case writeAnswer = "write_answer"
    }

    let about: String
    let direction: Direction
    let operation: Operation
    let given: JSONValue
    let expect: JSONObject
    /// The entry that was sent, where an answer is read.
    let sent: JSONValue?
    let connection: Connection
    let caller: Caller
    let handling: Handling
    let now: Timestamp
    let include: Call.Include

    static let members = [
        "about", "direction", "operation", "given", "expect", "sent", "connection", "caller", "now", "include",
    ]

    /// - Throws: a sentence that says what is wrong with the file.
    init(_ value: JSONValue, plugin: LoadedPlugin, zones: ZoneDatabase) throws(CaseFault) {
        guard let object = value.object else { throw CaseFault("A case must be a JSON object.") }
        for member in object where !GoldenCase.members.contains(member.key) {
            throw CaseFault(
                "There is no \"\(member.key)\" in a case."
                    + Suggestion.sentence(for: member.key, among: GoldenCase.members)
            )
        }
        let name = object["direction"]?.string ?? ""
        guard let direction = Direction(rawValue: name) else {
            let known = Direction.allCases.map(\.rawValue)
            throw CaseFault("direction is \"\(name)\"; it must be one of \(known.joined(separator: ", ")).")
        }
        guard let about = object["about"]?.string, !about.isEmpty else {
            throw CaseFault("about is missing: a sentence that says what the case shows.")
        }
        guard let given = object["given"] else { throw CaseFault("given is missing.") }
        guard let expect = object["expect"]?.object, !expect.isEmpty else {
            throw CaseFault("expect is missing or empty: a case that expects nothing cannot fail.")
        }
        self.about = about
        self.direction = direction
        self.given = given
        self.expect = expect
        sent = object["sent"]
        operation = object["operation"]?.string.flatMap(Operation.init) ?? .create
        guard let now = Timestamp(object["now"]?.string ?? "2026-11-20T09:00:00Z") else {
            throw CaseFault("now must be a time in RFC 3339.")
        }
        self.now = now
        var include: Call.Include = []
        for name in object["include"]?.array ?? [] {
            if name.string == "money" { include.insert(.money) }
            if name.string == "raw" { include.insert(.raw) }
        }
        self.include = include

        let settings = object["connection"]?.object ?? JSONObject()
        handling = Handling(
            isLenient: settings["handling"]?.string == "lenient",
            rounding: settings["rounding"]?.string.flatMap(Rounding.init)
        )
        connection = try GoldenCase.connection(settings, handling, plugin, zones)
        caller = GoldenCase.caller(object["caller"]?.object ?? JSONObject(), connection: connection.name)
    }

    private static func connection(
        _ object: JSONObject,
        _ handling: Handling,
        _ plugin: LoadedPlugin,
        _ zones: ZoneDatabase
    ) throws(CaseFault) -> Connection {
        for member in object where !["settings", "time_zone", "handling", "rounding"].contains(member.key) {
            throw CaseFault("There is no \"\(member.key)\" in a case's connection.")
        }
        var zone: Zone?
        if let name = object["time_zone"]?.string {
            do throws(ZoneDatabaseError) {
                zone = try zones.zone(named: name)
            } catch {
                throw CaseFault("connection.time_zone: \(error.message)")
            }
        }
        let manifest = plugin.vendor.manifest
        let settings = Settings(object["settings"]?.object ?? JSONObject())
        let secrets = Dictionary(uniqueKeysWithValues: manifest.secrets.map { ($0.name, "<\($0.name)>") })
        return Connection(
            name: "case",
            vendor: plugin.id,
            origin: manifest.origin,
            settings: settings,
            zone: zone,
            handling: handling,
            headers: manifest.headers.map { $0.filled(settings: settings, secrets: secrets) }
        )
    }

    private static func caller(_ object: JSONObject, connection: String) -> Caller {
        let scopes = object["scopes"]?.array?.compactMap { $0.string.flatMap(Scope.init) }
        var identities: [String: Identity] = [:]
        if let identity = object["identity"]?.object {
            identities[connection] = Identity(
                userID: identity["user_id"]?.string,
                roles: identity["roles"]?.array?.compactMap(\.string) ?? [],
                permissions: (identity["permissions"]?.object ?? JSONObject()).map {
                    Identity.Permission(feature: $0.key, level: $0.value.string ?? "")
                },
                tasks: identity["tasks"]?.array?.compactMap(\.string) ?? []
            )
        }
        return Caller(
            name: "case",
            connections: [connection],
            scopes: Set(scopes ?? Scope.allCases),
            identities: identities
        )
    }

    var call: Call {
        Call(
            id: "case",
            operation: operation,
            connection: connection,
            caller: caller,
            handling: handling,
            now: now,
            isPlan: direction == .writeRequest,
            include: include
        )
    }
}

/// What is wrong with a case file.
struct CaseFault: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
