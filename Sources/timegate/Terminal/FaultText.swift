import PluginHost

/// Faults of configurations and plugins, one `place: message` a line, with the remedy below.
enum FaultText {
    static func text(_ refused: ConfigurationRefused, style: Style) -> String {
        var text = ""
        for fault in refused.faults { text += line(fault, refused.file, "", style) }
        for warning in refused.warnings { text += line(warning, refused.file, style.caution("warning: "), style) }
        let count = refused.faults.count
        return text + "\(count) fault\(count == 1 ? "" : "s") in \(refused.file): it is not used.\n"
    }

    static func text(warnings: [ConfigurationFault], file: String, style: Style) -> String {
        warnings.map { line($0, file, style.caution("warning: "), style) }.joined()
    }

    static func text(_ fault: PluginFault, style: Style) -> String {
        fault.faults.map { fault in
            var text = "\(fault.place.isEmpty ? "" : style.strong(fault.place) + ": ")\(fault.message)\n"
            if let hint = fault.hint { text += "  \(style.accent("→")) \(hint)\n" }
            for line in fault.excerpt?.split(separator: "\n", omittingEmptySubsequences: false) ?? [] {
                text += "    \(line)\n"
            }
            return text
        }.joined()
    }

    /// `timegate.yaml:12: message`
    private static func line(_ fault: ConfigurationFault, _ file: String, _ kind: String, _ style: Style) -> String {
        let place = fault.line > 0 ? "\(file):\(fault.line)" : file
        var text = "\(style.strong(place)): \(kind)\(fault.message)\n"
        if let hint = fault.hint { text += "  \(style.accent("→")) \(hint)\n" }
        return text
    }
}
