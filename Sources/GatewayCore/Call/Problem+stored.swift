public import JSON

extension Problem {
    /// A problem that was told before, from its JSON; the identifier of the request that it was told to stands in `extra`.
    ///
    /// - Returns: `nil` for what is no problem of this gateway.
    public init?(stored value: JSONValue) {
        guard let code = value["code"]?.string.flatMap({ ProblemCode(rawValue: $0) }),
            let detail = value["detail"]?.string
        else { return nil }
        self.init(
            code,
            detail,
            origin: value["origin"]?.string.flatMap { Origin(rawValue: $0) } ?? .gateway,
            sent: value["sent"]?.string.flatMap { Sent(rawValue: $0) } ?? .maybe,
            retry: value["retry"]?.string.flatMap { Retry(rawValue: $0) } ?? .never,
            retryAfter: value["retry_after"]?.int64.map { Int($0) },
            errors: value["errors"]?.array?.map { FieldError(stored: $0) } ?? []
        )
        isLate = value["status"]?.int64 == 504
        rule = value["rule"]?.string
        source = value["source"]?.string
        if let status = value["vendor"]?["status"]?.int64 {
            vendor = VendorAnswer(status: Int(status), body: value["vendor"]?["body"] ?? .null)
        }
        if let place = value["place"]?.string {
            self.place = ScriptPlace(
                place: place,
                function: value["function"]?.string,
                excerpt: value["excerpt"]?.string
            )
        }
        for member in value.object ?? JSONObject()
        where !Problem.members.contains(member.key) || member.key == "request_id" {
            extra[member.key] = member.value
        }
    }
}

extension FieldError {
    fileprivate init(stored value: JSONValue) {
        self.init(
            .invalidEntry,
            value["field"]?.string,
            value["message"]?.string ?? "",
            vendorField: value["vendor_field"]?.string,
            vendorCode: value["vendor_code"]?.string
        )
        code = value["code"]?.string ?? code
        hint = value["hint"]?.string
    }
}
