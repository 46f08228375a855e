/// What may be done with a value that the vendor cannot hold.
public struct Handling: Sendable, Equatable {
    /// `false`: strict, a loss is refused. `true`: a loss is sent and reported.
    public var isLenient: Bool
    /// How a duration is brought to the vendor's unit where handling is lenient; `nil` means to the nearest.
    public var rounding: Rounding?

    public static let strict = Handling(isLenient: false)

    public init(isLenient: Bool, rounding: Rounding? = nil) {
        self.isLenient = isLenient
        self.rounding = rounding
    }
}

extension Handling {
    /// Reads `Prefer: handling=lenient; rounding=nearest` (RFC 7240). Preferences that are not known are ignored, as
    /// the RFC says, and of one that is said twice the first counts; a known one with a wrong value is a fault, because it
    /// decides about hours.
    ///
    /// - Returns: the handling and what of it was applied, for `Preference-Applied`.
    public static func reading(prefer: String, default base: Handling) throws(Problem) -> (Handling, applied: String) {
        var handling = base
        var applied: [String] = []
        var seen: Set<String> = []
        for part in prefer.split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmedOfSpaces.lowercased() }
            let value = pair.count == 2 ? pair[1].filter { $0 != "\"" } : ""
            guard let name = pair.first, seen.insert(name).inserted else { continue }
            switch name {
            case "handling":
                guard value == "strict" || value == "lenient" else {
                    throw Problem(.malformedRequest, "Prefer: handling is \"\(value)\"; it must be strict or lenient.")
                }
                handling.isLenient = value == "lenient"
                applied.append("handling=\(value)")
            case "rounding":
                guard let rounding = Rounding(rawValue: value) else {
                    throw Problem(
                        .malformedRequest,
                        "Prefer: rounding is \"\(value)\"; it must be up, down or nearest."
                    )
                }
                handling.rounding = rounding
                applied.append("rounding=\(value)")
            default: break
            }
        }
        return (handling, applied.joined(separator: ", "))
    }
}

extension Substring {
    var trimmedOfSpaces: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
