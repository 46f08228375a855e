public import JSON

/// How a trace is shown. Nothing of this happens while the call is under way.
extension CallTrace {
    /// Bytes of a body that are shown; of a longer one the beginning.
    private static let shownBytes = 64 << 10
    /// The most changes that are shown of one script.
    private static let shownChanges = 100

    /// The steps, with the connection's secrets hidden.
    public func json(hidingSecretsOf connection: Connection) -> JSONValue {
        CallTrace.json(steps, hidingSecretsOf: connection)
    }

    public static func json(_ steps: [Step], hidingSecretsOf connection: Connection) -> JSONValue {
        var attempt = 0
        return .array(
            steps.map { step in
                var object = JSONObject()
                object["step"] = .string(step.stage.name)
                object["at_us"] = .integer(step.start / 1000)
                object["took_us"] = .integer(step.nanoseconds / 1000)
                switch step.detail {
                case .none: break
                case .report(let report):
                    let fields = CallTrace.fields(report)
                    if !fields.isEmpty { object["fields"] = .object(fields) }
                case .script(let script): CallTrace.add(script, connection, to: &object)
                case .exchange(let exchange):
                    attempt += 1
                    object["attempt"] = .integer(Int64(attempt))
                    CallTrace.add(exchange, connection, to: &object)
                }
                return .object(object)
            }
        )
    }

    /// `{converted: [field, …], …}`
    private static func fields(_ report: MappingReport) -> JSONObject {
        var fields = JSONObject()
        for kind in MappingReport.Kind.allCases {
            let names = report.notes.filter { $0.kind == kind }.map(\.field)
            if !names.isEmpty { fields["\(kind.name)"] = .array(names.map { .string($0) }) }
        }
        return fields
    }

    private static func add(_ script: Script, _ connection: Connection, to object: inout JSONObject) {
        object["function"] = .string(script.function)
        object["instructions"] = .integer(Int64(clamping: script.instructions))
        object["script_us"] = .integer(Int64(clamping: script.nanoseconds / 1000))
        object["memory"] = .integer(Int64(script.memory))
        guard let before = script.before, let after = script.after else { return }
        var changes: [JSONValue] = []
        list(before, after, "", connection, &changes)
        object["changed"] = .array(changes)
    }

    /// What differs, place by place: `{field, before?, after?}` with a JSON pointer.
    private static func list(
        _ before: JSONValue,
        _ after: JSONValue,
        _ path: String,
        _ connection: Connection,
        _ changes: inout [JSONValue]
    ) {
        guard changes.count < shownChanges, !before.isEquivalent(to: after) else { return }
        guard case .object(let old) = before, case .object(let new) = after else {
            changes.append(change(path, before, after, connection))
            return
        }
        for member in old {
            let inner = "\(path)/\(escaped(member.key))"
            if let value = new[member.key] {
                list(member.value, value, inner, connection, &changes)
            } else {
                changes.append(change(inner, member.value, Optional.none, connection))
            }
        }
        for member in new where old[member.key] == nil {
            changes.append(change("\(path)/\(escaped(member.key))", Optional.none, member.value, connection))
        }
    }

    private static func change(
        _ path: String,
        _ before: JSONValue?,
        _ after: JSONValue?,
        _ connection: Connection
    ) -> JSONValue {
        var object: JSONObject = ["field": .string(path.isEmpty ? "/" : path)]
        if let before { object["before"] = connection.hidingSecrets(before) }
        if let after { object["after"] = connection.hidingSecrets(after) }
        return .object(object)
    }

    /// RFC 6901.
    private static func escaped(_ name: String) -> String {
        name.contains("~") || name.contains("/")
            ? name.replacing("~", with: "~0").replacing("/", with: "~1") : name
    }

    private static func add(_ exchange: Exchange, _ connection: Connection, to object: inout JSONObject) {
        let request = exchange.request
        var headers = JSONObject()
        for header in request.headers { headers[header.name] = .string(header.shown) }
        var sent: JSONObject = [
            "method": .string(request.method), "url": .string(connection.hidingSecrets(request.url)),
        ]
        sent["headers"] = .object(headers)
        if let body = request.body { sent["body"] = shown(body, connection) }
        object["request"] = .object(sent)
        switch exchange.result {
        case .success(let answer):
            object["answer"] = ["status": .integer(Int64(answer.status)), "body": shown(answer.body, connection)]
        case .failure(let failure):
            object["failure"] = [
                "kind": .string(failure.kind.rawValue), "message": .string(connection.hidingSecrets(failure.message)),
                "sent": failure.maySent ? "maybe" : "no",
            ]
        }
    }

    /// A body as JSON, or as text where it is none.
    public static func shown(_ bytes: [UInt8], _ connection: Connection?) -> JSONValue {
        if bytes.isEmpty { return .null }
        if bytes.count <= shownBytes, let document = try? JSONDocument(parsing: bytes, limits: .vendorAnswer) {
            guard let connection else { return document.root.value }
            if let shown = connection.hidingSecrets(document) { return shown.root.value }
        }
        let text = String(decoding: bytes.prefix(shownBytes), as: UTF8.self)
        let rest = bytes.count - shownBytes
        return .string((connection?.hidingSecrets(text) ?? text) + (rest > 0 ? "… (\(rest) bytes more)" : ""))
    }
}
