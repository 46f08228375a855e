internal import GatewayCore
internal import JSON

/// What the HTTP front end refuses by itself, in the shape of every other problem.
enum FrontEndProblem {
    static func response(status: Int, code: String, detail: String, id: String) -> OutboundResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("type")
        writer.string("urn:timegate:problem:\(code)")
        writer.name("title")
        let entry = FrontEndCatalogue.entry(code)
        writer.string(entry?.title ?? "The request was refused")
        writer.name("status")
        writer.integer(status)
        writer.name("detail")
        writer.string(detail)
        writer.name("code")
        writer.string(code)
        writer.name("origin")
        writer.string("caller")
        writer.name("sent")
        writer.string("no")
        writer.name("retry")
        writer.string("never")
        if let entry {
            writer.name("hint")
            writer.string(entry.hint)
        }
        writer.name("request_id")
        writer.string(id)
        writer.endObject()
        return .problem(status: status, writer.finish())
    }
}

extension Problem {
    /// A body that is no JSON, with the position at which reading stopped.
    init(malformed error: JSONError) {
        let isSize = error.code == .tooLarge
        self.init(isSize ? .bodyTooLarge : .malformedJSON, error.description)
        extra["line"] = .integer(Int64(error.line))
        extra["column"] = .integer(Int64(error.column))
        extra["offset"] = .integer(Int64(error.offset))
        extra["pointer"] = .string(String(error.pointer.prefix(256)))
    }
}
