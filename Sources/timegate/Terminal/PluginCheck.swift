import GatewayCore
import PluginHost

/// Loads one plugin and runs its golden cases, and prints what it finds.
struct PluginCheck {
    let folder: String
    /// Whether a finding fails the check.
    var isStrict = false

    /// - Parameter isVerbose: with the field table and every case, not only those that fail.
    /// - Returns: whether everything is as it should be.
    func run(isVerbose: Bool, data: Output) async -> Bool {
        let style = data.style
        let plugin: LoadedPlugin
        do throws(PluginFault) {
            plugin = try PluginLoader.load(folder: folder, shownAs: PluginShelf.shownName(of: folder))
        } catch {
            data.line("\(style.bad("failed"))  \(style.strong(FilePaths.name(of: folder))): the plugin does not load")
            data.write(FaultText.text(error, style: style))
            return false
        }
        if isVerbose {
            data.line(style.strong("\(plugin.vendor.title)") + style.faint("  \(folder)"))
            data.write(FieldTableText.text(plugin.vendor.manifest, style: style, width: data.width))
            data.line()
        }
        let findings = PluginLint.findings(plugin)
        if !findings.isEmpty {
            data.write(FaultText.text(PluginFault(plugin: plugin.id, faults: findings), style: style))
        }
        let results = await CaseRunner.run(plugin, zones: .system)
        for result in results { report(result, isVerbose: isVerbose, data) }
        let failed = results.count { !$0.failures.isEmpty }
        let count = "\(results.count) golden case\(results.count == 1 ? "" : "s")"
        if failed == 0, isStrict, !findings.isEmpty {
            let found = "\(findings.count) finding\(findings.count == 1 ? "" : "s")"
            data.line("\(style.bad("failed"))  \(style.strong(plugin.id)): \(found), and --strict")
            return false
        }
        if failed == 0 {
            let words = results.isEmpty ? "loads; it has no golden cases" : "loads, passes its \(count)"
            data.line("\(style.good("good"))    \(style.strong(plugin.id)): \(words)")
        } else {
            data.line("\(style.bad("failed"))  \(style.strong(plugin.id)): \(failed) of \(count) failed")
        }
        return failed == 0
    }

    private func report(_ result: CaseResult, isVerbose: Bool, _ data: Output) {
        let style = data.style
        if result.failures.isEmpty {
            if isVerbose {
                data.line(
                    "\(style.good("pass"))  \(result.file)  \(style.faint("\(result.direction): \(result.about)"))"
                )
            }
            return
        }
        data.line("\(style.bad("FAIL"))  \(result.file)  \(result.direction): \(result.about)")
        for failure in result.failures { data.line(TextWrap.indented(failure, by: 6, width: data.width)) }
    }
}
