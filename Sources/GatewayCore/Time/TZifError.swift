/// What is wrong with a compiled time zone file.
enum TZifError: Error, Hashable, Sendable, CustomStringConvertible {
    case notTZif
    case truncated
    case badCounts
    case badIndex
    case badOffset
    case notAscending
    case leapSeconds
    case badRule(String)

    var description: String {
        switch self {
        case .notTZif: "it is no TZif file"
        case .truncated: "it is cut off"
        case .badCounts: "its counts contradict each other"
        case .badIndex: "it refers to a type or a name that it has not"
        case .badOffset: "an offset is a day or more"
        case .notAscending: "its transitions are not in order"
        case .leapSeconds: "it counts leap seconds, which POSIX time does not"
        case .badRule(let reason): "the rule at its end cannot be read (\(reason))"
        }
    }
}
