internal import Synchronization

/// The headers that all requests of one operation at one connection have, as one object: what is made of them for sending can
/// be made once and found again by it.
public final class CommonHeaders: Sendable {
    public let headers: [Header]

    fileprivate init(_ headers: [Header]) { self.headers = headers }
}

/// What is known of an operation's requests before there is one.
final class RequestKind: Sendable {
    fileprivate let rule: Shared<OperationRule>
    /// The whole address, where it is the same for every request.
    let url: String?
    /// The connection's headers, with those of a body and of what is taken for an answer.
    let headers: CommonHeaders

    fileprivate init(_ rule: Shared<OperationRule>, at connection: Connection) {
        self.rule = rule
        let path = rule.value.path
        let isSame = !path.utf8.contains(UInt8(ascii: "{"))
        url = isSame ? connection.origin + (rule.value.query.isEmpty ? path : RequestTarget.make(rule.value)) : nil
        headers = CommonHeaders(
            connection.headers + [
                Header("Content-Type", rule.value.contentType), Header("Accept", rule.value.accept),
            ]
        )
    }
}

/// The kinds of requests of a connection, each made when it is first asked for.
final class RequestKinds: Sendable {
    private static let maximum = 64

    private let kinds = Mutex<[RequestKind]>([])

    func kind(_ rule: Shared<OperationRule>, at connection: Connection) -> RequestKind {
        kinds.withLock { kinds in
            for known in kinds where known.rule === rule { return known }
            let made = RequestKind(rule, at: connection)
            // Other versions of a plugin have other rules.
            if kinds.count == RequestKinds.maximum { kinds.removeAll() }
            kinds.append(made)
            return made
        }
    }
}

extension Connection {
    func kind(_ rule: Shared<OperationRule>) -> RequestKind { kinds.kind(rule, at: self) }
}
