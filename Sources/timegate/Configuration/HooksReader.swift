import GatewayCore
import GatewayServer
import PluginHost

/// Reads `hooks:`, of the whole configuration and of a connection: a list of files, each alone or as
/// `{ file: …, settings: { … } }`.
struct HooksReader {
    let directory: String
    let shelf: HookShelf
    let findings: ConfigurationFindings

    static let example = "hooks: [hooks/note_required.lua]"

    /// The hooks of one place in the configuration.
    struct Result {
        var hooks: [ConfiguredHook] = []
        /// Why connections that these hooks stand for cannot be used: a rule that is not kept is not passed over.
        var reasons: [String] = []
    }

    func read(_ mapping: MappingReader) -> Result {
        var result = Result()
        guard let node = mapping.value("hooks") else { return result }
        let path = mapping.path(of: "hooks")
        guard case .list(let elements) = node.content else {
            findings.fault(node.line, "\(path) must be a list; it is \(node.kindName).", hint: "Write: \(Self.example)")
            return result
        }
        for element in elements { read(element, path, &result) }
        return result
    }

    private func read(_ node: YAMLNode, _ path: String, _ result: inout Result) {
        let file: (text: String, line: Int)
        var settings: MappingReader?
        switch node.content {
        case .scalar(let text, _) where !text.isEmpty: file = (text, node.line)
        case .mapping:
            let example = "{ file: hooks/back_dating.lua, settings: { days: 14 } }"
            guard let mapping = MappingReader(node, path: path, example: example, findings: findings) else { return }
            mapping.refuseOthers(than: ["file", "settings"])
            mapping.require("file", hint: example)
            guard let named = mapping.text("file") else { return }
            file = named
            settings = mapping.value("settings").flatMap {
                MappingReader($0, path: "\(path).settings", example: "settings: { days: 14 }", findings: findings)
            }
        default:
            findings.fault(
                node.line,
                "Each element of \(path) must be a file, or { file: …, settings: { … } }; it is \(node.kindName).",
                hint: "Write: \(Self.example)"
            )
            return
        }
        let path = FilePaths.resolve(file.text, in: directory)
        findings.hookFiles.append(path)
        switch shelf.hook(path, shownAs: file.text) {
        case .absent:
            findings.fault(
                file.line,
                "There is no file \(path).",
                hint: "A hook is a Lua file; its path is relative to the configuration."
            )
        case .faulty(let fault): result.reasons.append(fault.reason)
        case .loaded(let hook):
            let reader = SettingsReader(hook: hook, findings: findings)
            let values = reader.settings(settings, path: "\(path).settings", connection: node.line)
            result.hooks.append(ConfiguredHook(hook, settings: values))
        }
    }
}

/// The hooks of a configuration, each loaded once, whatever names it.
final class HookShelf {
    enum Finding {
        case loaded(LoadedHook)
        case faulty(PluginFault)
        case absent
    }

    private var findings: [String: Finding] = [:]
    /// The last versions that were right, by their paths.
    private let good: [String: LoadedHook]
    /// The hooks that cannot be used as they are on disk, and run in their last good version.
    private(set) var fallbacks: [String: PluginFault] = [:]

    init(good: [String: LoadedHook] = [:]) { self.good = good }

    /// The hooks that were asked for and can be used, by their paths.
    var loaded: [String: LoadedHook] {
        findings.compactMapValues { if case .loaded(let hook) = $0 { hook } else { nil } }
    }

    /// The hooks that were asked for and cannot be used, in no version.
    var faulty: [String: PluginFault] {
        findings.compactMapValues { if case .faulty(let fault) = $0 { fault } else { nil } }
    }

    func hook(_ path: String, shownAs name: String) -> Finding {
        if let known = findings[path] { return known }
        var finding = load(path, name)
        if case .faulty(let fault) = finding, let last = good[path] {
            fallbacks[path] = fault
            finding = .loaded(last)
        }
        findings[path] = finding
        return finding
    }

    private func load(_ path: String, _ name: String) -> Finding {
        guard FilePaths.isFile(path) else { return .absent }
        do throws(PluginFault) {
            return .loaded(try LoadedHook.load(path, shownAs: name))
        } catch {
            return .faulty(error)
        }
    }
}
