/// The units of a duration's text, from large to small.
public enum DurationUnit: Int64, Sendable, CaseIterable {
    case hour = 3600
    case minute = 60
    case second = 1

    /// How many seconds the unit has.
    public var seconds: Int64 { rawValue }

    /// `h`, `m` or `s`.
    public var symbol: String {
        switch self {
        case .hour: "h"
        case .minute: "m"
        case .second: "s"
        }
    }

    /// `hours`, `minutes` or `seconds`.
    public var plural: String {
        switch self {
        case .hour: "hours"
        case .minute: "minutes"
        case .second: "seconds"
        }
    }
}
