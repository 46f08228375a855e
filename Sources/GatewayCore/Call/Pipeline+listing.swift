internal import JSON

/// Listing entries.
extension Pipeline {
    /// The most requests to the vendor that one list costs.
    private static let maximumPages = 10

    /// Lists entries of one connection, page by page of the vendor until there are as many as asked for.
    ///
    /// A page may be shorter than `limit` and still have a next one: what the caller may not see is left out, and a vendor
    /// whose pages take all the time of the call is not asked for another.
    public func list(
        _ query: ListQuery,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> ListPage {
        try await told(list: call) { () throws(Problem) in
            try await entries(of: query, call, at: vendor, scripts: scripts, upstream: upstream)
        }
    }

    private func entries(
        of query: ListQuery,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> ListPage {
        let rule = try permit(call, vendor).value
        guard let list = rule.list else {
            throw Problem(.unsupportedOperation, "\(vendor.title) lists no entries.", origin: .gateway)
        }
        var query = query
        if let index = query.filters.firstIndex(where: { $0.name == "user" && $0.value == "me" }) {
            guard let me = ownID(call, vendor) else {
                throw Problem(
                    .noIdentity,
                    "user=me: the key \(call.caller.name) has no identity at \(call.connection.name)."
                )
            }
            query.filters[index].value = me
        }
        let own = mayTouchOthers(call) ? nil : try restrict(&query, list, call, vendor)
        // A vendor that lists one user's entries is asked for the caller's own, where nobody else is named.
        if query.value(of: "user") == nil, list.filters.contains(where: { $0.name == "user" && $0.isInPath }),
            let me = ownID(call, vendor)
        {
            query.filters.append(ListQuery.Filter("user", me))
        }
        var values: [String: String] = [:]
        try fillSettings(&values, rule, call)
        let plan = try ListPlan(query, rule, list, vendor, values: values, zone: call.connection.zone, now: call.now)
        let fingerprint = ListCursor.fingerprint(
            of: "\(call.connection.name) \(plan.target) \(plan.items.map { "\($0.name)=\($0.value)" }) \(own ?? "")"
        )
        guard let paging = list.paging else {
            let page = try await fetch(nil, plan, rule, list, call, vendor, upstream)
            var entries: [RecordedEntry] = []
            for view in page.views { entries.append(try await shown(view, call, vendor, scripts)) }
            return ListPage(entries: entries.filter { isVisible($0.entry, own) }, nextCursor: nil)
        }

        var cursor: ListCursor
        if let text = query.cursor {
            cursor = try ListCursor.read(text, fingerprint: fingerprint, paging)
        } else {
            // What is left out costs no page of its own.
            let size = min(paging.maximumSize, own == nil ? query.limit : max(query.limit, 100))
            let start: ListCursor.Position = if case .page = paging.style { .page(1) } else { .vendor(nil) }
            cursor = ListCursor(position: start, size: size, skip: 0, fingerprint: fingerprint)
        }
        var entries: [RecordedEntry] = []
        let deadline = timer.now() + Int64(call.timeoutMilliseconds) * 1_000_000
        for number in 0..<Pipeline.maximumPages {
            var call = call
            if number > 0 {
                call.timeoutMilliseconds = Int((deadline - timer.now()) / 1_000_000)
                if call.timeoutMilliseconds < 1 { break }
            }
            let page = try await fetch(cursor, plan, rule, list, call, vendor, upstream)
            var index = cursor.skip
            while index < page.views.count, entries.count < query.limit {
                let recorded = try await shown(page.views[index], call, vendor, scripts)
                if isVisible(recorded.entry, own) { entries.append(recorded) }
                index += 1
            }
            if index < page.views.count {
                cursor.skip = index
                return ListPage(entries: entries, nextCursor: cursor.text)
            }
            guard let next = page.next else { return ListPage(entries: entries, nextCursor: nil) }
            if case .vendor(let text?) = next, next == cursor.position {
                throw Problem(
                    .vendorAnswerInvalid,
                    "\(vendor.title) answers the cursor of a page with the same cursor, \"\(text.prefix(80))\": the list would not end.",
                    origin: .vendor
                )
            }
            cursor.position = next
            cursor.before += page.views.count
            cursor.skip = 0
            if entries.count == query.limit { break }
        }
        return ListPage(entries: entries, nextCursor: cursor.text)
    }

    /// Limits a list to the caller's own entries, at the vendor where it can filter by user. Returns who that is.
    private func restrict(
        _ query: inout ListQuery,
        _ list: ListRule,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) -> String {
        guard let own = ownID(call, vendor) else {
            throw Problem(
                .scopeMissing,
                "The key \(call.caller.name) has no identity at \(call.connection.name), so every entry is somebody else's: "
                    + "listing them needs the scope read:others."
            )
        }
        if let asked = query.value(of: "user") {
            guard isSameID(asked, own) else {
                throw Problem(.scopeMissing, "Listing the entries of \(asked) needs the scope read:others.")
            }
        } else if list.filters.contains(where: { $0.name == "user" && !$0.isPrivileged }) {
            query.filters.append(ListQuery.Filter("user", own))
        }
        return own
    }

    private func isVisible(_ entry: Entry, _ own: String?) -> Bool {
        guard let own else { return true }
        return entry.userID.map { isSameID($0, own) } ?? false
    }

    private struct VendorPage {
        var views: [JSONView]
        var next: ListCursor.Position?
    }

    private func fetch(
        _ cursor: ListCursor?,
        _ plan: ListPlan,
        _ rule: OperationRule,
        _ list: ListRule,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) async throws(Problem) -> VendorPage {
        var items = plan.items
        if let cursor, let paging = list.paging {
            switch (paging.style, cursor.position) {
            case (.page(let parameter, _), .page(let page)):
                items.append(QueryItem(parameter, String(paging.isByOffset ? cursor.before : page)))
            case (.cursor(let parameter, _), .vendor(let text?)): items.append(QueryItem(parameter, text))
            default: break
            }
            items.append(QueryItem(paging.sizeParameter, String(cursor.size)))
        }
        let target = RequestTarget.make(rule, values: plan.values, items: items)
        var request = readRequest(rule, call.connection.origin + target, call)
        switch list.paging?.style {
        case .page(_, .totalHeader(let name)), .cursor(_, .header(let name)): request.wantedHeader = name
        default: break
        }
        let (document, header) = try await read(request, rule, .list, call, vendor, upstream)
        guard let array = document.root.value(at: rule.entriesPath), array.kind == .array else {
            throw unreadable("holds no list of entries", rule.entriesPath, document, vendor, call)
        }
        let views = Array(array.elements)
        if let index = views.firstIndex(where: { $0.kind != .object }) {
            throw unreadable(
                "holds something else than an entry as element \(index)",
                rule.entriesPath,
                document,
                vendor,
                call
            )
        }
        guard let cursor, let paging = list.paging else { return VendorPage(views: views, next: nil) }
        return VendorPage(views: views, next: try next(cursor, paging, views.count, document, header, vendor))
    }

    private func next(
        _ cursor: ListCursor,
        _ paging: PagingRule,
        _ count: Int,
        _ document: JSONDocument,
        _ header: String?,
        _ vendor: Vendor
    ) throws(Problem) -> ListCursor.Position? {
        switch (paging.style, cursor.position) {
        case (.cursor(let parameter, let next), _):
            do throws(NextCursor.Fault) {
                return try next.read(document.root, header: header, parameter: parameter).map { .vendor($0) }
            } catch {
                // The rest of the list would be missing without a word.
                throw Problem(
                    .vendorAnswerInvalid,
                    "\(vendor.title) answers a page of a list, and does not say where it goes on: \(error.message).",
                    origin: .vendor
                )
            }
        case (.page(_, let end), .page(let page)):
            let hasMore =
                switch end {
                case .pages(let path): document.root.value(at: path)?.int64.map { Int64(page) < $0 }
                case .total(let path): document.root.value(at: path)?.int64.map { Int64(cursor.before + count) < $0 }
                case .shortPage: Bool?.none
                case .totalHeader: header.flatMap { Int64($0) }.map { Int64(cursor.before + count) < $0 }
                }
            // Behind an empty page there is nothing, whatever the vendor counts; where it does not count, a full page may
            // have another behind it.
            return count > 0 && hasMore ?? (count >= cursor.size) ? .page(page + 1) : nil
        default: return nil
        }
    }
}
