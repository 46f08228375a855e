/// Findings as a person reads them: what, where, why, and the one thing to do.
enum FindingText {
    static func text(_ findings: [Finding], style: Style, width: Int) -> String {
        var text = ""
        for finding in findings {
            let paint =
                switch finding.severity {
                case .error: style.bad
                case .warning: style.caution
                case .ok: style.good
                }
            let word = finding.severity.rawValue
            let space = String(repeating: " ", count: 9 - word.count)
            text += paint(word) + space + style.strong(VisibleText.of(finding.subject)) + "\n"
            text += TextWrap.indented(finding.message, by: 9, width: width) + "\n"
            guard let remedy = finding.remedy else { continue }
            let lines = TextWrap.lines(remedy, width: max(24, width - 11))
            text += "         \(style.accent("→")) " + lines.joined(separator: "\n           ") + "\n"
        }
        return text
    }
}
