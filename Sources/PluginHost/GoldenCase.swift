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
        /// A native client's request through the proxy, and the vendor's answer back.
        case proxy
        /// A problem → a refusal in the vendor's own shape.
        case writeRefusal = "write_refusal"
        /// An operation from end to end: the vendor's answers in turn → the requests it gets, and the result.
        case exchange
        /// An entry whose answer was lost, and the vendor's answers to what `reconcile` reads → what it finds.
        case reconcile
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
    /// The vendor's answers of an exchange or to a native client, in order.
    let answers: [JSONValue]
    /// What the case makes the plugin do.
    let trace = CallTrace { 0 }
    /// What hooks change of an entry on its way to the vendor, and of the answer's: merge patches.
    let hooks: (entry: JSONValue?, answer: JSONValue?)
    let credentials: NativeCall.Credentials
    let unreadable: UnreadableRule

    /// A 2xx says yes, unless the plugin says that refusals come so, and its code is one of them.
    private static func checkRefusal(_ status: Int, _ body: JSONValue, _ vendor: Vendor) throws(CaseFault) {
        guard vendor.manifest.errors.isInSuccess else {
            throw CaseFault(
                "given.status is \(status), which says yes: the gateway takes it for a refusal only where the plugin has "
                    + "errors.in_success = true, and the body a code that errors.kinds knows, or the mark that it names."
            )
        }
        guard vendor.meant(status: status, body: Array(body.serialized(.compact).utf8)) == status else { return }
        let missing =
            vendor.manifest.errors.refusalMark == nil
            ? "errors.kinds does not know the body's code" : "the body does not have the mark"
        throw CaseFault(
            "given.status is \(status), and \(missing) (errors.in_success): the gateway takes it for a yes."
        )
    }

    static let members = [
        "about", "direction", "operation", "given", "expect", "sent", "connection", "caller", "now", "include",
        "answers", "hooks", "credentials", "unreadable",
    ]

    /// - Parameter isQuestion: a Lua test asks what comes of it, and looks itself whether that is right.
    /// - Throws: a sentence that says what is wrong with the file.
    init(
        _ value: JSONValue,
        plugin: LoadedPlugin,
        zones: ZoneDatabase,
        isQuestion: Bool = false
    ) throws(CaseFault) {
        guard let object = value.object else { throw CaseFault("A case must be a JSON object.") }
        for member in object where !GoldenCase.members.contains(member.key) {
            throw CaseFault(
                "There is no \"\(member.key)\" in a case."
                    + Suggestion.sentence(for: member.key, among: GoldenCase.members)
            )
        }
        let known = Direction.allCases.map(\.rawValue)
        guard let name = object["direction"]?.string else {
            throw CaseFault("direction is missing: one of \(known.joined(separator: ", ")).")
        }
        guard let direction = Direction(rawValue: name) else {
            throw CaseFault(
                "direction is \"\(name)\"; it must be one of \(known.joined(separator: ", "))."
                    + Suggestion.sentence(for: name, among: known)
            )
        }
        let about = object["about"]?.string ?? ""
        if about.isEmpty, !isQuestion {
            throw CaseFault("about is missing: a sentence that says what the case shows.")
        }
        guard let given = object["given"] else { throw CaseFault("given is missing.") }
        let expect = object["expect"]?.object ?? JSONObject()
        if expect.isEmpty, !isQuestion {
            throw CaseFault("expect is missing or empty: a case that expects nothing cannot fail.")
        }
        try GoldenCase.check(
            expect["mapping"]?.object ?? JSONObject(),
            "expect.mapping",
            MappingReport.Kind.allCases.map { "\($0)" }
        )
        if let code = expect["problem"]?["code"]?.string, ProblemCode(rawValue: code) == nil {
            throw CaseFault(
                "expect.problem.code is \"\(code)\", which the catalogue (docs/problems.md) does not have."
                    + Suggestion.sentence(for: code, among: ProblemCode.allCases.map(\.rawValue))
            )
        }
        if direction == .readRefusal, let status = given["status"]?.int64, (200..<300).contains(status) {
            try GoldenCase.checkRefusal(Int(status), given["body"] ?? .null, plugin.vendor)
        }
        self.about = about
        self.direction = direction
        self.given = given
        self.expect = expect
        sent = object["sent"]
        answers = object["answers"]?.array ?? []
        let hooks = object["hooks"]?.object ?? JSONObject()
        try GoldenCase.check(hooks, "hooks", ["on_entry", "on_answer"])
        self.hooks = (hooks["on_entry"], hooks["on_answer"])
        let owners: [String: NativeCall.Credentials] = ["client": .client, "connection": .connection]
        credentials =
            try object["credentials"].map { value throws(CaseFault) in
                try GoldenCase.known(value, "credentials", { owners[$0] }, owners.keys.sorted())
            } ?? .client
        unreadable =
            try object["unreadable"].map { value throws(CaseFault) in
                try GoldenCase.known(value, "unreadable", UnreadableRule.init, UnreadableRule.allCases.map(\.rawValue))
            } ?? .refuse
        if let value = object["operation"] {
            operation = try GoldenCase.known(value, "operation", Operation.init, Operation.allCases.map(\.rawValue))
        } else {
            operation = .create
        }
        guard let now = Timestamp(object["now"]?.string ?? "2026-11-20T09:00:00Z") else {
            throw CaseFault("now must be a time in RFC 3339.")
        }
        self.now = now
        var include: Call.Include = []
        for name in object["include"]?.array ?? [] {
            let parts: [String: Call.Include] = ["money": .money, "raw": .raw]
            include.insert(try GoldenCase.known(name, "include", { parts[$0] }, parts.keys.sorted()))
        }
        self.include = include

        let settings = object["connection"]?.object ?? JSONObject()
        var handling = Handling.strict
        if let value = settings["handling"] {
            let modes = ["strict": false, "lenient": true]
            handling.isLenient = try GoldenCase.known(value, "connection.handling", { modes[$0] }, modes.keys.sorted())
        }
        if let value = settings["rounding"] {
            let names = Rounding.allCases.map(\.rawValue)
            handling.rounding = try GoldenCase.known(value, "connection.rounding", Rounding.init, names)
        }
        self.handling = handling
        connection = try GoldenCase.connection(settings, handling, plugin, zones)
        caller = try GoldenCase.caller(object["caller"]?.object ?? JSONObject(), connection: connection.name)
    }

    /// A value that must be one of several names: a case that misspells one would check something else.
    private static func known<T>(
        _ value: JSONValue,
        _ path: String,
        _ make: (String) -> T?,
        _ names: [String]
    ) throws(CaseFault) -> T {
        if let made = value.string.flatMap(make) { return made }
        throw CaseFault(
            "\(path) is \(value.serialized(.compact)); it must be one of \(names.joined(separator: ", "))."
                + Suggestion.sentence(for: value.string ?? "", among: names)
        )
    }

    private static func connection(
        _ object: JSONObject,
        _ handling: Handling,
        _ plugin: LoadedPlugin,
        _ zones: ZoneDatabase
    ) throws(CaseFault) -> Connection {
        try check(object, "connection", ["settings", "time_zone", "handling", "rounding"])
        let declared = plugin.vendor.manifest.settings.map(\.name)
        try check(object["settings"]?.object ?? JSONObject(), "connection.settings", declared)
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

    private static func check(_ object: JSONObject, _ path: String, _ known: [String]) throws(CaseFault) {
        for member in object where !known.contains(member.key) {
            let meant = Suggestion.sentence(for: member.key, among: known)
            throw CaseFault(
                "There is no \"\(path).\(member.key)\" in a case."
                    + (meant.isEmpty && !known.isEmpty ? " There are: \(known.joined(separator: ", "))." : meant)
            )
        }
    }

    private static func caller(_ object: JSONObject, connection: String) throws(CaseFault) -> Caller {
        try check(object, "caller", ["scopes", "identity"])
        var scopes: Set<Scope>?
        if let list = object["scopes"]?.array {
            scopes = []
            for value in list {
                scopes?.insert(try known(value, "caller.scopes", Scope.init, Scope.allCases.map(\.rawValue)))
            }
        }
        var identities: [String: Identity] = [:]
        if let identity = object["identity"]?.object {
            try check(identity, "caller.identity", ["user_id", "roles", "permissions", "tasks"])
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
            scopes: scopes ?? Set(Scope.allCases),
            identities: identities
        )
    }

    var call: Call {
        var call = Call(
            id: "case",
            operation: operation,
            connection: connection,
            caller: caller,
            handling: handling,
            now: now,
            isPlan: direction == .writeRequest,
            include: include
        )
        call.trace = trace
        return call
    }
}

/// What is wrong with a case file.
struct CaseFault: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
