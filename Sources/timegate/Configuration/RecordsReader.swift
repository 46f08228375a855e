import GatewayServer

/// Reads `records:`: how much of calls is kept.
struct RecordsReader {
    let findings: ConfigurationFindings

    static let example = "records: { count: 2000, bytes: 16M, age: 1h }"

    /// - Returns: `nil` for `off`.
    func limits(_ top: MappingReader) -> RecordLimits? {
        guard let member = top.member("records") else { return .usual }
        if case .scalar(let text, _) = member.value.content {
            if text == "off" { return nil }
            findings.fault(member.line, "records is \"\(text)\", which is neither off nor limits.", hint: Self.example)
            return .usual
        }
        guard let mapping = MappingReader(member.value, path: "records", example: Self.example, findings: findings)
        else { return .usual }
        mapping.refuseOthers(than: ["count", "bytes", "age"])
        var limits = RecordLimits.usual
        read(mapping, "count", 1...1_000_000, ["": 1]) { limits.count = $0 }
        read(mapping, "bytes", 65_536...1 << 32, ["": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30]) {
            limits.bytes = $0
        }
        read(mapping, "age", 1...30 * 86_400, ["s": 1, "m": 60, "h": 3_600, "d": 86_400]) { limits.seconds = $0 }
        return limits
    }

    private func read(
        _ mapping: MappingReader,
        _ name: String,
        _ range: ClosedRange<Int>,
        _ units: [String: Int],
        _ take: (Int) -> Void
    ) {
        guard let (text, line) = mapping.text(name) else { return }
        let digits = text.prefix { $0.isNumber }
        let unit = String(text.dropFirst(digits.count))
        if let number = Int(digits), let factor = units[unit], number <= range.upperBound / factor,
            range.contains(number * factor)
        {
            return take(number * factor)
        }
        let known = units.keys.filter { !$0.isEmpty }.sorted().joined(separator: ", ")
        findings.fault(
            line,
            "records.\(name) is \"\(text)\": it must be a whole number\(known.isEmpty ? "" : " with one of \(known)") from "
                + "\(range.lowerBound) to \(range.upperBound).",
            hint: Self.example
        )
    }
}
