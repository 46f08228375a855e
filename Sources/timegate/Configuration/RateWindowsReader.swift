import GatewayCore

/// Reads a connection's `limits`: `off`, or windows in place of the plugin's own.
struct RateWindowsReader {
    let findings: ConfigurationFindings

    static let hint =
        "Write limits: [{ requests: 60, per: 10s }], limits: off, or take the line away for the plugin's own."

    /// - Returns: `nil` where the plugin's own windows count, or where there is a fault.
    func windows(_ connection: MappingReader) -> [RateWindow]? {
        guard let node = connection.value("limits") else { return nil }
        let path = connection.path(of: "limits")
        switch node.content {
        case .scalar("off", _): return []
        case .list(let elements) where !elements.isEmpty:
            var windows: [RateWindow] = []
            for (index, element) in elements.enumerated() {
                guard let window = window(element, path: "\(path)[\(index)]") else { continue }
                if windows.contains(where: { $0.seconds == window.seconds }) {
                    findings.fault(element.line, "\(path)[\(index)] is a second limit per \(window.lengthText).")
                }
                windows.append(window)
            }
            return windows
        default:
            findings.fault(node.line, "\(path) must be off or a list of limits; it is \(node.shown).", hint: Self.hint)
            return nil
        }
    }

    private func window(_ node: YAMLNode, path: String) -> RateWindow? {
        guard let mapping = MappingReader(node, path: path, example: "{ requests: 60, per: 10s }", findings: findings)
        else { return nil }
        mapping.refuseOthers(than: ["requests", "per"])
        mapping.require("requests", hint: "requests: 60")
        mapping.require("per", hint: "per: 10s")
        guard let requests = requests(mapping), let seconds = seconds(mapping) else { return nil }
        return RateWindow(requests: requests, seconds: seconds)
    }

    private func requests(_ mapping: MappingReader) -> Int? {
        guard let (text, line) = mapping.text("requests") else { return nil }
        if text.allSatisfy(\.isASCIIDigit), let number = Int(text), (1...RateWindow.maximumRequests).contains(number) {
            return number
        }
        findings.fault(
            line,
            "\(mapping.path(of: "requests")) is \"\(text)\"; it must be 1 to \(RateWindow.maximumRequests)."
        )
        return nil
    }

    private func seconds(_ mapping: MappingReader) -> Int? {
        guard let (text, line) = mapping.text("per") else { return nil }
        if let seconds = RateWindow.seconds(text), seconds <= RateWindow.maximumSeconds { return seconds }
        findings.fault(
            line,
            "\(mapping.path(of: "per")) is \"\(text)\", which is no length up to 24h.",
            hint: "Write a whole number and s, m or h: 10s, 30m, 1h."
        )
        return nil
    }
}
