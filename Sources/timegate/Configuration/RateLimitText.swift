import GatewayServer

/// `600/m`: so many requests in a second, minute or hour.
enum RateLimitText {
    static let hint = "Write 10/s, 600/m or 20000/h, or leave it out for no limit."

    static func parse(_ text: String) -> RateLimit? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].allSatisfy(\.isASCIIDigit), let count = Int(parts[0]), count > 0,
            let seconds = ["s": 1, "m": 60, "h": 3600][parts[1]]
        else { return nil }
        return RateLimit(count: count, seconds: seconds)
    }
}
