/// The text of a duration: `1h30m`, `1h 30m`, `90m`, `45s`, `1:30`, `1:30:00`, `1.5h`, `PT1H30M`.
///
/// `h`, `m` (always minutes) and `s` may be capital; each stands at most once, in this order; only the last part may
/// have decimals; the first part may be of any size, those after it less than 60. The form with colons is hours and
/// minutes, or hours, minutes and seconds, never minutes and seconds. The ISO 8601 form has no date part, and a comma
/// will also do in it. The arithmetic is exact: a text that is not a whole number of seconds is refused.
public enum DurationText {
    /// The seconds of a duration's text, 0 or more. Throws what is wrong and what to write instead.
    public static func parse(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(DurationTextError) -> Int64 {
        guard bytes.count <= 64 else { throw .tooLong }
        var parser = DurationParser(bytes)
        return try parser.parse()
    }

    /// As `parse(utf8:)`.
    public static func parse(_ text: String) throws(DurationTextError) -> Int64 {
        try text.withUTF8Bytes { bytes throws(DurationTextError) in try parse(utf8: bytes) }
    }

    /// `1h 30m`, `45s`, `1h 5s`: the parts that are not zero; `0m` for nothing. A negative duration, which only a
    /// vendor's answer can have, is shown with a minus, and cannot be read back.
    public static func canonical(seconds: Int64) -> String {
        ASCIIWriter.string { write(seconds, to: &$0) }
    }

    /// Appends the text that `canonical(seconds:)` gives.
    public static func appendCanonical(seconds: Int64, to bytes: inout [UInt8]) {
        ASCIIWriter.append(to: &bytes) { write(seconds, to: &$0) }
    }

    /// `1:30`, or `1:30:15` where the seconds are not zero. A negative duration is shown with a minus.
    public static func colonForm(seconds: Int64) -> String {
        ASCIIWriter.string { writer in
            let (hours, minutes, rest) = split(seconds, signTo: &writer)
            writer.decimal(hours)
            writer.byte(ASCII.colon)
            writer.twoDigits(minutes)
            if rest > 0 {
                writer.byte(ASCII.colon)
                writer.twoDigits(rest)
            }
        }
    }

    private static func write(_ seconds: Int64, to writer: inout ASCIIWriter) {
        let (hours, minutes, rest) = split(seconds, signTo: &writer)
        var separated = true
        func part(_ value: UInt64, _ unit: UInt8) {
            if !separated { writer.byte(ASCII.space) }
            writer.decimal(value)
            writer.byte(unit)
            separated = false
        }
        if hours > 0 { part(hours, UInt8(ascii: "h")) }
        if minutes > 0 || (hours == 0 && rest == 0) { part(UInt64(minutes), UInt8(ascii: "m")) }
        if rest > 0 { part(UInt64(rest), UInt8(ascii: "s")) }
    }

    private static func split(
        _ seconds: Int64,
        signTo writer: inout ASCIIWriter
    ) -> (hours: UInt64, minutes: Int, seconds: Int) {
        if seconds < 0 { writer.byte(ASCII.minus) }
        let magnitude = seconds.magnitude
        return (magnitude / 3600, Int(magnitude / 60 % 60), Int(magnitude % 60))
    }
}
