extension ListQuery {
    /// The parameters that a list knows, beside `vendor[…]`.
    public static let parameters = [
        "from", "to", "user", "project", "task", "service", "subject", "approval", "billable", "billing",
        "updated_since", "search", "sort", "limit", "cursor",
    ]

    /// Takes one query parameter.
    ///
    /// - Throws: `unknown_parameter` with what is meant, if it can be guessed, or with what is wrong with the value.
    public mutating func take(_ name: String, _ value: String) throws(Problem) {
        if name.hasPrefix("vendor[") { return try takeVendor(name, value) }
        switch name {
        case "subject":
            let parts = value.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !FilterRule.names.contains(parts[0]) else {
                throw Problem(.unknownParameter, "subject is \"\(value)\"; it must be a type and an id: project:7.")
            }
            try add(parts[0], parts[1])
        case "sort":
            sort = value.split(separator: ",").map { SortKey($0) }
            if sort.isEmpty { throw Problem(.unknownParameter, "sort is empty; it is a member such as -work_date.") }
        case "limit":
            guard let number = Int(value), ListQuery.limits.contains(number) else {
                throw Problem(
                    .unknownParameter,
                    "limit is \"\(value)\"; it must be a whole number from \(ListQuery.limits.lowerBound) to "
                        + "\(ListQuery.limits.upperBound)."
                )
            }
            limit = number
        case "cursor": cursor = value
        case let name where ListQuery.parameters.contains(name): try add(name, value)
        default:
            let known = ListQuery.parameters + ["include"]
            throw Problem(
                .unknownParameter,
                "There is no query parameter \"\(name)\"; there are \(known.joined(separator: ", ")) and vendor[…]."
                    + Suggestion.sentence(for: name, among: known)
            )
        }
    }

    private mutating func add(_ name: String, _ value: String) throws(Problem) {
        if self.value(of: name) != nil {
            throw Problem(.unknownParameter, "The filter \(name) is given more than once.")
        }
        try ListQuery.check(name, value)
        filters.append(Filter(name, value))
    }

    /// What no vendor could understand is refused before any is asked.
    private static func check(_ name: String, _ value: String) throws(Problem) {
        switch name {
        case "from", "to": _ = try ListPlan.value(Filter(name, value), .date)
        case "updated_since": _ = try ListPlan.value(Filter(name, value), .instant)
        case "billable": _ = try ListPlan.value(Filter(name, value), .boolean)
        case "search": _ = try ListPlan.value(Filter(name, value), .text)
        case "approval": try check(name, value, .approvalState)
        case "billing": try check(name, value, .billingState)
        default: break
        }
    }

    private static func check(_ name: String, _ value: String, _ member: Member) throws(Problem) {
        guard case .enumeration(let values) = member.type else { return }
        _ = try ListPlan.value(
            Filter(name, value),
            .values(values.map { FilterRule.Pair(vendor: $0, unified: $0) })
        )
    }

    /// `vendor[approver_id]`, `vendor[time][gt]`
    private mutating func takeVendor(_ name: String, _ value: String) throws(Problem) {
        let parts = name.dropFirst("vendor".count).split(separator: "]", omittingEmptySubsequences: false)
        let isClosed = parts.last?.isEmpty == true
        let inner = parts.dropLast()
        guard isClosed, (1...2).contains(inner.count), inner.allSatisfy({ $0.hasPrefix("[") && $0.count > 1 }) else {
            throw Problem(
                .unknownParameter,
                "\"\(name)\" must be vendor[name] or vendor[name][operator], in the vendor's own words."
            )
        }
        let words = inner.map { String($0.dropFirst()) }
        vendorFilters.append(VendorFilter(words[0], operation: words.count == 2 ? words[1] : nil, value))
    }
}
