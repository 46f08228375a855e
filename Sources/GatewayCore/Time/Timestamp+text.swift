internal import JSON

extension Timestamp: CustomStringConvertible {
    /// How strictly a timestamp's text is read.
    public enum Dialect: Sendable {
        /// RFC 3339 section 5.6: what callers have to write.
        case rfc3339
        /// What vendors answer: also `+0200`, `+02`, and no seconds.
        case lenient
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.f…]` with `T`, `t` or a space, followed by `Z`, `z` or `±hh:mm`. Throws what is
    /// wrong with the text: among it second 60, more than nine fraction digits (unless the rest are zeros), and no
    /// offset.
    public static func parse(
        utf8 bytes: UnsafeBufferPointer<UInt8>,
        as dialect: Dialect = .rfc3339
    ) throws(TimeTextError) -> Timestamp {
        let lenient = dialect == .lenient
        var scanner = TimeTextScanner(bytes)
        let date = try scanner.date()
        try scanner.timeSeparator()
        let time = try scanner.timeOfDay(secondsRequired: !lenient)
        if scanner.isAtEnd { throw .offsetMissing }
        guard scanner.isAtOffset else { throw .unexpectedText(at: scanner.position) }
        let offset = try scanner.offset(lenient: lenient)
        if !scanner.isAtEnd { throw .unexpectedText(at: scanner.position) }
        let secondOfDay = time.hour * 3600 + time.minute * 60 + time.second
        return Timestamp(
            uncheckedEpochSeconds: Int64(date.daysSinceEpoch * 86_400 + secondOfDay - offset.seconds),
            nanosecond: Int32(truncatingIfNeeded: time.nanosecond),
            offsetSeconds: Int32(truncatingIfNeeded: offset.seconds),
            form: offset.form,
            fractionDigits: UInt8(truncatingIfNeeded: time.fractionDigits)
        )
    }

    /// As `parse(utf8:as:)`.
    public static func parse(_ text: String, as dialect: Dialect = .rfc3339) throws(TimeTextError) -> Timestamp {
        try text.withUTF8Bytes { bytes throws(TimeTextError) in try parse(utf8: bytes, as: dialect) }
    }

    /// RFC 3339, strictly; nil for any other text.
    public init?(_ text: String) {
        guard let value = try? Self.parse(text) else { return nil }
        self = value
    }

    /// RFC 3339, strictly; nil for any other text.
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard let value = try? Self.parse(utf8: bytes) else { return nil }
        self = value
    }

    /// RFC 3339 with the offset and the fraction digits as written, and always with capital `T` and `Z`.
    ///
    /// RFC 3339 has no seconds in an offset. One that has them (local mean time, before about 1920; Liberia until
    /// 1972) is written to the nearest minute, and the time of day with it, so that the text names the same instant.
    public var description: String {
        ASCIIWriter.string { write(to: &$0) }
    }

    /// Appends the text that `description` gives.
    public func append(to bytes: inout [UInt8]) {
        ASCIIWriter.append(to: &bytes) { write(to: &$0) }
    }

    /// Writes the text that `description` gives as a JSON string.
    func write(to writer: inout JSONWriter) { ASCIIWriter.write(to: &writer) { write(to: &$0) } }

    /// Hands over the bytes of the text that `description` gives.
    public func withText(_ take: (UnsafeBufferPointer<UInt8>) -> Void) {
        ASCIIWriter.with({ write(to: &$0) }, take)
    }

    private func write(to writer: inout ASCIIWriter) {
        let offset = Int(Self.nearestMinute(offsetSeconds: offsetSeconds))
        LocalDateTime(uncheckedClockSeconds: epochSeconds + Int64(offset), nanosecond: Int(nanosecond))
            .write(to: &writer, fractionDigits: Int(fractionDigits))
        if offsetForm == .zulu {
            writer.byte(ASCII.upperZ)
            return
        }
        writer.byte(offset < 0 || offsetForm == .negativeZero ? ASCII.minus : ASCII.plus)
        let minutes = abs(offset) / 60
        writer.twoDigits(minutes / 60)
        writer.byte(ASCII.colon)
        writer.twoDigits(minutes % 60)
    }

    /// An offset in seconds, rounded to a whole minute, half a minute away from zero; at most 23:59.
    static func nearestMinute(offsetSeconds: Int32) -> Int32 {
        let minutes = (abs(offsetSeconds) + 30) / 60
        return Swift.min(minutes, 23 * 60 + 59) * 60 * offsetSeconds.signum()
    }
}
