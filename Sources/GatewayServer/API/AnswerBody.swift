internal import GatewayCore
internal import JSON

/// The bodies of the unified API's answers.
enum AnswerBody {
    /// `{"data": entry, "mapping": {…}}`
    static func recorded(_ recorded: RecordedEntry) -> [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.beginObject()
        writeMembers(recorded, to: &writer)
        writer.endObject()
        return writer.finish()
    }

    static func writeMembers(_ recorded: RecordedEntry, to writer: inout JSONWriter) {
        writer.name("data")
        recorded.entry.write(to: &writer)
        if !recorded.report.isEmpty {
            writer.name("mapping")
            recorded.report.write(to: &writer)
        }
    }

    /// `{"data": [entry, …], "next_cursor": …}`; the mapping report of each entry stands in its `meta`.
    static func page(_ page: ListPage) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 * (page.entries.count + 1))
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for recorded in page.entries { recorded.entry.write(to: &writer, meta: recorded.report) }
        writer.endArray()
        if let cursor = page.nextCursor {
            writer.name("next_cursor")
            writer.string(cursor)
        }
        writer.endObject()
        return writer.finish()
    }

    /// A page over several connections: `incomplete` names those that could not answer, and why.
    static func merged(
        _ entries: [RecordedEntry],
        _ cursor: String?,
        _ failures: [MergedList.Failure],
        requestID: String
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 * (entries.count + 1))
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for recorded in entries { recorded.entry.write(to: &writer, meta: recorded.report) }
        writer.endArray()
        if let cursor {
            writer.name("next_cursor")
            writer.string(cursor)
        }
        writer.name("incomplete")
        writer.beginArray()
        for failure in failures {
            writer.beginObject()
            writer.name("connection")
            writer.string(failure.connection)
            writer.name("problem")
            writer.raw(failure.problem.body(requestID: requestID))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// `{"data": [{id, status, data, mapping?} or {id, status, problem}, …]}`
    static func items(_ items: [Item], requestID: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 * (items.count + 1))
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for item in items {
            writer.beginObject()
            writer.name("id")
            writer.string(item.id)
            writeResult(item.result, requestID, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// One of several.
    struct Item {
        var id: String
        var result: Result<EntryAPI.Written, Problem>
    }

    /// What became of one of several: its status, and `data` and `mapping`, or `problem`.
    static func writeResult(
        _ result: Result<EntryAPI.Written, Problem>,
        _ requestID: String,
        to writer: inout JSONWriter
    ) {
        writer.name("status")
        switch result {
        case .success(.fresh(let outcome, let response)):
            writer.integer(Int64(response.status))
            switch outcome {
            case .recorded(let recorded): writeMembers(recorded, to: &writer)
            case .planned(let plan): writeMembers(plan, to: &writer)
            case .deleted, .acted, nil: break
            }
        case .success(.replayed(let reply)):
            writer.integer(Int64(reply.status))
            if reply.status >= 400 {
                writer.name("problem")
                writer.raw(reply.body)
            } else if let document = try? JSONDocument(
                parsing: reply.body,
                limits: JSONLimits(maximumBytes: 16 << 20, maximumDepth: 128)
            ) {
                for (name, value) in document.root.members {
                    writer.name(name.string)
                    writer.raw(Array(value.source))
                }
            }
            writer.name("replayed")
            writer.bool(true)
        case .failure(let problem):
            writer.integer(Int64(problem.status))
            writer.name("problem")
            writer.raw(problem.body(requestID: requestID))
        }
    }

    /// `{"plan": {method, url, headers, body}, "data": entry, "mapping": {…}, "trace"?: [step, …]}`
    static func planned(_ plan: Plan, _ trace: JSONValue? = Optional.none) -> [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.beginObject()
        writeMembers(plan, to: &writer)
        if let trace {
            writer.name("trace")
            writer.value(trace)
        }
        writer.endObject()
        return writer.finish()
    }

    static func writeMembers(_ plan: Plan, to writer: inout JSONWriter) {
        writer.name("plan")
        writer.beginObject()
        writer.name("method")
        writer.string(plan.request.method)
        writer.name("url")
        writer.string(plan.request.url)
        writer.name("headers")
        writer.beginObject()
        for header in plan.request.headers {
            writer.name(header.name)
            writer.string(header.shown)
        }
        writer.endObject()
        if let body = plan.request.body {
            writer.name("body")
            writer.raw(body)
        }
        if !plan.undetermined.isEmpty {
            writer.name("undetermined")
            writer.beginArray()
            for item in plan.undetermined { writer.string(item) }
            writer.endArray()
        }
        writer.endObject()
        writer.name("data")
        plan.entry.write(to: &writer)
        if !plan.report.isEmpty {
            writer.name("mapping")
            plan.report.write(to: &writer)
        }
    }
}
