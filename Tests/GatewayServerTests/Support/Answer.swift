import JSON

/// What the gateway answered.
struct Answer: Sendable {
    let status: Int
    /// Status line and headers, as they came.
    let head: String
    let body: String
    /// The body, or null where it is not JSON.
    let json: JSONValue
    private let response: RawClient.Response

    init(_ response: RawClient.Response) {
        self.response = response
        status = response.status
        head = response.head
        body = response.body
        json = (try? JSONValue(parsing: response.body, limits: JSONLimits(maximumBytes: 64 << 20))) ?? .null
    }

    func header(_ name: String) -> String? { response.header(name) }

    /// The value at a path of members: `data.user.id`.
    subscript(path: String) -> JSONValue? { json[path: path] }

    /// A problem's code.
    var code: String? { self["code"]?.string }
    var detail: String { self["detail"]?.string ?? "" }
    /// Whether the request reached the vendor, by the problem's own word.
    var sent: String? { self["sent"]?.string }

    /// The error of a problem that names this field.
    func error(_ field: String) -> JSONValue? {
        self["errors"]?.array?.first { $0["field"]?.string == field }
    }

    /// The fields of one list of the mapping's report, sorted.
    func mapped(_ kind: String) -> [String] {
        (self["mapping.\(kind)"]?.array ?? []).compactMap { $0["field"]?.string }.sorted()
    }
}

extension JSONValue {
    /// The value at a path of members; a number is an index into a list.
    subscript(path path: String) -> JSONValue? {
        var value: JSONValue? = self
        for name in path.split(separator: ".") {
            value =
                Int(name).flatMap { value?.array?.indices.contains($0) == true ? value?[$0] : nil }
                ?? value?[String(name)]
        }
        return value
    }
}
