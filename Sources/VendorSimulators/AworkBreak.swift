import JSON

/// A pause in an awork entry, open while the timer is paused.
struct AworkBreak: Sendable {
    /// Seconds since 1970.
    let start: Int64
    var end: Int64?

    /// Seconds; 0 while the break is open.
    var duration: Int64 { end.map { $0 - start } ?? 0 }

    /// An open break has no `duration` and no `endDate`.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("startDate")
        writer.string(InstantFormat.zulu(start * 1000))
        if let end {
            writer.name("duration")
            writer.integer(duration)
            writer.name("endDate")
            writer.string(InstantFormat.zulu(end * 1000))
        }
        writer.endObject()
    }
}
