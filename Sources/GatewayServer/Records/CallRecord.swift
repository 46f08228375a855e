internal import GatewayCore
internal import JSON

/// What is kept of one call: who asked for what, each step, and what was answered. Nothing is rendered before somebody asks.
///
/// Packed into one piece of memory when the call ends: thousands are kept, and what a call was made of goes with it.
struct CallRecord: Sendable {
    /// Milliseconds since 1970.
    let time: Int64
    let caller: Caller
    /// `nil` for calls that reached no connection.
    private let connection: Connection?
    /// The headers that the first request to the vendor had as others have them too.
    private let common: CommonHeaders?
    private let packed: PackedBytes
    /// What it holds on to, about.
    let bytes: Int

    /// - Parameters:
    ///   - secrets: what must not be shown beside the connection's own secrets.
    ///   - generation: the configuration that the call was made with.
    ///   - parts: the identifiers of the records that its parts have: entries of a batch, connections of a merged list.
    init(
        id: String,
        time: Int64,
        caller: Caller,
        connection: Connection?,
        secrets: [String] = [],
        operation: String,
        generation: Int,
        method: RequestMethod,
        path: String,
        query: String?,
        body: [UInt8],
        status: Int,
        answer: [UInt8],
        trace: CallTrace,
        parts: [String] = []
    ) {
        self.time = time
        self.caller = caller
        self.connection = connection
        common = trace.common
        var writer = PackedWriter(
            capacity: 128 + id.utf8.count + path.utf8.count + (query?.utf8.count ?? 0) + body.count + answer.count
                + trace.packedCapacity
        )
        writer.add(id)
        writer.add(secrets.count)
        for secret in secrets { writer.add(secret) }
        writer.add(operation)
        writer.add(generation)
        writer.add(method.name)
        writer.add(path)
        writer.add(query)
        writer.add(body: body)
        writer.add(status)
        writer.add(body: answer)
        trace.pack(into: &writer, knowing: common)
        writer.add(parts.count)
        for part in parts { writer.add(part) }
        packed = writer.finish()
        bytes = 128 + packed.heldBytes
    }

    func hasID(_ id: String) -> Bool { packed.begins(with: id) }

    /// `{"data": {…}}`
    var answerBody: [UInt8] {
        var reader = PackedReader(packed)
        let id = reader.text()
        let secrets = (0..<reader.count()).map { _ in reader.text() }
        let connection = secrets.isEmpty ? connection : connection?.with(headers: [], hiding: secrets)
        var object = JSONObject()
        object["id"] = .string(id)
        object["time"] = .string(Timestamp(epochSeconds: time / 1000)?.description ?? "")
        object["caller"] = .string(caller.name)
        if let connection {
            object["connection"] = .string(connection.name)
            object["vendor"] = .string(connection.vendor)
        }
        object["operation"] = .string(reader.text())
        let generation = reader.count()
        var request: JSONObject = ["method": .string(reader.text()), "path": .string(reader.text())]
        if let query = reader.textIfAny() { request["query"] = .string(query) }
        let body = reader.body()
        if !body.isEmpty { request["body"] = CallTrace.shown(body, connection) }
        object["status"] = .integer(Int64(reader.count()))
        let answer = reader.body()
        let steps = CallTrace.steps(&reader, knowing: common)
        object["took_us"] = .integer(((steps.last?.start ?? 0) + (steps.last?.nanoseconds ?? 0)) / 1000)
        object["generation"] = .integer(Int64(generation))
        object["request"] = .object(request)
        if let connection { object["steps"] = CallTrace.json(steps, hidingSecretsOf: connection) }
        let parts = (0..<reader.count()).map { _ in JSONValue.string(reader.text()) }
        if !parts.isEmpty { object["parts"] = .array(parts) }
        if !answer.isEmpty { object["answer"] = CallTrace.shown(answer, connection) }
        return Array(JSONValue.object(["data": .object(object)]).serialized(.compact).utf8)
    }
}
