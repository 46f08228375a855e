internal import GatewayCore
internal import LuaRuntime

/// How a plugin says what its vendor's lists filter and sort by, and how they are paged.
extension ManifestReader {
    mutating func readList(_ line: Definition, _ rule: OperationRule) -> ListRule {
        var list = ListRule()
        list.filters = readFilters(line)
        addPathFilters(&list, line, rule)
        list.vendorFilters = readVendorFilters(line)
        list.sortParameter = string(line, "sort")
        if let text = string(line, "descending") { list.descending = text }
        if let table = table(line, "sorts") {
            for (member, value) in table.named {
                if let vendor = value.text {
                    list.sorts.append(ListRule.SortRule(member: member, vendor: vendor))
                } else {
                    fault(table.path, "\(table.path).\(member) must be the vendor's name for it.", near: member)
                }
            }
        }
        if !list.sorts.isEmpty, list.sortParameter == nil {
            fault(line.path, "\(line.path) has sorts, and no sort: the name of the query parameter.")
        }
        list.defaultSort = string(line, "default_sort")
        checkDefaultSort(list, line)
        if case .bool(false)? = line["paging"] {
            list.isWhole = true
        } else {
            list.paging = readPaging(line)
        }
        return list
    }

    private mutating func checkDefaultSort(_ list: ListRule, _ line: Definition) {
        guard let text = list.defaultSort else { return }
        let member = ListQuery.SortKey(text).member
        if list.hasFixedOrder {
            if Member(path: member) != nil { return }
            let known = Member.allCases.map(\.path)
            fault(
                "\(line.path).default_sort",
                "\(line.path).default_sort is \"\(text)\", and the unified entry has no member \"\(member)\"."
                    + Suggestion.sentence(for: member, among: known)
            )
        } else if !list.sorts.contains(where: { $0.member == member }) {
            fault("\(line.path).default_sort", "\(line.path).default_sort is \"\(text)\", which is none of sorts.")
        }
    }

    private mutating func table(_ line: Definition, _ key: String) -> Definition? {
        guard let value = line[key] else { return nil }
        guard let table = Definition(value, path: "\(line.path).\(key)") else {
            fault("\(line.path).\(key)", "\(line.path).\(key) must be a table; it is \(value.kindName).", near: key)
            return nil
        }
        return table
    }

    // MARK: - Filters

    private static let formats = Dictionary(
        uniqueKeysWithValues: FilterRule.kinds.map { ($0.name, $0.format) }
    )

    /// The kind of a filter's value; `nil` after a fault.
    private mutating func readFormat(_ filter: Definition, _ kind: String) -> FilterRule.Format? {
        if kind == "enum" { return .values(readValues(filter)) }
        if let known = ManifestReader.formats[kind] { return known }
        let kinds = ManifestReader.formats.keys.sorted() + ["enum"]
        fault(
            filter.path,
            "\(filter.path) is a \"\(kind)\"; it can be \(kinds.joined(separator: ", "))."
                + Suggestion.sentence(for: kind, among: kinds),
            near: kind
        )
        return nil
    }

    private mutating func readFilters(_ line: Definition) -> [FilterRule] {
        guard let filters = table(line, "filters") else { return [] }
        var rules: [FilterRule] = []
        for (name, value) in filters.named {
            let path = "\(filters.path).\(name)"
            guard let filter = Definition(value, path: path), filter.list.count == 2,
                let parameter = filter.list[0].text, let kind = filter.list[1].text
            else {
                fault(path, "\(path) must be a query parameter and a kind: { \"projectId\", \"id\" }.", near: name)
                continue
            }
            checkKeys(filter, Contract.filter.names)
            guard let format = readFormat(filter, kind) else { continue }
            var rule = FilterRule(name: name, parameter: parameter, format: format)
            rule.expression = string(filter, "expression")
            rule.isPrivileged = bool(filter, "privileged") ?? false
            rule.endsWithin = bool(filter, "inclusive") ?? false
            if filter["inclusive"] != nil, name != "to" || !format.isInstant {
                fault(
                    "\(path).inclusive",
                    "\(path).inclusive is for a to that the vendor takes as an instant: \(ManifestReader.instants.joined(separator: ", ")).",
                    near: name,
                    hint: "Take inclusive away: a day is sent as it is."
                )
            }
            if rule.expression != nil, [.id, .text].contains(format) {
                fault(path, "\(path) cannot be part of an expression: an \(kind) could end it.", near: name)
            }
            if let expression = rule.expression, !expression.contains("${value}") {
                fault(path, "\(path).expression has no ${value}.", near: name)
            }
            rules.append(rule)
        }
        return rules
    }

