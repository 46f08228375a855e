import JSON

/// The entries of one trackable: `GET /time-entry/{trackable_type}/{trackable_uuid}`.
///
/// From the vendor's other pages: `data`, `links` of four URLs and `meta` as Laravel writes them; `page`, `per_page`
/// (15, 500 at most); sort by `created_at`, `start_date` or `end_date`, `-end_date` unless told; filters by uuids, by
/// the accounts of the owners (left out: the own one), by circles, and by the days between which an entry started.
///
/// Inferred, the spelling of the filters above all: `filter[uuids]`, `filter[account_uuids]` and `filter[circle_uuids]`
/// with commas between the values, `filter[started_between]=Y-m-d,Y-m-d` with both days included, London's days, and
/// `sort` with commas; another filter or sort is a 400 as from Spatie's query builder, a wrong value a 422, another
/// parameter too; an entry belongs to a circle that it tracks; the links carry the page's number alone, as Laravel's do
/// unless told otherwise; entries without the date sorted by count as the earliest; an unknown trackable is a 404.
extension PlannrDialect {
    private static let filters = ["uuids", "account_uuids", "circle_uuids", "started_between"]
    private static let sorts = ["created_at", "start_date", "end_date"]

    func list(
        _ request: SimulatorRequest,
        type: String,
        uuid: String,
        account: String,
        now: Int64
    ) -> SimulatorAnswer {
        guard PlannrForm.isType(type), Identifiers.isUUID(uuid), !configuration.missingReferences.contains(uuid) else {
            return Self.refusal(404, "No query results for model [\(type)] \(uuid)")
        }
        guard let query = RequestQuery(target: request.target) else {
            return Self.refusal(400, "The query is not well-formed.")
        }
        if let refused = Self.refusal(ofNames: query) { return refused }
        var errors: [(field: String, message: String)] = []
        let number = query.integer("page", in: 1...1_000_000, default: 1)
        if number == nil { errors.append(("page", "The page field must be at least 1.")) }
        let size = query.integer("per_page", in: 1...500, default: 15)
        if size == nil { errors.append(("per_page", "The per page field must be between 1 and 500.")) }
        let uuids = Self.uuids("uuids", query, &errors)
        let accounts = Self.uuids("account_uuids", query, &errors) ?? [account]
        let circles = Self.uuids("circle_uuids", query, &errors)
        let days = days(query, &errors)
        guard errors.isEmpty, let number, let size else { return Self.validationRefusal(errors) }

        let found = entries.all.filter { entry in
            entry.form.trackableType.lowercased() == type.lowercased()
                && entry.form.trackableUUID.lowercased() == uuid
                && uuids?.contains(entry.uuid) ?? true
                && accounts.contains(entry.accountUUID)
                && circles?.contains(uuid) ?? true
                && (days == nil || entry.form.start.map { days?.contains($0) == true } == true)
        }
        let sorted = Self.sort(found, by: query["sort"] ?? "-end_date")
        let page = NumberedPage(sorted, number: number, size: size)
        let path = "http://\(request.single("host") ?? "localhost")\(request.path)"
        return .json(200) { writer in
            writer.beginObject()
            writer.name("data")
            writer.beginArray()
            for entry in page.elements { entry.write(zone: zone, now: now, to: &writer) }
            writer.endArray()
            Self.writeNavigation(page, path: path, to: &writer)
            writer.endObject()
        }
    }

    private static func refusal(ofNames query: RequestQuery) -> SimulatorAnswer? {
        for (name, _) in query.items where name.hasPrefix("filter[") && name.hasSuffix("]") {
            let filter = String(name.dropFirst(7).dropLast())
            guard !filters.contains(filter) else { continue }
            let allowed = filters.joined(separator: ", ")
            return refusal(400, "Requested filter(s) `\(filter)` are not allowed. Allowed filter(s) are `\(allowed)`.")
        }
        for term in query["sort"]?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            let sort = term.hasPrefix("-") ? term.dropFirst() : term
            guard !sorts.contains(String(sort)) else { continue }
            let allowed = sorts.joined(separator: ", ")
            return refusal(400, "Requested sort(s) `\(sort)` is not allowed. Allowed sort(s) are `\(allowed)`.")
        }
        let known = filters.map { "filter[\($0)]" } + ["page", "per_page", "sort"]
        return query.stranger(known: Set(known)).map {
            validationRefusal([($0, "The \($0) parameter is prohibited, or came twice.")])
        }
    }

    private static func uuids(
        _ filter: String,
        _ query: RequestQuery,
        _ errors: inout [(field: String, message: String)]
    ) -> Set<String>? {
        guard let text = query["filter[\(filter)]"] else { return nil }
        let uuids = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.lowercased() }
        guard uuids.allSatisfy(Identifiers.isUUID) else {
            errors.append(("filter.\(filter)", "The filter.\(filter) field must hold valid UUIDs."))
            return nil
        }
        return Set(uuids)
    }

    /// From the first day's midnight up to, not including, the midnight after the last day, in milliseconds since 1970.
    private func days(_ query: RequestQuery, _ errors: inout [(field: String, message: String)]) -> Range<Int64>? {
        guard let text = query["filter[started_between]"] else { return nil }
        let dates = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { CivilDate(String($0)) }
        guard dates.count == 2, text.utf8.count == 21, dates[0].daysSinceEpoch <= dates[1].daysSinceEpoch,
            let start = zone.instants(forLocal: Int64(dates[0].daysSinceEpoch) * 86_400).first,
            let end = zone.instants(forLocal: Int64(dates[1].daysSinceEpoch + 1) * 86_400).first
        else {
            errors.append(("filter.started_between", "The filter.started_between field must be as in Y-m-d,Y-m-d."))
            return nil
        }
        return start * 1000..<end * 1000
    }

    private static func sort(_ entries: [PlannrEntry], by text: String) -> [PlannrEntry] {
        func value(_ entry: PlannrEntry, _ name: Substring) -> Int64 {
            switch name {
            case "created_at": entry.createdAt
            case "start_date": entry.form.start ?? .min
            default: entry.form.end ?? .min
            }
        }
        let terms = text.split(separator: ",")
        return entries.enumerated().sorted { left, right in
            for term in terms {
                let isDescending = term.hasPrefix("-")
                let name = isDescending ? term.dropFirst() : term
                let values = (value(left.element, name), value(right.element, name))
                if values.0 != values.1 { return (values.0 < values.1) != isDescending }
            }
            return left.offset < right.offset
        }
        .map(\.element)
    }

    private static func writeNavigation(
        _ page: NumberedPage<PlannrEntry>,
        path: String,
        to writer: inout JSONWriter
    ) {
        writer.name("links")
        writer.beginObject()
        for (name, number) in [
            ("first", 1), ("last", page.last), ("prev", page.number - 1), ("next", page.number + 1),
        ] {
            writer.name(name)
            if (1...page.last).contains(number) { writer.string("\(path)?page=\(number)") } else { writer.null() }
        }
        writer.endObject()
        writer.name("meta")
        writer.beginObject()
        writer.name("current_page")
        writer.integer(page.number)
        writer.name("from")
        let first = (page.number - 1) * page.size + 1
        if page.elements.isEmpty { writer.null() } else { writer.integer(first) }
        writer.name("last_page")
        writer.integer(page.last)
        writer.name("path")
        writer.string(path)
        writer.name("per_page")
        writer.integer(page.size)
        writer.name("to")
        if page.elements.isEmpty { writer.null() } else { writer.integer(first + page.elements.count - 1) }
        writer.name("total")
        writer.integer(page.total)
        writer.endObject()
    }
}
