import GatewayCore
import JSON

@testable import GatewayServer

/// A request as a caller sends it.
struct SimulatedCall {
    var attempt: Int
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
