/// What a vendor says of how often it may be called, and how its answers tell.
public struct LimitRules: Sendable, Equatable {
    /// How a header gives the time at which the vendor counts anew.
    public enum ResetForm: String, Sendable, CaseIterable {
        /// Seconds since 1970.
        case unixTime = "unix_time"
        /// Milliseconds since 1970.
        case unixMilliseconds = "unix_milliseconds"
        /// Seconds from now.
        case seconds
    }

    public var windows: [RateWindow] = []
    /// The header with that time, in lower case.
    public var resetHeader: String?
    public var resetForm = ResetForm.seconds
    /// The header with the number of requests left until then, in lower case.
    public var remainingHeader: String?
    /// The statuses with which the vendor says that it has not touched the request: any request may then go again.
    public var unprocessed = LimitRules.usuallyUnprocessed
    /// Calls under way at once; `nil` for the gateway's own number.
    public var concurrency: Int?

    public static let usuallyUnprocessed: Set<Int> = [425, 429]

    public init() {}
}
