import JSON

/// Lists of entries: `GET /timeentries`, `/projects/{id}/timeentries` and `/tasks/{id}/timeentries`.
///
/// From the vendor's other pages: `page`, `pageSize` (1000 at most), `filterby`, `orderby`; the body is the array
/// alone, the headers `aw-page`, `aw-pagesize`, `aw-items` (on this page) and `aw-totalitems` (after filtering) count.
/// One page calls 1000 the standard size, the OpenAPI 10: 10 is taken, so that whoever relies on the larger one
/// notices. A wrong filter or order is `invalid-filter-or-order`.
///
/// Inferred: 400 for the latter; `validation-failed` for a page or size out of range; without `orderby` the order of
/// creation, which also decides between equals.
extension AworkDialect {
    mutating func list(
        _ call: Call,
        of parent: String? = nil,
        where isPart: (AworkEntry) -> Bool = { _ in true }
    ) -> SimulatorAnswer {
        if let parent, let refused = refusal(ofReferences: [parent]) { return refused }
        guard let query = RequestQuery(target: call.request.target) else {
            return badQuery("query", "is not well-formed.")
        }
        if let name = query.stranger(known: ["page", "pageSize", "filterby", "orderby"]) {
            return badQuery(name, "is no parameter of this list, or came twice.")
        }
        guard let number = query.integer("page", in: 1...1_000_000, default: 1) else {
            return badQuery("page", "must be a page number from 1.")
        }
        guard let size = query.integer("pageSize", in: 1...1000, default: 10) else {
            return badQuery("pageSize", "must be between 1 and 1000.")
        }
        var found = entries.all.filter(isPart)
        do throws(AworkQueryError) {
            if let text = query["filterby"] {
                found = found.filter(try AworkFilter(text, ownUserID: configuration.ownUserID).matches)
            }
            if let text = query["orderby"] { found = try AworkOrder(text).sorted(found) }
        } catch {
            return refusal(
                400,
                "invalid-filter-or-order",
                "The request contains an invalid filter or sort statement.",
                details: [error.message]
            )
        }
        let page = NumberedPage(found, number: number, size: size)
        return .json(
            200,
            headers: [
                ("aw-page", String(page.number)), ("aw-pagesize", String(page.size)),
                ("aw-items", String(page.elements.count)), ("aw-totalitems", String(page.total)),
            ]
        ) { writer in
            writer.beginArray()
            for entry in page.elements { entry.write(ownUserID: configuration.ownUserID, to: &writer) }
            writer.endArray()
        }
    }

    private mutating func badQuery(_ name: String, _ message: String) -> SimulatorAnswer {
        validationRefusal([AworkFields.Failure(name, message)])
    }
}
