internal import JSON

/// A list's filters and sorts in the vendor's query, each checked: nothing that was asked for is left out.
struct ListPlan {
    private(set) var items: [QueryItem] = []
    /// What the path template is filled with.
    private(set) var values: [String: String] = [:]
    /// The path and query without the page.
    private(set) var target = ""

    /// - Throws: `unsupported_filter`, `unsupported_sort` or `invalid_value`, with what there is.
    init(
        _ query: ListQuery,
        _ rule: OperationRule,
        _ list: ListRule,
        _ vendor: Vendor,
        values known: [String: String] = [:],
        zone: Zone? = nil,
        now: Timestamp
    ) throws(Problem) {
        var filters = query.filters
        values = known
        if rule.path.contains("{subject.type}") { try takeSubject(&filters, vendor) }
        if let from = query.value(of: "from"), let to = query.value(of: "to"), let a = CivilDate(from),
            let b = CivilDate(to), b < a
        {
            throw ListPlan.invalid("to", "to \(to) is before from \(from).")
        }
        var expressions: [(parameter: String, text: String)] = []
        for filter in filters {
            guard let known = list.filters.first(where: { $0.name == filter.name }) else {
                throw ListPlan.unsupported(filter.name, list, vendor)
            }
            let value = try ListPlan.value(try ListPlan.instant(filter, known, zone), known.format, zone)
            if known.isInPath {
                guard RequestTarget.isSafe(value) else {
                    throw ListPlan.invalid(filter.name, "\(quotedForMessage(value)) can be no identifier in a path.")
                }
                values["filter.\(filter.name)"] = value
                continue
            }
            guard let template = known.expression else {
                items.append(QueryItem(known.parameter, value))
                continue
            }
            let text = template.replacing("${value}", with: value)
            if let index = expressions.firstIndex(where: { $0.parameter == known.parameter }) {
                expressions[index].text += " and " + text
            } else {
                expressions.append((known.parameter, text))
            }
        }
        if let name = RequestTarget.filters(in: rule.path).first(where: { values["filter.\($0)"] == nil }) {
            let parameter = FilterRule.names.contains(name) ? "\(name)=" : "subject=\(name):"
            var problem = Problem(
                .unsupportedFilter,
                "\(vendor.title) lists the entries of one \(name): give \(parameter)id."
            )
            problem.errors = [FieldError(.required, name, "\(name) is needed here.")]
            throw problem
        }
        for expression in expressions { items.append(QueryItem(expression.parameter, expression.text)) }
        for filter in query.vendorFilters { try add(filter, list, vendor) }
        try addSort(query.sort, list, vendor)
        target = RequestTarget.make(rule, values: values, items: items)
    }

    /// A day as the vendor's instant: it begins and ends by the clocks of the account's zone, and by UTC where none is known.
    private static func instant(
        _ filter: ListQuery.Filter,
        _ rule: FilterRule,
        _ zone: Zone?
    ) throws(Problem) -> ListQuery.Filter {
        guard rule.format.isInstant else { return filter }
        guard ["from", "to"].contains(filter.name), let day = CivilDate(filter.value) else {
            if rule.format != .localDateTime || zone != nil { return filter }
            throw invalid(
                filter.name,
                "The vendor takes local times here, and the connection has no time_zone that says which one \(filter.value) is."
            )
        }
        guard let first = filter.name == "to" ? day.adding(days: 1) : day, let begin = midnight(first, zone),
            let time = filter.name == "to" && rule.endsWithin ? begin.adding(seconds: -1) : begin
        else { throw invalid(filter.name, "\(filter.value) is beyond what can be sent as an instant.") }
        return ListQuery.Filter(filter.name, time.description)
    }

    /// When a day begins. Where the clocks are put forward over midnight it begins when they are, where they show it twice the
    /// first time.
    private static func midnight(_ day: CivilDate, _ zone: Zone?) -> Timestamp? {
        guard let local = LocalDateTime(date: day, hour: 0, minute: 0, second: 0) else { return nil }
        guard let zone else { return Timestamp(local, offsetSeconds: 0) }
        return switch zone.resolve(local) {
        case .unique(let time): time
        case .gap(_, let after): after
        case .overlap(let earlier, _): earlier
        }
    }

