import JSON

/// Messages by field, in the order in which the fields first failed.
enum FieldMessages {
    /// Writes `{"field":["message",…],…}`.
    static func write(_ messages: [(field: String, message: String)], to writer: inout JSONWriter) {
        var written: Set<String> = []
        writer.beginObject()
        for (field, _) in messages where written.insert(field).inserted {
            writer.name(field)
            writer.beginArray()
            for other in messages where other.field == field { writer.string(other.message) }
            writer.endArray()
        }
        writer.endObject()
    }
}
