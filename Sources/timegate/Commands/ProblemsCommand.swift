import ArgumentParser
import GatewayCore
import GatewayServer
import JSON

/// How the catalogue of problems is printed.
enum CatalogueFormat: String, ExpressibleByArgument, CaseIterable { case table, json, markdown }

struct ProblemsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "problems",
        abstract: "Say what a problem's code means, and what can be done.",
        discussion: "It needs neither a gateway nor a configuration."
    )

    @Argument(help: "A code, as answers name it. (default: all of them)") var code: String?

    @Option(name: .shortAndLong, help: "A table for people, JSON, or the page of the documentation.")
    var output = CatalogueFormat.table

    func run() throws {
        let lines = ProblemCatalogue.lines.filter { code == nil || $0.code == code }
        let data = Output.data
        if lines.isEmpty {
            let known = ProblemCatalogue.lines.map(\.code)
            Output.words.line(
                "There is no code \"\(code ?? "")\"." + Suggestion.sentence(for: code ?? "", among: known)
            )
            throw ExitStatus.refused.exit
        }
        switch output {
        case .markdown: data.write(ProblemCatalogue.markdown)
        case .json:
            let list = lines.map { line -> JSONValue in
                [
                    "code": .string(line.code), "status": .integer(Int64(line.status)), "title": .string(line.title),
                    "hint": .string(line.hint),
                ]
            }
            data.line(JSONValue.array(list).serialized(.pretty))
        case .table:
            for line in lines {
                data.line("\(data.style.strong(line.code)) \(data.style.faint("\(line.status)"))  \(line.title).")
                data.line(TextWrap.indented("→ \(line.hint)", by: 2, width: data.width))
            }
        }
    }
}
