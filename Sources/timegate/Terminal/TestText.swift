import PluginHost

/// What came of a plugin's tests, for people.
struct TestText {
    let style: Style
    let width: Int

    /// As many as a person looks through.
    private static let namesShown = 8

    func text(_ run: TestRun, _ plugin: LoadedPlugin, isQuiet: Bool) -> String {
        var text = ""
        for result in run.results where !result.failures.isEmpty || !isQuiet { text += line(result) }
        // What is untouched is worth a look when all that is touched is right.
        if run.failed == 0 { text += uncovered(run.uncovered, plugin) }
        let count = "\(run.results.count) test\(run.results.count == 1 ? "" : "s")"
        if run.results.isEmpty, !run.names.isEmpty {
            let shown = run.names.prefix(Self.namesShown)
            let more = run.names.count - shown.count
            text +=
                "\(style.bad("failed"))  \(style.strong(plugin.id)): no test has the text of --only in its name or about\n"
            text +=
                "  \(style.accent("→")) There are: \(shown.joined(separator: ", "))\(more > 0 ? ", and \(more) more" : "")\n"
        } else if run.results.isEmpty {
            text += "\(style.bad("failed"))  \(style.strong(plugin.id)): there is nothing to run\n"
            text += "  \(style.accent("→")) Write a first case: \(plugin.folder)/cases/create.json\n"
        } else if run.failed > 0 {
            text += "\(style.bad("failed"))  \(style.strong(plugin.id)): \(run.failed) of \(count) failed"
            text += style.faint(" (--seed \(run.seed) is this order)") + "\n"
        } else {
            let rest =
                run.isPart
                ? ""
                : run.uncovered.isEmpty
                    ? "; all that is declared is touched" : "; \(run.uncovered.count) declared and untouched"
            text += "\(style.good("good"))    \(style.strong(plugin.id)): \(count), twice and shuffled\(rest)\n"
        }
        return text
    }

    private func line(_ result: CaseResult) -> String {
        let name = "\(result.file)  \(style.faint("\(result.direction): \(result.about)"))"
        let logged = result.log.map { TextWrap.indented("log: \($0)", by: 6, width: width) + "\n" }.joined()
        if result.failures.isEmpty { return "\(style.good("pass"))  \(name)\n" + logged }
        var text = "\(style.bad("FAIL"))  \(name)\n" + logged
        for failure in result.failures {
            for line in failure.split(separator: "\n", omittingEmptySubsequences: false) {
                text += TextWrap.indented(String(line), by: 6, width: width) + "\n"
            }
        }
        return text
    }

    private func uncovered(_ list: [Uncovered], _ plugin: LoadedPlugin) -> String {
        list.map { item in
            let place = item.line.map { "plugin.lua:\($0)  " } ?? ""
            return "\(style.caution("bare"))  \(place)\(item.kind.rawValue) \(item.name): \(item.what) by no test\n"
        }.joined()
    }
}