    /// `{filter.user}` in the path: the filter is needed, and its value is an identifier.
    private mutating func addPathFilters(_ list: inout ListRule, _ line: Definition, _ rule: OperationRule) {
        let subject = rule.path.contains("{subject.")
        for name in RequestTarget.filters(in: rule.path) {
            if ["from", "to", "search", "updated_since"].contains(name) || name.isEmpty || subject {
                fault(
                    line.path,
                    subject
                        ? "\(line.path) has {filter.\(name)} beside {subject.id}: one of the two says what is listed."
                        : "\(line.path) has {filter.\(name)}; in a path there can be user, approval or a type of subject.",
                    hint: "Write {filter.user}, or filters = { \(name) = { \"the vendor's parameter\", … } }."
                )
            } else if list.filters.contains(where: { $0.name == name }) {
                fault(
                    "\(line.path).filters.\(name)",
                    "\(line.path) has the filter \(name) in its path and among its filters: it is sent once.",
                    near: name,
                    hint: "Take \(name) out of filters: {filter.\(name)} is a filter by itself."
                )
            } else {
                var filter = FilterRule(name: name, parameter: "", format: .id)
                filter.isInPath = true
                list.filters.append(filter)
            }
        }
    }

    /// `{ { 1, "approved" }, … }`: the vendor's value, then the unified one.
    private mutating func readValues(_ filter: Definition) -> [FilterRule.Pair] {
        guard let table = table(filter, "values") else {
            fault(filter.path, "\(filter.path).values is missing: { { 1, \"approved\" }, … }.")
            return []
        }
        return table.list.compactMap { value in
            guard let pair = value.definitionTable?.list, pair.count == 2, let unified = pair[1].text else {
                fault(table.path, "\(table.path) must be a list of pairs: { 1, \"approved\" }.")
                return nil
            }
            let vendor: String? =
                switch pair[0] {
                case .string(let text): text
                case .integer(let number): String(number)
                case .bool(let flag): flag ? "true" : "false"
                default: nil
                }
            guard let vendor else {
                fault(table.path, "\(table.path): the vendor's value must be a text, an integer or a boolean.")
                return nil
            }
            return FilterRule.Pair(vendor: vendor, unified: unified)
        }
    }

    private mutating func readVendorFilters(_ line: Definition) -> ListRule.VendorFilters? {
        guard let table = table(line, "vendor_filters") else { return nil }
        checkKeys(table, Contract.vendorFilters.names)
        let template = string(table, "template", required: true) ?? "${name}"
        if !template.contains("${name}") { fault(table.path, "\(table.path).template has no ${name}.") }
        guard let list = table["names"]?.definitionTable?.list, !list.isEmpty else {
            fault(table.path, "\(table.path).names must be a list of the vendor's filters.")
            return nil
        }
        let filters = list.compactMap { readVendorFilter($0, "\(table.path).names") }
        var operators: [String] = []
        if let value = table["operators"] {
            if let texts = value.texts {
                operators = texts
            } else {
                fault(table.path, "\(table.path).operators must be a list of texts.")
            }
        }
        return ListRule.VendorFilters(template: template, filters: filters, operators: operators)
    }

