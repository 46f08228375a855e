public import GatewayCore
internal import LuaRuntime

/// A hook of the operator as loaded from its file, compiled and checked. Immutable, and shared by all event loops.
public final class LoadedHook: Sendable {
    /// How reports and problems name it: `hooks/no_weekend.lua`.
    public let name: String
    /// What it does, in the author's words.
    public let about: String?
    /// What the configuration gives it.
    public let settings: [SettingDeclaration]
    public var events: Set<HookEvent> { Set(functions.keys) }
    let source: [UInt8]
    let functions: [HookEvent: LuaFunction]
    /// Tells versions apart.
    public let digest: UInt64

    init(
        name: String,
        about: String?,
        settings: [SettingDeclaration],
        source: [UInt8],
        functions: [HookEvent: LuaFunction]
    ) {
        self.name = name
        self.about = about
        self.settings = settings
        self.source = source
        self.functions = functions
        digest = FileDigest.of(source)
    }

    /// Loads a hook's file: compiles and runs it in the sandbox that plugins run in, and reads its table.
    ///
    /// - Parameter name: how messages name the file.
    /// - Throws: every fault at once, each with the file and the line.
    public static func load(_ path: String, shownAs name: String) throws(PluginFault) -> LoadedHook {
        guard let bytes = readFile(path, maximum: 256 << 10) else {
            throw PluginFault(
                plugin: name,
                faults: [
                    PluginFault.Fault(
                        place: name,
                        message: "The file cannot be read: it must be a regular file of at most 256 KiB."
                    )
                ]
            )
        }
        let definition: LuaValue
        do throws(LuaError) {
            let state = try LuaState(limits: LuaLimits())
            definition = try state.load(source: bytes, chunkName: name)
        } catch {
            throw PluginFault(plugin: name, error, file: name)
        }
        var reader = ManifestReader(id: name, file: name, source: PluginSource(bytes))
        guard let hook = reader.readHook(definition, bytes) else {
            throw PluginFault(plugin: name, faults: reader.faults)
        }
        return hook
    }

    /// Whether both are the same file with the same text.
    public func isSame(as other: LoadedHook) -> Bool { name == other.name && source == other.source }

    /// What runs the hook: one for each event loop, never shared between threads.
    public func makeRunner(
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(PluginFault) -> HookRunner {
        try makeRunner(limits: LuaLimits(), watch: watch, log: log)
    }

    func makeRunner(
        limits: LuaLimits,
        watch: ScriptWatch? = nil,
        log: @escaping @Sendable (ScriptLogLine) -> Void
    ) throws(PluginFault) -> HookRunner {
        do throws(LuaError) {
            return try HookRunner(self, limits: limits, watch: watch, log: log)
        } catch {
            throw PluginFault(plugin: name, error, file: name)
        }
    }
}

extension ManifestReader {
    /// Reads the table that a hook's file returns.
    ///
    /// - Returns: the hook, or `nil` if there are faults.
    mutating func readHook(_ value: LuaValue, _ source: [UInt8]) -> LoadedHook? {
        guard let top = Definition(value, path: "") else {
            fault("", "The file must return one table; it returned \(value.kindName).")
            return nil
        }
        let events = HookEvent.allCases.map(\.rawValue)
        checkKeys(top, ["about", "settings"] + events)
        var functions: [HookEvent: LuaFunction] = [:]
        for event in HookEvent.allCases {
            guard let value = top[event.rawValue] else { continue }
            if case .function(let reference) = value {
                functions[event] = reference
            } else {
                fault(event.rawValue, "\(event.rawValue) must be a function; it is \(value.kindName).")
            }
        }
        if functions.isEmpty, faults.isEmpty {
            fault("", "The table has none of \(events.joined(separator: ", ")): the hook would do nothing.")
        }
        let about = string(top, "about")
        let settings = readDeclarations(top, "settings")
        guard faults.isEmpty else { return nil }
        return LoadedHook(name: id, about: about, settings: settings, source: source, functions: functions)
    }
}
