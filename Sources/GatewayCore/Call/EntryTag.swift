internal import JSON

/// The entity tag of an entry (RFC 9110, section 8.8.3): of everything that the vendor says of it, so that any change
/// gives another one.
///
/// It is checked before a write, by reading the entry: no vendor here has an atomic check, so a change in the moment
/// between is not seen.
public enum EntryTag {
    public static func of(_ entry: Entry) -> String {
        var entry = entry
        entry[.raw] = nil
        entry[.money] = nil
        var writer = JSONWriter(reserving: 1024)
        entry.write(to: &writer)
        return ListCursor.fingerprint(of: String(decoding: writer.finish(), as: UTF8.self))
    }
}
