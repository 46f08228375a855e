/// Vendors that answer a create with no body, and name the new entry in a header (RFC 9110, section 10.2.2).
enum EntryHeader {
    /// The id in `https://vendor.example/api/time/4711`, `/odata/TimeEntries(4711)` or `4711`; `nil` where there is none.
    static func id(in text: String) -> String? {
        let address = text.prefix { $0 != "?" && $0 != "#" }.filter { !$0.isWhitespace }
        guard var id = address.split(separator: "/").last else { return nil }
        if id.last == ")", let open = id.firstIndex(of: "(") {
            id = id[id.index(after: open)...].dropLast()
            if id.count >= 2, id.first == "'", id.last == "'" { id = id.dropFirst().dropLast() }
        }
        guard let found = NativePath.decoded(id), RequestTarget.isSafe(found) else { return nil }
        return found
    }
}

extension Vendor {
    /// The body that stands for an answer without one, so that all that reads bodies finds the entry; `nil` where the answer has
    /// a body, or no header names an entry.
    func body(
        naming header: String?,
        status: Int,
        body: [UInt8],
        _ operation: Operation,
        zones: ZoneDatabase,
        connection: Connection
    ) -> [UInt8]? {
        guard let header, let rule = rules[operation]?.value, rule.idHeader != nil, rule.success.contains(status),
            body.isBlank, let id = EntryHeader.id(in: header)
        else { return nil }
        var entry = Entry()
        entry[.id] = .string(id)
        return try? writeNativeAnswer(entry, operation: operation, zones: zones, connection: connection)
    }
}

extension Pipeline {
    /// The answer of a vendor that names a new entry in a header, with that name where others have it.
    func named(
        _ result: Result<UpstreamAnswer, UpstreamFailure>,
        _ call: Call,
        _ vendor: Vendor
    ) -> Result<UpstreamAnswer, UpstreamFailure> {
        guard case .success(var answer) = result,
            let body = vendor.body(
                naming: answer.wantedHeader,
                status: answer.status,
                body: answer.body,
                call.operation,
                zones: zones,
                connection: call.connection
            )
        else { return result }
        answer.body = body
        return .success(answer)
    }
}
