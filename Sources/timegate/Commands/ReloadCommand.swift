import ArgumentParser
import CurlClient
import GatewayCore
import JSON

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have a running gateway read its configuration, secret files and plugins anew.",
        discussion: """
            Asks the admin listener that the configuration names. Says what was taken on, what is not right and runs on as it \
            was, and what needs a restart. Ends with 0 if all was taken on, 8 if not all, 3 if nothing was, and 6 if no \
            gateway answers.
            """
    )

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: ArgumentHelp("The admin listener: http://127.0.0.1:8081.", valueName: "url"))
    var admin: String?

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func run() async throws {
        let answer = try await AdminListener(try place()).post("/reload", .state)
        let report = answer.isProblem ? answer.body["reload"] : answer.body
        guard let report, report.object != nil else { throw answer.reported(output) }
        if output == .json {
            Output.data.line(report.printed(.pretty))
        } else {
            Output.data.write(ReloadText.text(report, style: Output.data.style))
        }
        switch report["status"]?.string {
        case "failed": throw ExitStatus.refused.exit
        case "partial": throw ExitStatus.partly.exit
        default: break
        }
    }

    private func place() throws -> String {
        if let admin { return admin }
        return try AdminListener.place(try configuration.read(for: .form))
    }
}

/// What a reload came to, for people.
enum ReloadText {
    static func text(_ report: JSONValue, style: Style) -> String {
        let report = VisibleText.of(report)
        var text = ""
        for change in report["changes"]?.array ?? [] { text += "\(style.good("taken"))   \(change.string ?? "")\n" }
        for failure in report["failures"]?.array ?? [] { text += "\(style.bad("failed"))  \(failure.string ?? "")\n" }
        for change in report["needs_restart"]?.array ?? [] {
            text += "\(style.caution("later"))   \(change.string ?? "")\n"
        }
        let number = report["generation"]?.int64 ?? 0
        let words =
            switch report["status"]?.string {
            case "reloaded": "All of it runs now"
            case "unchanged": "There was nothing to change"
            case "partial": "Not all of it could be taken on; the rest runs as before"
            default: "Nothing was taken on: all runs as before"
            }
        return text + "\(words). Configuration \(number).\n"
    }
}
