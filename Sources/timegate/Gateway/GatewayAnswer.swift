import JSON

/// What a gateway's answer holds at least, by what was asked. Anything that listens can answer 200 with some JSON: taken for
/// a gateway, it would be told as an entry that is recorded.
enum GatewayAnswer {
    /// An object in `data`: an entry, a connection, a call, a write.
    case one
    /// A list in `data`.
    case list
    /// A request in `plan`.
    case plan
    /// A word in `status`: what a reload came to, or whether the gateway is ready.
    case state

    init(to order: APIOrder) {
        let isPlan = order.query.contains { $0.name == "dry_run" }
        // Of a batch, each outcome has its own plan.
        let isList =
            switch order.place.count {
            case 1: true
            case 2: order.place[1] == "time-entries" && order.method == "GET"
            case 3: order.place[2] == "batch" && order.method == "POST"
            default: order.place[2] == "actions" && order.method == "POST"
            }
        self = isList ? .list : isPlan ? .plan : .one
    }

    /// What is not as a gateway answers; `nil` where nothing is.
    func fault(status: Int, _ body: JSONValue?) -> String? {
        guard let body, body.object != nil else { return "its answer is not a JSON object" }
        // A gateway that is not ready says so with 503, which is no problem of a call.
        if case .state = self, body["status"]?.string != nil { return nil }
        if status >= 400 { return body["code"]?.string == nil ? "its refusal has no code" : nil }
        guard (200..<300).contains(status) else { return "no gateway answers with that status" }
        switch self {
        case .one: return body["data"]?.object == nil ? "its answer has no data" : nil
        case .list: return body["data"]?.array == nil ? "its answer has no list of data" : nil
        case .plan: return body["plan"]?.object == nil ? "its answer has no plan" : nil
        case .state: return "its answer has no status"
        }
    }

    /// The beginning of what came, on one line: ` It came with: {"ok":true}`.
    static func shortened(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(4 * maximumShown), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if text.isEmpty { return " It came with nothing." }
        return " It came with: " + (text.count > maximumShown ? text.prefix(maximumShown) + "…" : text)
    }

    /// Characters: enough to recognise a web server's page.
    private static let maximumShown = 160
}
