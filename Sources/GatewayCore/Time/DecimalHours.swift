/// Lengths as vendors write them that count hours: a decimal number, with as many decimals as the vendor keeps.
///
/// 0.33 is 1188 seconds. Twenty minutes are no number of hundredths of an hour, and a vendor that keeps two decimals cannot hold them.
struct DecimalHours: Equatable {
    static let mostDecimals = 6

    let decimals: Int
    /// Units of the last decimal in an hour: 100 for two of them.
    private let scale: Int64

    /// - Precondition: 1 to `mostDecimals`.
    init(decimals: Int) {
        precondition((1...DecimalHours.mostDecimals).contains(decimals), "hours have 1 to 6 decimals")
        self.decimals = decimals
        scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
    }

    /// Two lengths that differ by fewer seconds may be the same to the vendor.
    var step: Int64 { (3600 + scale - 1) / scale }

    /// The units that say a length; `nil` where reading them again would be another length, and for one that no entry has.
    func exactUnits(ofSeconds seconds: Int64) -> Int64? {
        guard seconds <= TimeNormaliser.longestDuration else { return nil }
        guard let units = units(ofSeconds: seconds, .nearest) else { return seconds == 0 ? 0 : nil }
        return self.seconds(ofUnits: units) == seconds ? units : nil
    }

    /// `nil` where a length would become zero.
    ///
    /// - Precondition: the length is one that an entry may have.
    func units(ofSeconds seconds: Int64, _ rounding: Rounding) -> Int64? {
        rounding.units(of: 3600, inSeconds: seconds * scale)
    }

    func seconds(ofUnits units: Int64) -> Int64 { (units * 3600 + scale / 2) / scale }

    /// A number without zeros at its end: `1.75`, `8`.
    func text(ofUnits units: Int64) -> String {
        let (whole, rest) = units.quotientAndRemainder(dividingBy: scale)
        if rest == 0 { return String(whole) }
        var digits = String(String(scale + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    // MARK: - Reading

    /// Hours to the nearest second; `nil` for less than none, and for more than an entry may have.
    ///
    /// - Precondition: the text is a number of JSON (RFC 8259 section 6).
    static func seconds(_ text: String) -> Int64? {
        guard let decimal = Decimal(text) else { return nil }
        // 18 digits and 19 powers are all that fits; what is beyond is no second.
        guard decimal.power > -20 else { return 0 }
        guard decimal.power < 9 else { return decimal.digits == 0 ? 0 : nil }
        let ten: (Int) -> UInt64 = { (0..<$0).reduce(1) { power, _ in power * 10 } }
        let (high, low) = decimal.digits.multipliedFullWidth(by: 3600 * ten(max(0, decimal.power)))
        let divisor = ten(max(0, -decimal.power))
        let (rounded, carry) = low.addingReportingOverflow(divisor / 2)
        let top = carry ? high + 1 : high
        guard top < divisor else { return nil }
        let seconds = divisor.dividingFullWidth((top, rounded)).quotient
        return seconds <= UInt64(TimeNormaliser.longestDuration) ? Int64(seconds) : nil
    }

    /// Digits and the power of ten of the last one.
    private struct Decimal {
        var digits: UInt64 = 0
        var power = 0

        /// - Returns: `nil` for a negative number other than -0.
        init?(_ text: String) {
            var isNegative = false
            var isInFraction = false
            var exponent: [UInt8]?
            for byte in text.utf8 {
                if exponent != nil {
                    exponent?.append(byte)
                    continue
                }
                switch byte {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "."): isInFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"): exponent = []
                default:
                    // Further digits of a fraction say nothing of seconds.
                    if digits >= 100_000_000_000_000_000 {
                        if !isInFraction { power += 1 }
                        continue
                    }
                    digits = digits * 10 + UInt64(byte &- UInt8(ascii: "0"))
                    if isInFraction { power -= 1 }
                }
            }
            if isNegative, digits > 0 { return nil }
            guard let exponent, digits > 0 else { return }
            let text = String(decoding: exponent, as: UTF8.self)
            // Beyond these the number is none or endless.
            let shift = Int(text) ?? (text.hasPrefix("-") ? -1000 : 1000)
            power += min(max(shift, -1000), 1000)
        }
    }
}
