/// The texts of `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): structured-field lists, one item
/// for each window.
public enum RateLimitHeaders {
    /// `"acme-10s";q=100;w=10, "acme-30m";q=4000;w=1800`; `nil` without windows.
    public static func policy(_ windows: [RateWindow], connection: String) -> String? {
        guard !windows.isEmpty else { return nil }
        return windows.map { "\(name($0, connection));q=\($0.requests);w=\($0.seconds)" }.joined(separator: ", ")
    }

    /// `"acme-10s";r=50;t=3, "acme-30m";r=4000`: what is left, and the seconds until there is more, rounded up so that
    /// nobody comes too early; without `t` if nothing is used. `nil` without windows.
    public static func limit(_ states: [RateScheduler.State], connection: String) -> String? {
        guard !states.isEmpty else { return nil }
        return states.map { state in
            let time = state.restoredAfter.map { ";t=\($0.secondsRoundedUp)" } ?? ""
            return "\(name(state.window, connection));r=\(state.remaining)\(time)"
        }.joined(separator: ", ")
    }

    /// Names of connections are lower case, digits and hyphens: nothing to escape in a structured-field string.
    private static func name(_ window: RateWindow, _ connection: String) -> String {
        "\"\(connection)-\(window.lengthText)\""
    }
}
