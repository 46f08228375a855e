import GatewayServer
import GatewayStore
import Glibc
import JSON
import Logging
import VendorSimulators

/// Simulators and a gateway in one process, and a caller that books through them.
final class Demo {
    let fleet: SimulatorFleet
    private let journal: DemoJournal
    private let server: GatewayServer
    private let caller: HTTPCaller
    private let key: String
    let remote: RemoteGateway
    let entries: [DemoEntry]
    let data = Output.data

    private init(
        fleet: SimulatorFleet,
        journal: DemoJournal,
        server: GatewayServer,
        caller: HTTPCaller,
        key: String,
        remote: RemoteGateway,
        entries: [DemoEntry]
    ) {
        self.entries = entries
        self.fleet = fleet
        self.journal = journal
        self.server = server
        self.caller = caller
        self.key = key
        self.remote = remote
    }

    /// Starts everything on free ports of the loopback interface.
    static func start(pluginsFlag: String?) async throws -> Demo {
        let plugins: String
        let entries: [DemoEntry]
        do {
            plugins = try PluginSearch(
                flag: pluginsFlag,
                environment: Environment.value,
                executable: FilePaths.executable()
            ).directory()
            entries = try DemoEntry.all(in: plugins)
        } catch let error as PluginSearch.NotFound {
            Output.words.line(error.message)
            throw ExitStatus.refused.exit
        } catch let error as DemoEntry.Unusable {
            Output.words.line(error.message)
            throw ExitStatus.plugin.exit
        }
        let fleet = try await SimulatorFleet.start(.any)
        let key = GatewayToken.random()
        var secrets = ["DEMO_KEY": key]
        for demo in entries { secrets[demo.tokenVariable] = demo.vendor.exampleToken }
        let text = DemoEntry.configuration(entries, plugins: plugins) { fleet[$0]?.baseURL ?? "" }
        let reader = ConfigurationReader(
            environment: { secrets[$0] ?? Environment.value($0) },
            pluginsFlag: pluginsFlag
        )
        var setup: GatewaySetup
        do throws(ConfigurationRefused) {
            setup = try reader.read(text: text, file: "demo.yaml").setup
        } catch {
            Output.words.write(FaultText.text(error, style: Output.words.style))
            throw ExitStatus.refused.exit
        }
        setup.eventLoops = 1
        setup.accessLog = false
        let journal = try DemoJournal()
        setup.journal = journal.store.source
        // Sooner than in earnest, where a late request may still arrive at the vendor.
        setup.settleMilliseconds = 300
        setup.reconcileMilliseconds = 100
        var log = Logger(label: "timegate") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .warning
        let server = try await GatewayServer.start(setup, log: log)
        let caller = try HTTPCaller()
        let origin = try Origin("http://127.0.0.1:\(server.port)")
        let remote = RemoteGateway(origin: origin, key: key, caller: caller)
        return Demo(
            fleet: fleet,
            journal: journal,
            server: server,
            caller: caller,
            key: key,
            remote: remote,
            entries: entries
        )
    }

    func stop() async {
        caller.shutdown()
        await server.stop(graceSeconds: 1)
        await fleet.stop()
        journal.remove()
    }

    /// Books one entry at each vendor and shows what became of it.
    ///
    /// - Returns: how many failed.
    func bookAll() async -> Int {
        data.line(
            "A gateway on \(data.style.strong(remote.origin.text)), \(entries.count) vendors behind it, one entry into each:"
        )
        var failed = 0
        for demo in entries {
            let order = EntryOrder(body: demo.entry.serializedBytes(), connection: demo.connection)
            let answer = await remote.create(order)
            show(demo, answer)
            if answer.isProblem { failed += 1 }
        }
        data.line()
        let count = entries.count
        let summary =
            failed == 0 ? data.style.good("All \(count) recorded.") : data.style.bad("\(failed) of \(count) failed.")
        data.line(summary)
        return failed
    }

    private func show(_ demo: DemoEntry, _ answer: EntryAnswer) {
        let style = data.style
        let sent = fleet[demo.vendor]?.ledger().last
        data.line()
        let upstream =
            sent.map { "\($0.method) \($0.target) → \($0.status.map(String.init) ?? "no answer")" }
            ?? "nothing was sent"
        data.line("\(style.strong(demo.connection))  \(upstream)")

        var table = TextTable(indent: 2)
        table.add([TextTable.Cell("went in", style.accent), TextTable.Cell(shown(demo.entry))])
        if let sent { table.add([TextTable.Cell("was sent", style.accent), TextTable.Cell(spaced(sent.body))]) }
        if !answer.isProblem, let entry = answer.body["data"] {
            table.add([TextTable.Cell("came back", style.accent), TextTable.Cell(shown(entry))])
        }
        data.write(table.rendered(width: data.width))
        if answer.isProblem {
            data.write(ProblemText(problem: answer.body, style: style, width: data.width).text)
        } else {
            data.write(ReportText.text(answer.body["mapping"], style: style, width: data.width, indent: 2))
        }
    }

    /// `work_date 2026-11-20 · duration 2h`
    private func shown(_ entry: JSONValue) -> String {
        EntryText.members(of: entry)
            .filter { $0.path != "vendor_fields" }
            .map { "\($0.path) \($0.value)" }
            .joined(separator: " · ")
    }

    /// Compact JSON with places where a line can end.
    private func spaced(_ json: String) -> String {
        json.replacing(",\"", with: ", \"")
    }

    func showWhatToTry() {
        let demo = entries[entries.count - 1]
        let url = "\(remote.origin.text)/v1/\(demo.connection)/time-entries"
        let body = demo.entry.serialized()
        data.line()
        data.line(data.style.strong("It stays up until Ctrl-C. Try:"))
        data.line("  export KEY=\(key)")
        data.line("  curl -s \(url) -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \\")
        data.line("    -d '\(body)'")
        data.line(
            "  curl -s '\(url)?dry_run=true' -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \\"
        )
        data.line("    -d '{\"work_date\": \"2026-11-20\", \"duration\": \"1h\", \"subject\": {}}'")
        data.line("  curl -s \(remote.origin.text)/v1/connections -H \"Authorization: Bearer $KEY\"")
        for (vendor, simulator) in fleet.simulators {
            data.line("  curl -s \(simulator.baseURL)/_ledger    # what \(vendor.rawValue) got")
        }
    }
}
