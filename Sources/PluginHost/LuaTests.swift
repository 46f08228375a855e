internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// The tests of one Lua file: `return { ["what holds"] = function(t) … end }`, run in the sandbox that plugins run in.
///
/// A test asks what comes of a case (`t.run`), which the host works out with the real pipeline while the script waits, and
/// says what it expects (`t.equal`, `t.contains`, `t.fail`).
final class LuaTests: @unchecked Sendable {
    // `@unchecked Sendable`: made and used by the one task that runs the tests.

    /// The functions of `t`.
    static let functions: [(name: String, parameters: String, about: String)] = [
        ("run", "case", "What comes of a golden case without `about` and `expect`."),
        ("equal", "expected, found", "Fails with each place where the two differ."),
        ("contains", "expected, found", "As equal, but members that are not expected may be there."),
        ("fail", "message", "Fails."),
    ]

    let file: String
    private let plugin: LoadedPlugin
    private let zones: ZoneDatabase
    private let shown: String
    private let source: [UInt8]
    private var state: LuaState?
    private var tests: [(name: String, function: LuaFunction)] = []
    /// Why there are no tests.
    private var fault: String?

    init(file: String, plugin: LoadedPlugin, zones: ZoneDatabase) {
        self.file = file
        self.plugin = plugin
        self.zones = zones
        shown = plugin.file.replacing("plugin.lua", with: "tests/\(file)")
        source = readFile("\(plugin.folder)/tests/\(file)", maximum: 256 << 10) ?? []
        load()
    }

    /// The tests by name; a file that does not load is one that fails.
    var names: [String] { fault == nil ? tests.map(\.name) : ["loads"] }

    private func load() {
        do throws(LuaError) {
            let state = try LuaState(limits: LuaLimits())
            let value = try state.load(source: source, chunkName: shown)
            guard let table = Definition(value, path: ""), table.list.isEmpty, !table.named.isEmpty else {
                fault = "\(shown): The file must return a table of tests: { [\"what holds\"] = function(t) … end }."
                return
            }
            tests = []
            for (name, value) in table.named {
                guard case .function(let function) = value else {
                    fault = "\(shown): \"\(name)\" must be a function; it is \(value.kindName)."
                    return
                }
                tests.append((name, function))
            }
            self.state = state
        } catch {
            fault = error.description + (error.excerpt.isEmpty ? "" : "\n\(error.excerpt)")
        }
    }

    func run(
        _ name: String,
        _ scripts: (any PluginScripts)?
    ) async -> (result: CaseResult, coverage: CaseCoverage?) {
        var coverage = CaseCoverage()
        let failures = await failures(name, scripts, &coverage)
        return (CaseResult(file: "tests/\(file)", about: name, direction: "test", failures: failures), coverage)
    }

    private func failures(
        _ name: String,
        _ scripts: (any PluginScripts)?,
        _ coverage: inout CaseCoverage
    ) async -> [String] {
        if let fault { return [fault] }
        if state?.isDead != false { load() }
        guard let state, let test = tests.first(where: { $0.name == name }) else { return ["\(shown): it is gone."] }
        var api: [LuaObject.Member] = []
        for (name, _, _) in Self.functions {
            api.append(LuaObject.Member(name: name, value: .hostFunction(name)))
        }
        var step = state.call(test.function, named: name, [.object(LuaObject(api))])
        // What an assertion found, beside the line that it is raised at.
        var found: [String] = []
        // The problem that the last question came to, where the test may have expected a request.
        var problem: JSONValue?
        while true {
            switch step {
            case .returned: return []
            case .failed(let error, _):
                let place = error.line.map { "\(shown):\($0)" } ?? shown
                if !found.isEmpty, error.message.contains(found[0].prefix(60)) {
                    return found.map { "\(place): \($0)" }
                }
                if let problem, error.message.contains("attempt to index a nil value") {
                    return ["\(place): t.run came to a problem: \(CaseRunner.text(of: problem))"]
                }
                return ["\(place): \(error.message)"]
            case .suspended(let suspension):
                switch await answer(suspension, scripts, &coverage) {
                case .value(let value):
                    if suspension.name == "run" { problem = value["problem"] }
                    var writer = LuaMessageWriter()
                    writer.json(value)
                    step = suspension.resume(returning: writer.finish())
                case .failures(let lines):
                    found = lines
                    step = suspension.resume(throwing: lines.first ?? "")
                }
            }
        }
    }

    private enum Answer {
        case value(JSONValue)
        case failures([String])
    }

    private func answer(
        _ suspension: LuaSuspension,
        _ scripts: (any PluginScripts)?,
        _ coverage: inout CaseCoverage
    ) async -> Answer {
        let arguments = suspension.arguments
        func argument(_ index: Int) -> JSONValue { index < arguments.count ? arguments[index].json ?? .null : .null }
        switch suspension.name {
        case "equal":
            let lines = JSONDifference.lines(expected: argument(0), found: argument(1))
            return lines.isEmpty ? .value(true) : .failures(lines)
        case "contains":
            let lines = JSONDifference.missing(argument(0), in: argument(1), at: "")
            return lines.isEmpty ? .value(true) : .failures(lines)
        case "fail": return .failures([argument(0).string ?? "It failed, and said nothing."])
        case "run":
            do throws(CaseFault) {
                let golden = try GoldenCase(argument(0), plugin: plugin, zones: zones, isQuestion: true)
                let one = OneCase(golden: golden, plugin: plugin, zones: zones, shared: scripts)
                let found = await one.found()
                coverage.add(CaseCoverage(golden, found, plugin.vendor.manifest))
                let failures = one.scriptFailures(found)
                if !failures.isEmpty { return .failures(failures.map { "t.run: \($0)" }) }
                return .value(.object(found))
            } catch {
                return .failures(["t.run: \(error.message)"])
            }
        default: return .failures(["t has no \(suspension.name)."])
        }
    }
}