    /// Where the vendor lists the entries of one subject, the subject stands in the path.
    private mutating func takeSubject(_ filters: inout [ListQuery.Filter], _ vendor: Vendor) throws(Problem) {
        let types = vendor.requests.subjectTypes
        let subjects = filters.filter { !FilterRule.names.contains($0.name) }
        guard subjects.count == 1, types.contains(subjects[0].name), RequestTarget.isSafe(subjects[0].value) else {
            var problem = Problem(
                .unsupportedFilter,
                "\(vendor.title) lists the entries of one subject: give subject=type:id, once, with one of the types "
                    + types.joined(separator: ", ") + "."
            )
            problem.errors = [FieldError(.required, "subject", "subject=type:id is needed here.")]
            throw problem
        }
        values["subject.type"] = subjects[0].name
        values["subject.id"] = subjects[0].value
        filters.removeAll { $0.name == subjects[0].name }
    }

    private mutating func add(
        _ filter: ListQuery.VendorFilter,
        _ list: ListRule,
        _ vendor: Vendor
    ) throws(Problem) {
        guard let rule = list.vendorFilters, let known = rule.filters.first(where: { $0.name == filter.name }) else {
            let names = list.vendorFilters?.names ?? []
            throw Problem(
                .unsupportedFilter,
                "\(vendor.title) has no filter \"\(filter.name)\""
                    + (names.isEmpty ? "." : "; vendor[…] takes \(names.joined(separator: ", ")).")
                    + Suggestion.sentence(for: filter.name, among: names)
            )
        }
        var name = rule.template.replacing("${name}", with: filter.name)
        if let operation = filter.operation {
            guard rule.operators.contains(operation) else {
                throw Problem(
                    .unsupportedFilter,
                    "\(vendor.title) has no operator \"\(operation)\"; there are \(rule.operators.joined(separator: ", "))."
                        + Suggestion.sentence(for: operation, among: rule.operators)
                )
            }
            name += "[\(operation)]"
        }
        try ListPlan.check(filter, known)
        // Which of two counts is the vendor's own secret, and one may be the caller's own user.
        guard !items.contains(where: { $0.name == name }) else {
            let place = "vendor[\(filter.name)]" + (filter.operation.map { "[\($0)]" } ?? "")
            throw ListPlan.invalid(place, "Another filter of this list is \(name) at \(vendor.title) already.")
        }
        items.append(QueryItem(name, filter.value))
    }

    /// The value goes out as it was written, and only if the vendor can understand it.
    private static func check(_ filter: ListQuery.VendorFilter, _ rule: ListRule.VendorFilter) throws(Problem) {
        let place = "vendor[\(filter.name)]" + (filter.operation.map { "[\($0)]" } ?? "")
        let parts = filter.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if !rule.takesSeveral, parts.count > 1, rule.format != .text {
            throw invalid(place, "\(place) takes one value, not several.")
        }
        for part in rule.takesSeveral ? parts : [filter.value] {
            if case .values(let pairs) = rule.format {
                guard pairs.contains(where: { $0.vendor == part }) else {
                    let known = pairs.map { "\($0.vendor) (\($0.unified))" }
                    throw invalid(place, "\(quotedForMessage(part)) is not one of \(known.joined(separator: ", ")).")
                }
            } else {
                _ = try value(ListQuery.Filter(place, part), rule.format)
            }
        }
    }

