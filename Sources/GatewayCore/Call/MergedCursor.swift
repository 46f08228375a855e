internal import JSON

/// Where a list over several connections goes on: for each of them the page that is being given out, and how much of it.
public struct MergedCursor: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        /// The cursor of the page, `nil` for the first, and the entries of it that were given already.
        case page(cursor: String?, given: Int)
        /// Everything was given.
        case done
        /// It failed on an earlier page, for this reason, and is left out from there on.
        case leftOut(ProblemCode)
    }

    public var places: [String: Place]
    /// Entries in a page of one connection.
    public var size: Int

    public init(connections: [String], size: Int) {
        places = Dictionary(uniqueKeysWithValues: connections.map { ($0, .page(cursor: nil, given: 0)) })
        self.size = size
    }

    public func text(fingerprint: String) -> String {
        var list = JSONObject()
        for (name, place) in places.sorted(by: { $0.key < $1.key }) {
            switch place {
            case .page(let cursor, let given):
                var line: JSONObject = ["s": .integer(Int64(given))]
                if let cursor { line["c"] = .string(cursor) }
                list.append(name, .object(line))
            case .done: list.append(name, "d")
            case .leftOut(let code): list.append(name, .string("x \(code.rawValue)"))
            }
        }
        let object: JSONObject = [
            "f": .string(fingerprint), "n": .integer(Int64(size)), "m": .object(list),
        ]
        return Base64URL.encode(Array(JSONValue.object(object).serialized(.compact).utf8))
    }

    /// - Throws: `cursor_invalid`.
    public static func read(_ text: String, fingerprint: String, connections: [String]) throws(Problem) -> MergedCursor
    {
        guard let bytes = Base64URL.decode(text), let value = try? JSONValue(parsing: bytes),
            let size = value["n"]?.int64, ListQuery.limits.contains(Int(clamping: size)), let list = value["m"]?.object
        else { throw Problem(.cursorInvalid, "The cursor is not one that this gateway gave out.") }
        guard value["f"]?.string == fingerprint, Set(list.keys) == Set(connections) else {
            throw Problem(
                .cursorInvalid,
                "The cursor came from a list with other connections, filters or another sort."
            )
        }
        var cursor = MergedCursor(connections: connections, size: Int(size))
        for line in list {
            switch line.value {
            case "d": cursor.places[line.key] = .done
            case .string(let text):
                guard text.hasPrefix("x "), let code = ProblemCode(rawValue: String(text.dropFirst(2))) else {
                    throw Problem(.cursorInvalid, "The cursor is not one that this gateway gave out.")
                }
                cursor.places[line.key] = .leftOut(code)
            default:
                guard let given = line.value["s"]?.int64, (0...size).contains(given) else {
                    throw Problem(.cursorInvalid, "The cursor is not one that this gateway gave out.")
                }
                cursor.places[line.key] = .page(cursor: line.value["c"]?.string, given: Int(given))
            }
        }
        return cursor
    }

    /// What a list over several connections is, so that a cursor of another one is refused.
    public static func fingerprint(of query: ListQuery, connections: [String]) -> String {
        let filters = query.filters.map { "\($0.name)=\($0.value)" }
        let sorts = query.sort.map { ($0.isDescending ? "-" : "") + $0.member }
        return ListCursor.fingerprint(of: "\(connections) \(filters) \(sorts)")
    }
}
