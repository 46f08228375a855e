internal import GatewayCore
internal import LuaRuntime

/// What is wrong in functions, also in branches that no case runs.
extension PluginLint {
    mutating func checkGlobals() {
        let defined = Set(plugin.globals.filter { $0.kind == .define }.map(\.name))
        var seen: Set<String> = []
        for use in plugin.globals where use.kind != .define {
            guard seen.insert("\(use.line) \(use.name) \(use.kind)").inserted else { continue }
            if use.kind == .write {
                find(
                    use.line,
                    "A function assigns to the global \(use.name): globals are read-only once the file has loaded, and this "
                        + "would fail the call.",
                    "Write local \(use.name) = …"
                )
            } else if !LuaGlobalUse.known.contains(use.name), !defined.contains(use.name) {
                let instead = LuaGlobalUse.leftOut[use.name]
                let known = LuaGlobalUse.known + defined.sorted()
                find(
                    use.line,
                    "There is no \(use.name): a call that comes here would fail."
                        + (instead == nil ? Suggestion.sentence(for: use.name, among: known) : ""),
                    instead.map { "Scripts have no \(use.name): \($0)." }
                        ?? "Correct the name, or make it a local; there are \(LuaGlobalUse.known.joined(separator: ", "))."
                )
            }
        }
    }

    /// `call.settings.NAME` of a setting that is not declared is always nil.
    mutating func checkCallSettings() {
        let words = text.words
        let declared = manifest.settings.map(\.name)
        for index in words.indices.dropLast(4) where words[index].text == "call" {
            let next = words[(index + 1)...(index + 4)].map(\.text)
            guard next[0] == ".", next[1] == "settings", next[2] == ".", !declared.contains(next[3]) else { continue }
            find(
                words[index].line,
                "call.settings.\(next[3]) is never there: no such setting is declared."
                    + Suggestion.sentence(for: next[3], among: declared),
                "Declare it: settings = { \(next[3]) = { help = \"…\" } }, or correct the name."
            )
        }
    }
}
