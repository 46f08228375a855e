internal import GatewayCore
internal import JSON

/// What is kept of one call: who asked for what, each step, and what was answered. Bodies are kept by reference and nothing
/// is rendered before somebody asks. A class, so that keeping it and letting it go copies nothing.
final class CallRecord: Sendable {
    let id: String
    /// Milliseconds since 1970.
    let time: Int64
    let caller: Caller
    /// `nil` for calls that reached no connection.
    let connection: Connection?
    /// What must not be shown beside the connection's own secrets.
    private let secrets: [String]
    let operation: String
    /// The configuration that the call was made with.
    let generation: Int
    let method: RequestMethod
    let path: String
    let query: String?
    let body: [UInt8]
    let status: Int
    let answer: [UInt8]
    let trace: CallTrace
    /// The identifiers of the records that its parts have: entries of a batch, connections of a merged list.
    let parts: [String]
    /// What it holds on to, about.
    let bytes: Int

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
        self.id = id
        self.time = time
        self.caller = caller
        self.connection = connection
        self.secrets = secrets
        self.operation = operation
        self.generation = generation
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.status = status
        self.answer = answer
        self.trace = trace
        self.parts = parts
        bytes = 512 + body.count + answer.count + trace.heldBytes + 64 * parts.count
    }

    /// `{"data": {…}}`
    var answerBody: [UInt8] {
        let connection = secrets.isEmpty ? connection : connection?.with(headers: [], hiding: secrets)
        var object = JSONObject()
        object["id"] = .string(id)
        object["time"] = .string(Timestamp(epochSeconds: time / 1000)?.description ?? "")
        object["caller"] = .string(caller.name)
        if let connection {
            object["connection"] = .string(connection.name)
            object["vendor"] = .string(connection.vendor)
        }
        object["operation"] = .string(operation)
        object["status"] = .integer(Int64(status))
        let last = trace.steps.last
        object["took_us"] = .integer(((last?.start ?? 0) + (last?.nanoseconds ?? 0)) / 1000)
        object["generation"] = .integer(Int64(generation))
        var request: JSONObject = ["method": .string(method.name), "path": .string(path)]
        if let query { request["query"] = .string(query) }
        if !body.isEmpty { request["body"] = CallTrace.shown(body, connection) }
        object["request"] = .object(request)
        if let connection { object["steps"] = trace.json(hidingSecretsOf: connection) }
        if !parts.isEmpty { object["parts"] = .array(parts.map { .string($0) }) }
        if !answer.isEmpty { object["answer"] = CallTrace.shown(answer, connection) }
        return Array(JSONValue.object(["data": .object(object)]).serialized(.compact).utf8)
    }
}

/// How much of calls is kept: whichever limit is reached first lets the oldest go.
public struct RecordLimits: Sendable, Equatable {
    /// Calls, of all event loops together.
    public var count: Int
    /// Bytes of bodies and steps, of all event loops together.
    public var bytes: Int
    public var seconds: Int

    public static let usual = RecordLimits(count: 2_000, bytes: 16 << 20, seconds: 3_600)

    public init(count: Int, bytes: Int, seconds: Int) {
        self.count = count
        self.bytes = bytes
        self.seconds = seconds
    }
}

/// The records of one event loop, the oldest first to go.
struct CallRecords {
    private let limits: RecordLimits
    private var slots: [CallRecord?] = []
    private var first = 0
    private(set) var count = 0
    private(set) var bytes = 0

    /// - Parameter limits: of this event loop alone.
    init(_ limits: RecordLimits) { self.limits = limits }

    mutating func add(_ record: CallRecord) {
        let size = record.bytes
        guard limits.count > 0, size <= limits.bytes else { return }
        while count > 0, count == limits.count || bytes + size > limits.bytes { drop() }
        expire(record.time)
        if count == slots.count { grow() }
        slots[(first + count) % slots.count] = record
        count += 1
        bytes += size
    }

    /// Lets go of what is too old.
    mutating func expire(_ now: Int64) {
        while count > 0, let oldest = slots[first], oldest.time < now - Int64(limits.seconds) * 1000 { drop() }
    }

    func find(_ id: String, _ now: Int64) -> CallRecord? {
        for offset in 0..<count {
            guard let record = slots[(first + count - 1 - offset) % slots.count], record.id == id else { continue }
            return record.time < now - Int64(limits.seconds) * 1000 ? nil : record
        }
        return nil
    }

    private mutating func drop() {
        bytes -= slots[first]?.bytes ?? 0
        slots[first] = nil
        first = (first + 1) % slots.count
        count -= 1
    }

    private mutating func grow() {
        var larger: [CallRecord?] = []
        larger.reserveCapacity(max(16, slots.count * 2))
        for offset in 0..<count { larger.append(slots[(first + offset) % slots.count]) }
        while larger.count < max(16, slots.count * 2) { larger.append(nil) }
        slots = larger
        first = 0
    }
}
