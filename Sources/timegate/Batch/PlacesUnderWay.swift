import Synchronization

/// The places of a batch's file that have been sent and are not answered, for what a process says when it is ended at once.
final class PlacesUnderWay: Sendable {
    private let state = Mutex<(places: (first: Int, last: Int)?, noun: String)>((nil, ""))

    func set(_ places: (first: Int, last: Int)?, _ noun: String) {
        state.withLock { $0 = (places, noun) }
    }

    /// - Returns: `nil` where nothing is under way.
    func lastWords(_ isRepeatable: Bool) -> String? {
        let (places, noun) = state.withLock { $0 }
        guard let places else { return nil }
        let range =
            places.first == places.last ? "\(noun) \(places.first)" : "\(noun)s \(places.first) to \(places.last)"
        return "Given up: \(range) may have been recorded. "
            + (isRepeatable
                ? "Send the file again with the same --batch-key."
                : "Look which of them the vendor has, then go on with --from-line \(places.last + 1).")
    }
}
