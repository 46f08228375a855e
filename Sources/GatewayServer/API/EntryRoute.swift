internal import GatewayCore

/// What a method and a path below `/v1/{connection}/time-entries` ask for.
enum EntryRoute: Equatable {
    case create, list
    /// Create many.
    case batch
    /// Get, update, replace or delete one entry.
    case one(Operation, id: String)
    /// Approve, reject, stop one entry.
    case action(Operation, id: String)
    /// The same, or deleting, on several.
    case actionOnEach(Operation)

    var operation: Operation {
        switch self {
        case .create, .batch: .create
        case .list: .list
        case .one(let operation, _), .action(let operation, _), .actionOnEach(let operation): operation
        }
    }

    var entryID: String? {
        switch self {
        case .one(_, let id), .action(_, let id): id
        default: nil
        }
    }

    /// The connection's name where the path is `/v1/{connection}/time-entries` and nothing in it has to be looked at twice, as in
    /// most requests; `nil` for everything that has to be taken apart.
    static func connection(ofEntriesAt path: ArraySlice<UInt8>) -> String? {
        path.withUnsafeBytes { path in
            let (beginning, end) = ("/v1/" as StaticString, "/time-entries" as StaticString)
            let nameStart = beginning.utf8CodeUnitCount
            let nameEnd = path.count - end.utf8CodeUnitCount
            guard nameEnd > nameStart, path.sub(0, nameStart).equals(beginning),
                path.sub(nameEnd, path.count).equals(end)
            else { return nil }
            let name = path.sub(nameStart, nameEnd)
            return name.allSatisfy(isPlain) ? String(decoding: name, as: UTF8.self) : nil
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// - Parameter rest: the decoded segments behind `time-entries`.
    /// - Throws: `not_found` or `method_not_allowed`; `nil` is a path of another kind.
    static func parse(_ method: RequestMethod, _ rest: ArraySlice<String>) throws(Problem) -> EntryRoute? {
        let rest = Array(rest)
        switch rest.count {
        case 0:
            switch method {
            case .post: return .create
            case .get, .head: return .list
            default: throw UnifiedAPI.notAllowed("GET, HEAD, POST")
            }
        case 1 where rest[0] == "batch":
            guard method == .post else { throw UnifiedAPI.notAllowed("POST") }
            return .batch
        case 1:
            switch method {
            case .get, .head: return .one(.get, id: rest[0])
            case .patch: return .one(.update, id: rest[0])
            case .put: return .one(.replace, id: rest[0])
            case .delete: return .one(.delete, id: rest[0])
            default: throw UnifiedAPI.notAllowed("GET, HEAD, PATCH, PUT, DELETE")
            }
        case 2:
            let known = rest[0] == "actions" ? Operation.onSeveral : Operation.actions
            let names = known.map(\.rawValue)
            guard let action = known.first(where: { $0.rawValue == rest[1] }) else {
                throw Problem(
                    .notFound,
                    "There is no action \"\(rest[1])\"; there are \(names.joined(separator: ", "))."
                        + Suggestion.sentence(for: rest[1], among: names)
                )
            }
            guard method == .post else { throw UnifiedAPI.notAllowed("POST") }
            return rest[0] == "actions" ? .actionOnEach(action) : .action(action, id: rest[0])
        default: return nil
        }
    }
}
