import GatewayCore
import Testing

@Suite("Suggestion")
struct SuggestionTests {
    @Test(
        "a slip of the pen finds the name that was meant",
        arguments: [
            ("work_dat", "work_date"), ("wrok_date", "work_date"), ("Note", "note"),
            ("durationSeconds", "duration_seconds"),
            ("start_at", "started_at"), ("usr", "user"),
        ]
    )
    func near(name: String, meant: String) {
        let known = ["work_date", "note", "duration_seconds", "started_at", "ended_at", "user", "duration"]
        #expect(Suggestion.nearest(to: name, among: known) == meant)
        #expect(Suggestion.sentence(for: name, among: known) == " Did you mean \"\(meant)\"?")
    }

    @Test("a name that is near nothing suggests nothing", arguments: ["colour", "x", "", "projectleader"])
    func far(name: String) {
        #expect(Suggestion.nearest(to: name, among: ["work_date", "started_at"]) == nil)
        #expect(Suggestion.sentence(for: name, among: ["work_date", "started_at"]).isEmpty)
    }

    @Test("of two that are as near, the first by the alphabet is taken, whatever the order")
    func stable() {
        #expect(Suggestion.nearest(to: "cat", among: ["hat", "bat"]) == "bat")
        #expect(Suggestion.nearest(to: "cat", among: ["bat", "hat"]) == "bat")
    }

    @Test("a very long name costs no more than a short one, and suggests nothing")
    func long() {
        #expect(Suggestion.nearest(to: String(repeating: "a", count: 100_000), among: ["work_date"]) == nil)
    }
}
