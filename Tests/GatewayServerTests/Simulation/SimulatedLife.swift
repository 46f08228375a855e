import JSON

/// The life of one process of the gateway. When it is over nothing that the process does has an effect any more, which is
/// what killing it means; its tasks run on to their ends, so that nothing is left behind.
final class SimulatedLife: @unchecked Sendable {
    let number: Int
    var isAlive = true

    init(number: Int) { self.number = number }
}

/// Which of the callers' attempts a task works for.
enum SimulatedOrigin {
    @TaskLocal static var attempt: Int?
    /// Where one request asks for several things: which attempt each is, by the note of a new entry or the id of an old one.
    @TaskLocal static var items: [String: Int] = [:]

    /// The attempt that a request to a vendor belongs to.
    static func attempt(body: [UInt8]?, entryID: String?) -> Int? {
        if let attempt { return attempt }
        if items.isEmpty { return nil }
        if let entryID, let attempt = items[entryID] { return attempt }
        guard let body, let note = (try? JSONValue(parsing: body))?["text"]?.string else { return nil }
        return items[note]
    }
}
