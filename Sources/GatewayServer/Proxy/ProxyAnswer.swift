internal import CurlClient
internal import GatewayCore

/// A whole answer in the vendor's dialect.
public struct ProxyAnswer: Sendable {
    public var status: Int
    /// End-to-end fields in order, where the gateway writes the answer; framing is the front end's.
    public var headers: [(name: String, value: String)]
    /// The gateway's own fields beside them.
    public var marks: [(name: String, value: String)]
    public var body: [UInt8]
    /// The fields of the vendor's own answer, as they came.
    private(set) var fields = CurlHeaders(bytes: [])

    public init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        marks: [(name: String, value: String)] = [],
        body: [UInt8]
    ) {
        self.status = status
        self.headers = headers
        self.marks = marks
        self.body = body
    }

    init(status: Int, fields: CurlHeaders, body: [UInt8]) {
        self.init(status: status, body: body)
        self.fields = fields
    }

    /// The first field with a name in lower case.
    func header(_ name: String) -> String? {
        for header in headers where header.name.utf8.count == name.utf8.count && header.name.lowercased() == name {
            return header.value
        }
        return fields[name]
    }

    /// Takes this field in place of those with its name.
    mutating func set(_ header: Header) {
        let name = header.name.lowercased()
        headers.removeAll { $0.name.lowercased() == name }
        fields = fields.without([name])
        marks.append((header.name, header.value))
    }

    /// Takes other bytes for a body, and drops what vouched for those that came.
    mutating func replaceBody(with bytes: [UInt8]) {
        body = bytes
        let vouching = ["etag", "digest", "content-digest", "content-md5"]
        headers.removeAll { vouching.contains($0.name.lowercased()) }
        fields = fields.without(vouching)
    }
}

extension ProxyAnswer {
    init(_ refusal: NativeRefusal) {
        self.init(
            status: refusal.status,
            // The front end adds the code and the time to wait, as it does to every refusal.
            headers: refusal.headers.filter { !["Timegate-Error", "Retry-After"].contains($0.name) }.map {
                ($0.name, $0.value)
            },
            body: refusal.body
        )
    }

    /// The answer again, byte for byte.
    init(_ reply: StoredReply) {
        self.init(status: reply.status, body: reply.body)
        if !reply.contentType.isEmpty { headers.append(("Content-Type", reply.contentType)) }
        if let coding = reply.contentEncoding { headers.append(("Content-Encoding", coding)) }
        if let location = reply.location { headers.append(("Location", location)) }
    }

    /// Says that it was given before, and to which key it belongs.
    mutating func markReplayed(_ key: String) {
        marks.append(("Idempotent-Replayed", "true"))
        marks.append(("Idempotency-Key", key))
    }
}

extension StoredReply {
    /// An answer of the vendor's, as the same request gets it again.
    init(_ answer: ProxyAnswer) {
        let coding = answer.header("content-encoding")
        self.init(
            status: answer.status,
            contentType: answer.header("content-type") ?? "",
            location: answer.header("location"),
            contentEncoding: coding?.lowercased() == "identity" ? nil : coding,
            body: answer.body
        )
    }
}

extension CurlHeaders {
    /// The fields but for those with these names, in lower case.
    fileprivate func without(_ names: [String]) -> CurlHeaders {
        let names = names.map { Array($0.utf8) }
        var lines: [UInt8] = []
        forEachField { name, value in
            if ProxyHeaders.isNamed(name, in: names) { return true }
            lines.append(contentsOf: name)
            lines.append(contentsOf: ": ".utf8)
            lines.append(contentsOf: value)
            lines.append(contentsOf: "\r\n".utf8)
            return true
        }
        return CurlHeaders(bytes: lines)
    }
}
