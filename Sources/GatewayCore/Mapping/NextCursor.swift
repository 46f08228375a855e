internal import JSON

/// Where a vendor's answer tells the next page of a list.
public enum NextCursor: Sendable, Equatable {
    /// The cursor itself, a text or a whole number.
    case value([String])
    /// The address of the next page, which has the cursor in its query.
    case address([String])
    /// A header, in lower case: `Link` (RFC 8288), or one that holds the cursor itself.
    case header(String)

    /// - Parameters:
    ///   - parameter: the query parameter that takes the cursor.
    ///   - header: the one that is named here, as it came.
    /// - Returns: the cursor; `nil` at the end of the list.
    /// - Throws: a sentence, where something stands there that is none.
    func read(_ root: JSONView, header: String?, parameter: String) throws(Fault) -> String? {
        switch self {
        case .header(let name):
            guard let text = header?.drop(while: \.isWhitespace), !text.isEmpty else { return nil }
            guard text.hasPrefix("<") else { return String(text) }
            guard let address = NextCursor.next(in: text) else { return nil }
            return try NextCursor.cursor(in: address, parameter, "the header \(name)")
        case .value(let path), .address(let path):
            guard let value = root.value(at: path) else { return nil }
            let place = path.joined(separator: ".")
            switch value.kind {
            case .null: return nil
            case .bool where value.bool == false: return nil
            case .string:
                guard let text = value.string, !text.isEmpty else { return nil }
                if case .value = self { return text }
                return try NextCursor.cursor(in: text[...], parameter, place)
            default:
                guard case .value = self, let number = value.int64 else {
                    throw Fault(message: "\(place) is \(value.kind.article), and no cursor")
                }
                return String(number)
            }
        }
    }

    struct Fault: Error { let message: String }

    private static func cursor(
        in address: Substring,
        _ parameter: String,
        _ place: String
    ) throws(Fault) -> String {
        let query = address.prefix { $0 != "#" }.drop { $0 != "?" }.dropFirst()
        let values = NativePath.query(query)?.filter { $0.name == parameter }.map(\.value) ?? []
        guard values.count == 1, !values[0].isEmpty else {
            throw Fault(message: "\(place) is an address whose query does not name \(parameter) once")
        }
        return values[0]
    }

    /// The target of `rel="next"` among links: `<https://…?page=2>; rel="next", <…>; rel="last"`.
    private static func next(in links: Substring) -> Substring? {
        var rest = links
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let target = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            // Up to the comma before the next link; one inside quotes ends nothing.
            var isQuoted = false
            let parameters = rest.prefix { character in
                if character == "\"" { isQuoted.toggle() }
                return isQuoted || character != ","
            }
            rest = rest[parameters.endIndex...]
            for item in parameters.split(separator: ";") {
                let pair = item.split(separator: "=", maxSplits: 1).map {
                    $0.filter { !" \t\"".contains($0) || $0 == " " }
                }
                guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "rel" else { continue }
                if pair[1].split(separator: " ").contains(where: { $0.lowercased() == "next" }) { return target }
            }
        }
        return nil
    }
}
