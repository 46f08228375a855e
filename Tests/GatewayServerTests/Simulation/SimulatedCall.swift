import GatewayCore
import JSON

@testable import GatewayServer

/// A request as a caller sends it.
struct SimulatedCall {
    var attempt: Int
    /// The attempts that it stands for together, by the note of a new entry or the id of an old one; empty for a request of one.
    var items: [String: Int] = [:]
    /// Whether it comes in the vendor's own dialect, and with whose credentials it goes on.
    var proxied: ProxyRules.Credentials?
    /// Which connection.
    var setup: Int
    var caller: Caller
    var route: EntryRoute
    var key: String?
    var body: String
}

/// What a caller is answered.
struct SimulatedAnswer {
    var status: Int
    var body: [UInt8]
    var isReplay = false
    /// The problem's code, and what it says of the request and of another try.
    var code: String?
    var sent: String?
    var retry: String?
    var retryAfter: Int?
    /// The entry's identifier.
    var entryID: String?

    init(_ response: OutboundResponse) {
        status = response.status
        body = response.body
        isReplay = response.headers.contains { $0.name == "Idempotent-Replayed" }
        read()
    }

    init(_ problem: Problem, requestID: String) {
        status = problem.status
        body = problem.body(requestID: requestID)
        read()
    }

    /// What one of several was answered.
    init(item: JSONValue) {
        if case .integer(let number)? = item["status"] { status = Int(number) } else { status = 0 }
        isReplay = item["replayed"]?.bool ?? false
        var kept = JSONObject()
        for name in ["data", "mapping", "problem"] { if let value = item[name] { kept[name] = value } }
        body = Array(JSONValue.object(item["problem"]?.object ?? kept).serialized(.compact).utf8)
        read()
    }

    /// The answers of one request for several, in order; empty where the whole was refused.
    var items: [SimulatedAnswer] {
        guard status == 207, let items = (try? JSONValue(parsing: body))?["data"]?.array else { return [] }
        return items.map { SimulatedAnswer(item: $0) }
    }

    /// What a vendor's own client is answered: the vendor's words, which say nothing of another try.
    init(_ answer: ProxyAnswer, _ operation: GatewayCore.Operation) {
        status = answer.status
        body = answer.body
        isReplay = answer.marks.contains { $0.name == "Idempotent-Replayed" }
        code = answer.marks.first { $0.name == "Timegate-Error" }?.value
        entryID = (try? JSONValue(parsing: body))?["id"]?.string
        switch status {
        case 200..<300 where operation == .create && entryID == nil:
            // It has done it, and its answer says nothing.
            status = 502
            code = ProblemCode.recordedButUnmapped.rawValue
            sent = "yes"
        case 200..<300: break
        case 425, 429:
            sent = "no"
            retry = "after"
        case 300..<400, 408, 500...:
            sent = code == nil ? "maybe" : nil
            retry = "same_key"
        default: sent = code == nil ? "yes" : nil
        }
    }

    private mutating func read() {
        guard let json = try? JSONValue(parsing: body) else { return }
        code = json["code"]?.string
        sent = json["sent"]?.string
        retry = json["retry"]?.string
        if case .integer(let seconds)? = json["retry_after"] { retryAfter = Int(seconds) }
        entryID = json["data"]?["id"]?.string
    }

    var is2xx: Bool { (200..<300).contains(status) }

    /// Whether the vendor's own answer, or somebody's word, stands behind it: no further try changes it.
    var text: String { "\(status) \(code ?? entryID ?? "")\(isReplay ? " (again)" : "")" }
}
