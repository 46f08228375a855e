public import GatewayCore
internal import JSON
internal import LuaRuntime
internal import Synchronization

/// What came of a plugin's cases and Lua tests.
public struct TestRun: Sendable {
    /// The order that the tests ran in follows from it.
    public let seed: UInt64
    /// Golden cases first, then Lua tests, by name.
    public let results: [CaseResult]
    public let uncovered: [Uncovered]
    /// Whether only some of the tests ran: nothing is known then of what none touches.
    public var isPart = false
    /// The tests that the plugin has, whether they ran or not: `cases/create.json`, `tests/rates.lua: it rounds`.
    public var names: [String] = []

    public var failed: Int { results.count { !$0.failures.isEmpty } }
}

/// Runs all that a plugin's folder says about itself: `cases/*.json` and `tests/*.lua`, each twice and in two shuffled
/// orders, in one sandbox, so that what a script keeps from one call to the next comes out.
public enum PluginTester {
    /// - Parameters:
    ///   - seed: of the order.
    ///   - filter: only what has this in its name, or a case in what it is about.
    public static func run(
        _ plugin: LoadedPlugin,
        zones: ZoneDatabase,
        seed: UInt64,
        only filter: String? = nil
    ) async throws(PluginFault) -> TestRun {
        var coverage = CaseCoverage()
        var jobs: [Job] = CaseRunner.files(in: plugin.folder + "/cases", ending: ".json").map { .golden($0) }
        for file in CaseRunner.files(in: plugin.folder + "/tests", ending: ".lua") {
            let tests = LuaTests(file: file, plugin: plugin, zones: zones)
            jobs += tests.names.map { .lua(tests, $0) }
        }
        let names = jobs.map(\.name)
        if let filter { jobs = jobs.filter { $0.name.contains(filter) || $0.about(in: plugin).contains(filter) } }

        var random = Shuffle(state: seed)
        var first: [String: CaseResult] = [:]
        var results: [String: CaseResult] = [:]
        for pass in 1...2 {
            // Each pass has a sandbox of its own, in which all cases run.
            let lines = LogLines()
            let scripts = try plugin.makeScripts { lines.add($0.text) }
            for job in jobs.shuffled(using: &random) {
                var (result, touched) = await job.run(plugin, zones, scripts)
                result.log = lines.take()
                if let touched { coverage.add(touched) }
                if pass == 1 { first[job.name] = result } else { results[job.name] = result }
            }
        }
        return TestRun(
            seed: seed,
            results: jobs.compactMap { job in
                guard let one = first[job.name], let two = results[job.name] else { return nil }
                return PluginTester.joined(one, two, seed)
            },
            uncovered: filter == nil ? coverage.uncovered(in: plugin) : [],
            isPart: filter != nil,
            names: names
        )
    }

    private static func joined(_ first: CaseResult, _ second: CaseResult, _ seed: UInt64) -> CaseResult {
        guard first.failures != second.failures else { return first }
        let failures = first.failures.isEmpty ? second.failures : first.failures
        let note =
            "It came out otherwise in another order (--seed \(seed)): the plugin keeps something from one call to the next, "
            + "in a local of the file or in a table."
        return CaseResult(
            file: first.file,
            about: first.about,
            direction: first.direction,
            failures: failures + [note],
            log: first.log
        )
    }

    /// One thing to run.
    private enum Job {
        case golden(String)
        case lua(LuaTests, String)

        var name: String {
            switch self {
            case .golden(let file): "cases/\(file)"
            case .lua(let tests, let name): "tests/\(tests.file): \(name)"
            }
        }

        /// The sentence that a golden case begins with; a Lua test has its own in its name.
        func about(in plugin: LoadedPlugin) -> String {
            guard case .golden(let file) = self,
                let bytes = readFile("\(plugin.folder)/cases/\(file)", maximum: 1 << 20),
                let root = try? JSONValue(parsing: bytes)
            else { return "" }
            return root["about"]?.string ?? ""
        }

        func run(
            _ plugin: LoadedPlugin,
            _ zones: ZoneDatabase,
            _ scripts: (any PluginScripts)?
        ) async -> (result: CaseResult, coverage: CaseCoverage?) {
            switch self {
            case .golden(let file): await CaseRunner.run(file, plugin, zones, scripts: scripts)
            case .lua(let tests, let name): await tests.run(name, scripts)
            }
        }
    }
}

/// What the functions of a plugin log while one test runs.
private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}

/// SplitMix64: the same order for the same seed, on every machine.
private struct Shuffle: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
