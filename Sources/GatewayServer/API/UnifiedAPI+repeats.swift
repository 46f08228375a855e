internal import GatewayCore

/// Requests that come no further than to a refusal of the gateway's own (a limit of the key, a connection that is disabled or
/// gone, a body that is no JSON), while an earlier one under their key has.
extension UnifiedAPI {
    /// Refuses a request. That nothing of it was sent must not be read as if nothing was sent under its key: what an
    /// earlier request came to is said beside it.
    func refuse(_ problem: Problem, to request: InboundRequest, _ id: String, _ reply: ReplyHandle) {
        guard problem.sent == .no, let journal = entries.writes?.journal, let scope = scope(of: request) else {
            return refuse(problem, "-", id, reply)
        }
        Task.immediate(executorPreference: executor) {
            let earlier = try? await journal.find(scope)
            self.refuse(earlier.map(problem.after) ?? problem, "-", id, reply)
        }
    }

    /// The place in the journal of a write that has a key, whatever else is wrong with it.
    private func scope(of request: InboundRequest) -> WriteScope? {
        guard let text = request.headers.first("idempotency-key"),
            let key = try? IdempotencyKey.read(String(decoding: text, as: UTF8.self)), let caller = caller(of: request),
            case .success(let path) = RequestPath.parse(request.head.pathBytes),
            path.segments.count >= 3, path.segments[0] == "v1", path.segments[2] == "time-entries",
            let route = try? EntryRoute.parse(request.method, path.segments[3...]), !route.operation.isRead
        else { return nil }
        return WriteScope(caller: caller.name, connection: path.segments[1], operation: route.operation, key: key)
    }
}

extension Problem {
    /// The refusal of a request whose key an earlier one has.
    fileprivate func after(_ earlier: WriteRecord) -> Problem {
        var problem = naming(earlier.scope)
        problem.sent = earlier.sent
        problem.detail +=
            " Nothing of this request was sent; an earlier one with this key was, and /v1/outcomes/\(earlier.scope.key) "
            + "says what became of it."
        return problem
    }
}

extension WriteRecord {
    /// Whether the request reached the vendor.
    var sent: Problem.Sent {
        switch state {
        case .answered, .done, .expired: .yes
        case .claimed, .notRecorded: .no
        case .sending, .unknown, .reconciling, .needsOperator: .maybe
        }
    }
}
