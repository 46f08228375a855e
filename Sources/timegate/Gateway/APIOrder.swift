import CurlClient
import GatewayCore
import GatewayServer
import JSON

/// A request to the unified API, for a running gateway or for this process: the same either way.
struct APIOrder {
    var method: String
    /// The segments below `/v1`, not escaped.
    var place: [String]
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
    /// How long a running gateway may take for its whole answer.
    var timeoutMilliseconds = 60_000

    init(method: String, place: [String]) {
        self.method = method
        self.place = place
    }

    /// - Parameter segments: what stands below `/v1/{connection}/time-entries`: an identifier, an action.
    init(method: String, connection: String, segments: [String] = []) {
        self.init(method: method, place: [connection, "time-entries"] + segments)
    }

    var path: String { (["", "v1"] + place.map { APIOrder.escaped($0) }).joined(separator: "/") }

    var queryText: String? {
        if query.isEmpty { return nil }
        return query.map { "\(APIOrder.escaped($0.name))=\(APIOrder.escaped($0.value))" }.joined(separator: "&")
    }

    /// RFC 3986: everything but unreserved characters.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += (digits.utf8.count == 1 ? "%0" : "%") + digits
            }
        }
        return escaped
    }
}

extension DirectGateway {
    func perform(_ order: APIOrder, as caller: Caller) async -> EntryAnswer {
        let answer = await perform(
            APIRequest(
                method: order.method,
                path: order.path,
                query: order.queryText,
                headers: order.headers,
                body: order.body ?? []
            ),
            as: caller
        )
        var found = EntryAnswer(status: answer.status, bytes: answer.body)
        found.isReplay = answer.headers.contains { $0.name == "Idempotent-Replayed" }
        return found
    }
}

extension LocalGateway {
    func perform(_ order: APIOrder, as caller: Caller) async -> EntryAnswer {
        var answer = await gateway.perform(order, as: caller)
        answer.adviseOnOwnJournal()
        return answer
    }
}

extension RemoteGateway {
    func perform(_ order: APIOrder) async -> EntryAnswer {
        var headers = [("Authorization", "Bearer \(key)"), ("Accept", "application/json")]
        if order.body != nil { headers.append(("Content-Type", "application/json")) }
        for (name, value) in order.headers { headers.append((name, value)) }
        var request = CurlRequest(
            method: order.method,
            url: origin.text + order.path + (order.queryText.map { "?\($0)" } ?? ""),
            headers: CurlRequestHeaders(headers),
            body: order.body
        )
        // The address is the caller's own choice, and most gateways stand on a private one.
        request.allowPrivate = true
        request.timeouts.totalMilliseconds = order.timeoutMilliseconds
        request.limits.bodyBytes = JSONLimits.gatewayAnswer.maximumBytes
        switch await caller.send(request) {
        case .success(let response) where response.body.isEmpty && response.status == 204 && order.method == "DELETE":
            return EntryAnswer(status: 204, body: .null)
        case .success(let response): return Self.answer(response, to: GatewayAnswer(to: order))
        case .failure(let failure): return Self.answer(failure, origin, isRead: order.method == "GET")
        }
    }
}

extension EntryAnswer {
    init(status: Int, bytes: [UInt8]) {
        self.init(status: status, body: (try? JSONValue(parsing: bytes, limits: .gatewayAnswer)) ?? .null)
    }

    /// What several outcomes in one answer come to: done, partly done, or why nothing is.
    var exitOfItems: ExitStatus {
        guard status == 207 else { return exit }
        let items = body["data"]?.array ?? []
        let failed = items.filter { ($0["status"]?.int64 ?? 0) >= 400 }
        guard let first = failed.first else { return .done }
        if failed.count < items.count { return .partly }
        return EntryAnswer(status: Int(first["status"]?.int64 ?? 500), body: first["problem"] ?? .null).exit
    }
}

extension JSONLimits {
    /// What a gateway answers: its own JSON, around what vendors answered.
    static let gatewayAnswer = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 128)
}
