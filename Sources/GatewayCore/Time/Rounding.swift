/// What to do with seconds where a vendor counts only in larger units, and the caller has allowed rounding.
public enum Rounding: String, Sendable, Hashable, CaseIterable {
    case up
    case down
    /// Half a unit goes up.
    case nearest

    /// How many whole units of so many seconds stand for a duration.
    ///
    /// Nil where rounding would make a positive duration zero (work must not vanish), and for negative durations.
    /// Zero stays zero, and a duration that is a whole number of units is that number, whatever the rounding.
    /// - Precondition: `unit` is positive.
    public func units(of unit: Int64, inSeconds seconds: Int64) -> Int64? {
        precondition(unit > 0, "a unit must have at least one second")
        guard seconds >= 0 else { return nil }
        let (whole, rest) = seconds.quotientAndRemainder(dividingBy: unit)
        let goesUp =
            switch self {
            case .up: rest > 0
            case .down: false
            case .nearest: rest >= unit - rest
            }
        let units = goesUp ? whole + 1 : whole
        return units == 0 && seconds > 0 ? nil : units
    }

    /// How many minutes stand for a duration; nil as in `units(of:inSeconds:)`.
    public func minutes(fromSeconds seconds: Int64) -> Int64? {
        units(of: 60, inSeconds: seconds)
    }

    /// The minutes of a duration that needs no rounding; nil if it is not whole minutes, or negative.
    public static func exactMinutes(fromSeconds seconds: Int64) -> Int64? {
        seconds >= 0 && seconds % 60 == 0 ? seconds / 60 : nil
    }
}
