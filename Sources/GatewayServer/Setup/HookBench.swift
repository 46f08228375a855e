internal import GatewayCore
internal import JSON
internal import PluginHost

/// What runs the operator's hooks on one event loop: one Lua state for each file, whatever connections name it.
struct HookBench {
    private var runners: [ObjectIdentifier: HookRunner] = [:]
    private let watch: ScriptWatch?
    private let log: @Sendable (ScriptLogLine) -> Void

    init(watch: ScriptWatch? = nil, log: @escaping @Sendable (ScriptLogLine) -> Void) {
        self.watch = watch
        self.log = log
    }

    /// The hooks of one connection; `nil` where it has none.
    mutating func hooks(_ configured: [ConfiguredHook]) throws(PluginFault) -> Hooks? {
        if configured.isEmpty { return nil }
        var list: [any OperatorHook] = []
        for entry in configured {
            let key = ObjectIdentifier(entry.hook)
            let runner: HookRunner
            if let known = runners[key] {
                runner = known
            } else {
                runner = try entry.hook.makeRunner(watch: watch, log: log)
                runners[key] = runner
            }
            list.append(runner.bound(to: entry.settings))
        }
        let log = log
        return Hooks(list) { problem in
            let name = problem.place?.place ?? "hook"
            log(ScriptLogLine(plugin: name, level: "error", text: problem.detail))
        }
    }
}
