/// Times of day as vendors write them: `08:00`, `8:00:30`, `08:00:00Z`, `8:00am`, or a whole date-time of which the time counts.
enum ClockText {
    /// With two digits for the hour, of 24; `nil` for anything else. What is not understood is never left out: 10:00pm is not
    /// 10:00.
    static func twentyFourHours(_ text: String) -> String? {
        let clock = text.contains("T") ? text.drop { $0 != "T" }.dropFirst() : text[...]
        let bare = clock.prefix { ("0"..."9").contains($0) || $0 == ":" || $0 == "." }
        guard let colon = bare.firstIndex(of: ":"), let hour = Int(bare[..<colon]), bare[..<colon].count <= 2 else {
            return nil
        }
        let rest = bare[colon...]
        switch clock.dropFirst(bare.count).lowercased() {
        case "", "z", "+00:00": return padded(hour) + rest
        case "am", " am": return (1...12).contains(hour) ? padded(hour % 12) + rest : nil
        case "pm", " pm": return (1...12).contains(hour) ? padded(hour % 12 + 12) + rest : nil
        default: return nil
        }
    }

    private static func padded(_ hour: Int) -> String { hour < 10 ? "0\(hour)" : "\(hour)" }
}