    private mutating func addSort(
        _ asked: [ListQuery.SortKey],
        _ list: ListRule,
        _ vendor: Vendor
    ) throws(Problem) {
        let keys = asked.isEmpty ? list.defaultSort.map { [ListQuery.SortKey($0)] } ?? [] : asked
        if keys.isEmpty { return }
        if list.hasFixedOrder, let order = list.defaultSort {
            if keys == [ListQuery.SortKey(order)] { return }
            throw Problem(.unsupportedSort, "\(vendor.title)'s lists always come in the order \"\(order)\".")
        }
        var texts: [String] = []
        for key in keys {
            guard let parameter = list.sortParameter, let rule = list.sorts.first(where: { $0.member == key.member })
            else {
                let known = list.sorts.map(\.member)
                throw Problem(
                    .unsupportedSort,
                    known.isEmpty
                        ? "\(vendor.title) sorts lists by nothing that a caller can choose."
                        : "\(vendor.title) does not sort by \"\(key.member)\"; it sorts by \(known.joined(separator: ", ")), "
                            + "each also with \"-\" before it."
                            + Suggestion.sentence(for: key.member, among: known)
                )
            }
            _ = parameter
            texts.append(key.isDescending ? list.descending.replacing("${value}", with: rule.vendor) : rule.vendor)
        }
        if let parameter = list.sortParameter {
            items.append(QueryItem(parameter, texts.joined(separator: ",")))
        }
    }

    private static func unsupported(_ name: String, _ list: ListRule, _ vendor: Vendor) -> Problem {
        let known = list.filters.map(\.name)
        var problem = Problem(
            .unsupportedFilter,
            "\(vendor.title) cannot filter by \(name)"
                + (known.isEmpty ? "." : "; it filters by \(known.joined(separator: ", ")).")
                + Suggestion.sentence(for: name, among: known)
        )
        problem.errors = [FieldError(.unsupportedFilter, name, "A filter is never ignored.")]
        problem.extra["filters"] = .array(known.map { .string($0) })
        return problem
    }

    private static func invalid(_ name: String, _ message: String) -> Problem {
        Problem(faults: [FieldError(.invalidValue, name, message)])
    }

    static func value(
        _ filter: ListQuery.Filter,
        _ format: FilterRule.Format,
        _ zone: Zone? = nil
    ) throws(Problem) -> String {
        let text = filter.value
        let shown = quotedForMessage(text)
        switch format {
        case .date:
            guard let date = CivilDate(text) else {
                throw invalid(filter.name, "\(shown) is not a date of the calendar as YYYY-MM-DD.")
            }
            return date.description
        case .id:
            guard !text.isEmpty else { throw invalid(filter.name, "\(filter.name) is empty.") }
            return text
        case .integerID:
            guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw invalid(filter.name, "\(shown) is no identifier of this vendor: it has digits only.")
            }
            return text
        case .uuid:
            guard isUUID(text) else { throw invalid(filter.name, "\(shown) is not a UUID.") }
            return text
        case .boolean:
            guard text == "true" || text == "false" else {
                throw invalid(filter.name, "\(shown) must be true or false.")
            }
            return text
        case .instant, .utcDateTime, .localDateTime, .unixSeconds, .unixMilliseconds:
            do throws(TimeTextError) {
                let time = try Timestamp.parse(text)
                let utc = time.utc ?? time
                return switch format {
                case .unixSeconds: String(time.epochSeconds)
                case .unixMilliseconds: String(time.epochMilliseconds)
                case .utcDateTime: utc.localDateTime.description
                case .localDateTime: (zone?.localized(time) ?? utc).localDateTime.description
                default: utc.description
                }
            } catch {
                throw invalid(filter.name, "\(shown): \(error.message)")
            }
        case .dateOrInstant:
            if let date = CivilDate(text) { return date.description }
            do throws(TimeTextError) {
                return try Timestamp.parse(text).description
            } catch {
                throw invalid(filter.name, "\(shown) is neither a date of the calendar as YYYY-MM-DD nor an instant.")
            }
        case .integer:
            guard let number = Int64(text), String(number) == text else {
                throw invalid(filter.name, "\(shown) is not a whole number.")
            }
            return text
        case .text:
            guard text.unicodeScalars.count <= 200 else {
                throw invalid(filter.name, "\(filter.name) has more than 200 characters.")
            }
            return text
        case .values(let pairs):
            guard let pair = pairs.first(where: { $0.unified == text }) else {
                let known = pairs.map(\.unified)
                throw invalid(
                    filter.name,
                    "\(shown) is not one of \(known.joined(separator: ", "))."
                        + Suggestion.sentence(for: text, among: known)
                )
            }
            return pair.vendor
        }
    }
}
