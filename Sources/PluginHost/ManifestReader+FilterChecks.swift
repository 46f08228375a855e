internal import GatewayCore

/// Whether filters and sorts can be used: the unified API gives each name a value of one kind.
extension ManifestReader {
    static var instants: [String] { FilterRule.kinds.filter(\.format.isInstant).map(\.name) }

    /// The kinds that a filter of the unified API can have.
    private static func kinds(of name: String) -> [String] {
        switch name {
        case "from", "to": ["date", "date_or_rfc3339"] + instants
        case "updated_since": ["date_or_rfc3339"] + instants
        case "billable": ["boolean", "enum"]
        case "approval", "billing": ["enum", "text"]
        case "search": ["text"]
        default: ["id", "enum", "integer", "integer_id", "text", "uuid"]
        }
    }

    /// The unified values that a filter can be asked for; `nil` where any will do.
    private static func values(of name: String) -> [String]? {
        switch name {
        case "billable": ["true", "false"]
        case "approval": allowed(.approvalState)
        case "billing": allowed(.billingState)
        default: nil
        }
    }

    private static func allowed(_ member: Member) -> [String]? {
        if case .enumeration(let values) = member.type { values } else { nil }
    }

    mutating func checkFilters(_ manifest: PluginManifest) {
        guard let list = manifest.operations[.list]?.list else { return }
        let path = "operations.list.filters"
        let types = subjectTypes(manifest)
        for filter in list.filters {
            let at = "\(path).\(filter.name)"
            if !FilterRule.names.contains(filter.name), !types.contains(filter.name) {
                let known = FilterRule.names + types.sorted()
                fault(
                    at,
                    "\(at): nobody can ask for it; there are \(known.joined(separator: ", "))."
                        + Suggestion.sentence(for: filter.name, among: known),
                    near: filter.name,
                    hint:
                        "Name it otherwise, give fields a line for subjects.\(filter.name).id, or say it under vendor_filters."
                )
                continue
            }
            if filter.isInPath { continue }
            let kinds = ManifestReader.kinds(of: filter.name)
            if !kinds.contains(filter.format.name) {
                fault(
                    at,
                    "\(at) is of the kind \(filter.format.name); \(filter.name) can be \(kinds.joined(separator: ", ")).",
                    near: filter.name,
                    hint:
                        "Write \(filter.name) = { \"\(filter.parameter)\", \"\(kinds[0])\" } or one of the other kinds."
                )
            }
            if case .values(let pairs) = filter.format, let known = ManifestReader.values(of: filter.name) {
                for pair in pairs where !known.contains(pair.unified) {
                    fault(
                        at,
                        "\(at): \(filter.name) has no value \"\(pair.unified)\"; it has \(known.joined(separator: ", "))."
                            + Suggestion.sentence(for: pair.unified, among: known),
                        near: pair.unified,
                        hint: "Each pair is { the vendor's value, the unified value }."
                    )
                }
            }
        }
        checkParameters(list, path)
        for sort in list.sorts where !isMember(sort.member, manifest) {
            let known = Member.allCases.map(\.path)
            fault(
                "operations.list.sorts.\(sort.member)",
                "operations.list.sorts: the unified entry has no member \"\(sort.member)\"."
                    + Suggestion.sentence(for: sort.member, among: known),
                near: sort.member,
                hint: "Write sorts = { work_date = \"the vendor's name for it\" }."
            )
        }
    }

    private func isMember(_ name: String, _ manifest: PluginManifest) -> Bool {
        Member(path: name) != nil || manifest.fields.contains { $0.target.path == name }
    }

    /// The types of subjects that the table has, and those that every vendor may have.
    private func subjectTypes(_ manifest: PluginManifest) -> Set<String> {
        manifest.fields.reduce(into: ["project", "task", "service"]) { types, field in
            switch field.target {
            case .subject(let type, _): types.insert(type)
            case .anySubject(let named): types.formUnion(named)
            default: break
            }
        }
    }

    /// Each parameter is sent once: only expressions are put together.
    private mutating func checkParameters(_ list: ListRule, _ path: String) {
        var used: [(parameter: String, what: String)] = []
        if let sort = list.sortParameter { used.append((sort, "sort")) }
        if let paging = list.paging {
            used.append((paging.sizeParameter, "paging.size"))
            switch paging.style {
            case .page(let parameter, _): used.append((parameter, "paging.page"))
            case .cursor(let parameter, _): used.append((parameter, "paging.cursor"))
            }
        }
        for filter in list.filters where !filter.isInPath {
            if let other = used.first(where: { $0.parameter == filter.parameter }) {
                fault(
                    "\(path).\(filter.name)",
                    "\(path).\(filter.name) is sent as \(filter.parameter), and so is \(other.what): the vendor would get it twice.",
                    near: filter.name,
                    hint:
                        "Give each its own parameter; where several stand in one, each needs an expression with ${value}."
                )
            }
            let others = list.filters.filter { $0.parameter == filter.parameter && $0.expression != nil }
            if filter.expression == nil || others.count < 2 {
                used.append((filter.parameter, "the filter \(filter.name)"))
            }
        }
    }
}
