import ArgumentParser
import GatewayCore
import GatewayServer
import PluginHost

/// Reads the configuration of a running gateway anew, off its event loops, and has it adopted as a whole.
///
/// What is not right changes nothing: a configuration with a fault leaves all as it was, a plugin that does not load or fails
/// its golden cases runs on in its last good version, and so does a hook that does not load. One reload at a time.
actor Reloader {
    private let option: ConfigurationOption
    private var running: ConfigurationSnapshot
    /// What the gateway was started with.
    private let began: GatewaySetup
    private let beganState: String?
    private var good: [String: LoadedPlugin]
    private var goodHooks: [String: LoadedHook]
    private var exam: PluginExam
    /// What an earlier worker had to be ended for. Another version of the file is served again.
    private let quarantines: [Quarantine]
    private var server: GatewayServer?
    private var watcher: FileWatcher?
    /// What the files were when they were last read.
    private var seen: UInt64
    /// The reload under way, which the next one waits for.
    private var underWay: Task<ReloadReport, Never>?

    private init(
        _ option: ConfigurationOption,
        _ running: ConfigurationSnapshot,
        _ exam: PluginExam,
        _ quarantines: [Quarantine]
    ) {
        self.option = option
        self.quarantines = quarantines
        self.running = running
        self.exam = exam
        began = running.setup
        beganState = running.statePath
        good = running.loaded
        goodHooks = running.hooks
        seen = WatchedFiles.fingerprint(of: running.paths)
    }

    /// Reads the configuration for the first time: plugins that fail their golden cases disable their connections.
    static func start(
        _ option: ConfigurationOption,
        quarantines: [Quarantine] = []
    ) async throws -> (Configuration, Reloader) {
        var configuration = try option.read()
        var exam = PluginExam()
        let rejected = await exam.rejected(configuration.shelf.loaded)
        if !rejected.isEmpty {
            for fault in rejected.values { Output.words.write(FaultText.text(fault, style: Output.words.style)) }
            configuration = try option.read(stock: PluginShelf.Stock(rejected: rejected))
        }
        for quarantine in quarantines { quarantine.apply(to: &configuration.setup.connections) }
        return (configuration, Reloader(option, ConfigurationSnapshot(configuration), exam, quarantines))
    }

    func attach(_ server: GatewayServer) { self.server = server }

    func watch(with watcher: FileWatcher?) { self.watcher = watcher }

    /// Something has changed near the files; it need not be one of them.
    func filesChanged() async {
        guard WatchedFiles.fingerprint(of: running.paths) != seen else { return }
        _ = await reload("files")
    }

    @discardableResult
    func reload(_ trigger: String) async -> ReloadReport {
        let before = underWay
        let task = Task {
            _ = await before?.value
            return await self.reloadNow(trigger)
        }
        underWay = task
        return await task.value
    }

    private func reloadNow(_ trigger: String) async -> ReloadReport {
        var report = ReloadReport(
            outcome: .failed,
            trigger: trigger,
            generation: server?.generation ?? 1
        )
        // Before reading: what changes while it is read is seen as a change afterwards.
        seen = WatchedFiles.fingerprint(of: running.paths)
        do throws(ConfigurationRefused) {
            let configuration = try await read()
            seen = WatchedFiles.fingerprint(of: configuration.paths)
            report.failures = configuration.faults.map(Reloader.failure)
            report.changes = ConfigurationChanges.list(from: running, to: configuration)
            report.restart = ConfigurationChanges.needingRestart(from: running, to: configuration, began: began)
            if !report.changes.isEmpty, let server { report.generation = await server.adopt(configuration.setup) }
            let isWhole = report.failures.isEmpty && report.restart.isEmpty
            if isWhole {
                report.outcome = report.changes.isEmpty ? .unchanged : .reloaded
            } else {
                report.outcome = report.changes.isEmpty && !report.failures.isEmpty ? .failed : .partial
            }
            for (name, plugin) in configuration.loaded { good[name] = plugin }
            for (path, hook) in configuration.hooks { goodHooks[path] = hook }
            running = configuration
            // A restart is needed as long as the file says something else than what runs.
            (running.setup.host, running.setup.port) = (began.host, began.port)
            (running.setup.adminHost, running.setup.adminPort) = (began.adminHost, began.adminPort)
            running.setup.records = began.records
            running.statePath = beganState
            watcher?.watch(configuration.places)
        } catch {
            report.failures = error.faults.map { fault in
                let place = fault.line > 0 ? "\(error.file):\(fault.line)" : error.file
                return "\(place): \(fault.message)\(fault.hint.map { " → \($0)" } ?? "")"
            }
        }
        server?.note(report)
        return report
    }

    /// The configuration as it is on disk, with the last good version of each plugin that is not right.
    private func read() async throws(ConfigurationRefused) -> ConfigurationSnapshot {
        let first = try read(rejected: [:])
        var exam = exam
        let rejected = await exam.rejected(first.loaded.filter { first.fallbacks[$0.key] == nil })
        self.exam = exam
        return rejected.isEmpty ? first : try read(rejected: rejected)
    }

    private func read(rejected: [String: PluginFault]) throws(ConfigurationRefused) -> ConfigurationSnapshot {
        let stock = PluginShelf.Stock(good: good, goodHooks: goodHooks, rejected: rejected)
        let reader = ConfigurationReader(pluginsFlag: option.plugins, stock: stock)
        var configuration = try reader.read(file: option.config)
        for quarantine in quarantines { quarantine.apply(to: &configuration.setup.connections) }
        return ConfigurationSnapshot(configuration)
    }

    private static func failure(_ fault: PluginFault) -> String {
        let first = fault.faults.first
        let hint = first?.hint.map { " → \($0)" } ?? ""
        let kind = fault.plugin.hasSuffix(".lua") ? "hook" : "plugin"
        return "\(kind) \(fault.plugin): \(fault.reason)\(hint)"
    }
}