    /// `{ "status", "enum", values = { { 1, "approved" } } }`; a name alone is any text.
    private mutating func readVendorFilter(_ value: LuaValue, _ path: String) -> ListRule.VendorFilter? {
        if let name = value.text { return ListRule.VendorFilter(name: name) }
        guard let filter = Definition(value, path: path), filter.list.count == 2, let name = filter.list[0].text,
            let kind = filter.list[1].text
        else {
            fault(path, "\(path): a filter must be a name, or a name and a kind: { \"approver_id\", \"integer_id\" }.")
            return nil
        }
        checkKeys(filter, Contract.vendorFilter.names)
        guard let format = readFormat(filter, kind) else { return nil }
        return ListRule.VendorFilter(
            name: name,
            format: format,
            takesSeveral: bool(filter, "several") ?? false
        )
    }

    // MARK: - Paging

    /// Where the next cursor is told: `next`, with `next_is`, or `next_header`.
    private mutating func readNext(_ table: Definition) -> NextCursor {
        let form = string(table, "next_is")
        if let form, form != "address" {
            fault(
                "\(table.path).next_is",
                "\(table.path).next_is is \"\(form)\"; there is only address: the next page's, with the cursor in its query.",
                near: form
            )
        }
        guard let header = readHeaderName(table, "next_header") else {
            // A list of names: one of them may hold a dot, as OData's does.
            let listed = table["next"]?.text == nil ? table["next"]?.texts : nil
            let path =
                listed ?? string(table, "next", required: true).map { names($0, "\(table.path).next") } ?? []
            if path.first?.first == "@", listed == nil {
                fault(
                    "\(table.path).next",
                    "\(table.path).next is split at its dots: \(path.joined(separator: ", then ")).",
                    near: path.first,
                    hint: "Where the dot belongs to the name, write next = { \"\(path.joined(separator: "."))\" }."
                )
            }
            return form == nil ? .value(path) : .address(path)
        }
        for other in ["next", "next_is"] where table[other] != nil {
            fault(
                "\(table.path).\(other)",
                "\(table.path) has next_header and \(other): the next page is told in one place.",
                near: other
            )
        }
        return .header(header)
    }

    private mutating func readPaging(_ line: Definition) -> PagingRule? {
        guard let table = table(line, "paging") else { return nil }
        checkKeys(table, Contract.paging.names)
        let size = string(table, "size", required: true) ?? ""
        let maximum = table["max"]?.whole ?? 0
        if !(1...10_000).contains(maximum) {
            fault(table.path, "\(table.path).max must be the most entries in one page, 1 to 10000.")
            return nil
        }
        for (one, other) in [
            ("cursor", "page"), ("cursor", "offset"), ("page", "offset"), ("page", "next"), ("offset", "next"),
            ("page", "next_header"), ("offset", "next_header"), ("cursor", "pages"), ("cursor", "total"),
        ]
        where table[one] != nil && table[other] != nil {
            fault(
                "\(table.path).\(other)",
                "\(table.path) has \(one) and \(other): a vendor pages by numbers, by offsets or by cursors, and one of them would do nothing.",
                hint: "Say page or offset with pages, total, total_header or short_page; or cursor with next."
            )
        }
        let style: PagingRule.Style
        if let parameter = string(table, "cursor") {
            style = .cursor(parameter: parameter, next: readNext(table))
        } else if let parameter = string(table, "page") ?? string(table, "offset") {
            let end: PagingRule.End
            if let path = string(table, "pages") {
                end = .pages(names(path, "\(table.path).pages"))
            } else if let path = string(table, "total") {
                end = .total(names(path, "\(table.path).total"))
            } else if let name = string(table, "total_header") {
                end = .totalHeader(name.lowercased())
            } else if bool(table, "short_page") == true {
                end = .shortPage
            } else {
                fault(
                    table.path,
                    "\(table.path) must say how the end is known: pages, total, total_header or short_page.",
                    hint: "Where the vendor counts nothing, say short_page = true: a page that is not full is the last."
                )
                return nil
            }
            style = .page(parameter: parameter, end: end)
        } else {
            fault(table.path, "\(table.path) must name page, offset or cursor: the vendor's query parameter.")
            return nil
        }
        var rule = PagingRule(style: style, sizeParameter: size, maximumSize: Int(maximum))
        rule.isByOffset = table["offset"] != nil
        return rule
    }
}
