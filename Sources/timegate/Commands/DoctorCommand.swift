import ArgumentParser
import JSON

/// How a command prints what is one document.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Ask every account, and say what is wrong and what to do about it.",
        discussion: """
            Checks the configuration and the plugins as check does, and then reads one entry through each connection, \
            for ten seconds at most. It never writes at a vendor. Ends with 0 where there are only warnings, else with \
            the highest of what it found: 3 the configuration, 4 credentials or permission, 5 refused, 6 not reached, \
            7 a plugin, 9 a limit.
            """
    )

    @Argument(help: ArgumentHelp("Only these connections. (default: all, and the keys)", valueName: "connection"))
    var connections: [String] = []

    @OptionGroup var configuration: ConfigurationOption

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func run() async throws {
        BrokenPipes.ignore()
        let findings = try await Doctor.examine(
            file: configuration.config,
            plugins: configuration.plugins,
            names: connections
        )
        let data = Output.data
        switch output {
        case .table:
            data.write(FindingText.text(findings, style: data.style, width: data.width))
            Output.words.line(summary(findings))
        case .json:
            let document: JSONValue = ["findings": .array(findings.map(\.json))]
            data.line(document.printed(.pretty))
        }
        let exit = findings.map(\.exit).max { $0.rawValue < $1.rawValue } ?? .done
        guard exit == .done else { throw exit.exit }
    }

    private func summary(_ findings: [Finding]) -> String {
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count { $0.severity == .warning }
        let good = findings.count { $0.severity == .ok }
        let style = Output.words.style
        let words =
            "\(errors) \(errors == 1 ? "error" : "errors"), \(warnings) \(warnings == 1 ? "warning" : "warnings"), "
            + "\(good) \(good == 1 ? "account" : "accounts") in order."
        return errors > 0 ? style.bad(words) : warnings > 0 ? style.caution(words) : style.good(words)
    }
}
