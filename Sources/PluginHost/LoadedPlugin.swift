public import GatewayCore
internal import LuaRuntime

/// A line that a script logged.
public struct ScriptLogLine: Sendable, Equatable {
    public let plugin: String
    public let level: String
    public let text: String

    public init(plugin: String, level: String, text: String) {
        self.plugin = plugin
        self.level = level
        self.text = text
    }
}

/// A plugin as loaded from its folder, compiled and checked. Immutable, and shared by all event loops.
public final class LoadedPlugin: Sendable {
    /// The name of the folder.
    public let id: String
    public let vendor: Vendor
    /// The path of the plugin's folder.
    public let folder: String
    let file: String
    let source: [UInt8]
    let functions: [PluginFunction: LuaFunction]
    /// What loading found that may be a mistake.
    let warnings: [String]
    /// The globals that its code names.
    let globals: [LuaGlobalUse]
    /// Tells versions apart.
    public let digest: UInt64

    init(
        id: String,
        vendor: Vendor,
        folder: String,
        file: String,
        source: [UInt8],
        functions: [PluginFunction: LuaFunction],
        warnings: [String] = [],
        globals: [LuaGlobalUse] = []
    ) {
        self.id = id
        self.vendor = vendor
        self.folder = folder
        self.file = file
        self.source = source
        self.functions = functions
        self.warnings = warnings
        self.globals = globals
        digest = FileDigest.of(source)
    }

    /// What runs the plugin's functions: one for each event loop, never shared between threads. `nil` if the plugin is
    /// data only.
    ///
    /// - Parameter watch: is told when a function runs.
    public func makeScripts(
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(PluginFault) -> (any PluginScripts)? {
        try makeScripts(limits: LuaLimits(), watch: watch, log: log)
    }

    func makeScripts(
        limits: LuaLimits,
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(PluginFault) -> (any PluginScripts)? {
        guard !functions.isEmpty else { return nil }
        do throws(LuaError) {
            return try ScriptHost(
                plugin: id,
                file: file,
                source: source,
                functions: functions,
                limits: limits,
                watch: watch,
                log: log
            )
        } catch {
            throw PluginFault(plugin: id, error, file: file)
        }
    }
}

/// The sandboxes of the process: one for each plugin with functions on each event loop, and those of calls that are still
/// under way on an earlier version.
public enum Sandboxes {
    public static var count: Int { LuaState.count }
}

extension PluginFault {
    init(plugin: String, _ error: LuaError, file: String, source: [UInt8]? = nil) {
        let caret = error.kind == .syntax ? SyntaxCaret(error, in: source.map { PluginSource($0) }) : nil
        self.init(
            plugin: plugin,
            faults: [
                Fault(
                    place: error.line.map { "\(file):\($0)" } ?? file,
                    message: error.message,
                    excerpt: caret?.excerpt ?? (error.excerpt.isEmpty ? nil : error.excerpt),
                    hint: error.kind == .syntax
                        ? caret?.hint ?? "The file is not valid Lua 5.4 from this place on."
                        : "The file failed while it was run to get its table; plugins/README.md lists what the sandbox has."
                )
            ]
        )
    }
}
