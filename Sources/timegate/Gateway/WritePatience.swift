/// Waits for the answer to a write also when somebody wants the command to end: what has been sent may be recorded, and who does
/// not hear of it sends it again.
struct WritePatience {
    /// Whether this process makes the call, with the journal of its configuration.
    let isLocal: Bool
    let key: String?

    func wait<Answer>(for body: () async throws -> Answer) async rethrows -> Answer {
        let lastWords = lastWords
        let signal = TerminationSignal(
            takesHangup: true,
            onFirst: { Output.words.line("Waiting for the answer to what was sent. Another signal gives it up.") },
            onSecond: {
                Output.words.line(lastWords)
                return .partly
            }
        )
        defer { withExtendedLifetime(signal) {} }
        return try await body()
    }

    private var lastWords: String {
        let again = key.map { "with the key \($0)" } ?? "before you have looked at the vendor"
        let advice = "do not send it again \(key == nil ? "" : "but ")\(again)."
        return isLocal
            ? "Given up: it may have been recorded. A minute from now timegate journal settle finds out; \(advice)"
            : "Given up: the gateway goes on with it, and it may be recorded; \(advice)"
    }
}
