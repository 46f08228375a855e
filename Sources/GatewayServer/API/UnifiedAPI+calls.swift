internal import GatewayCore
internal import NIOCore

/// The records of calls: `/v1/calls/{id}`.
extension UnifiedAPI {
    /// Answers with the record of one of the caller's own calls.
    func call(
        _ asked: String,
        _ request: InboundRequest,
        _ caller: Caller,
        _ id: String,
        _ reply: ReplyHandle
    ) throws(Problem) {
        guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
        desk.find(asked, for: eventLoop).whenComplete { result in
            // Somebody else's call is as good as none.
            guard case .success(let record?) = result, record.caller.name == caller.name else {
                return self.refuse(CallDesk.notFound(asked), "calls", id, reply)
            }
            self.count("-", "calls", 200)
            self.finish(.json(record.answerBody), id, reply)
        }
    }
}
