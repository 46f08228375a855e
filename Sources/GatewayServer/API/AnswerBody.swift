internal import GatewayCore
internal import JSON

/// The bodies of the unified API's answers.
enum AnswerBody {
    /// `{"data": entry, "mapping": {…}}`
    static func recorded(_ recorded: RecordedEntry) -> [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.beginObject()
        writer.name("data")
        recorded.entry.write(to: &writer)
        if !recorded.report.isEmpty {
            writer.name("mapping")
            recorded.report.write(to: &writer)
        }
        writer.endObject()
        return writer.finish()
    }

    /// `{"plan": {method, url, headers, body}, "data": entry, "mapping": {…}}`
    static func planned(_ plan: Plan) -> [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.beginObject()
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
        writer.endObject()
        return writer.finish()
    }
}
