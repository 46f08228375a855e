/// The responder of a listener that belongs to one connection: everything that comes goes to its vendor.
final class ProxyListener: HTTPResponder {
    private let api: UnifiedAPI
    private let connection: String

    init(_ api: UnifiedAPI, connection: String) {
        self.api = api
        self.connection = connection
    }

    func streamLimit(of head: RequestHead) -> Int? { UnifiedAPI.proxiedBodyLimit }

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        api.proxy(request.head, nil, reply, bound: connection)
    }

    func respond(to request: StreamedRequest, reply: ReplyHandle) {
        api.proxy(request.head, request.body, reply, bound: connection)
    }

    func problem(status: Int, code: String, detail: String) -> OutboundResponse {
        api.problem(status: status, code: code, detail: detail)
    }

    func requestFinished(_ record: AccessRecord) { api.requestFinished(record) }
}
