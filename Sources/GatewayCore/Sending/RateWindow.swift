/// So many requests in so many seconds: in every interval of that length, wherever it begins.
public struct RateWindow: Sendable, Equatable {
    /// At least 1.
    public let requests: Int
    /// The length in seconds, 1 to 86,400.
    public let seconds: Int

    public static let maximumRequests = 10_000_000
    public static let maximumSeconds = 86_400

    /// - Returns: `nil` if a number is out of range.
    public init?(requests: Int, seconds: Int) {
        guard (1...RateWindow.maximumRequests).contains(requests), (1...RateWindow.maximumSeconds).contains(seconds)
        else { return nil }
        self.requests = requests
        self.seconds = seconds
    }

    /// Reads `10s`, `30m`, `24h` as seconds: a whole number from 1 with its unit, at most a year.
    public static func seconds(_ text: String) -> Int? {
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last, (1...8).contains(digits.count),
            digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Int(text.dropLast()),
            number > 0
        else { return nil }
        let length: Int
        switch unit {
        case UInt8(ascii: "s"): length = 1
        case UInt8(ascii: "m"): length = 60
        case UInt8(ascii: "h"): length = 3600
        default: return nil
        }
        let seconds = number * length
        return seconds <= 366 * 86_400 ? seconds : nil
    }

    /// The length as `10s`, `30m`, `24h`: in the largest unit that divides it.
    public var lengthText: String {
        if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}

extension Int64 {
    /// Times and lengths of this module are nanoseconds of a monotonic clock.
    static func seconds(_ seconds: Int) -> Int64 { Int64(seconds) * 1_000_000_000 }

    static func milliseconds(_ milliseconds: Int) -> Int64 { Int64(milliseconds) * 1_000_000 }

    /// A length in whole seconds, rounded up: what `Retry-After` can say without sending a caller back too early.
    var secondsRoundedUp: Int { self <= 0 ? 0 : Int((self - 1) / 1_000_000_000 + 1) }
}
