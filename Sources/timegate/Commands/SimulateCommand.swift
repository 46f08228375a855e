import ArgumentParser
import Glibc
import NIOCore
import VendorSimulators

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run stand-ins of the five vendors on this machine.",
        discussion: """
            Each answers as its vendor's documentation says, keeps a ledger of the requests that it got, and can be \
            told to fail. Standard output lists them; they run until SIGTERM or SIGINT.
            """
    )

    @Option(help: ArgumentHelp("The first of five ports in a row, or any for free ones.", valueName: "base|any"))
    var ports = PortChoice.from(SimulatorFleet.defaultBase)

    func run() async throws {
        BrokenPipes.ignore()
        let termination = TerminationSignal(takesHangup: true)
        let fleet: SimulatorFleet
        do {
            fleet = try await SimulatorFleet.start(ports)
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            Output.words.line("The simulators cannot listen on \(ports.place): \(reason).")
            Output.words.line("  → Give other ports with --ports BASE, or --ports any.")
            throw ExitStatus.fault.exit
        }
        let data = Output.data
        var table = TextTable()
        table.header(["vendor", "origin", "token", "ledger", "faults"], data.style)
        for (vendor, simulator) in fleet.simulators {
            table.add([
                TextTable.Cell(vendor.rawValue, data.style.strong),
                TextTable.Cell(simulator.baseURL),
                TextTable.Cell(vendor.exampleToken),
                TextTable.Cell("\(simulator.baseURL)/_ledger", data.style.faint),
                TextTable.Cell("\(simulator.baseURL)/_faults", data.style.faint),
            ])
        }
        data.write(table.rendered(width: .max))
        await termination.wait()
        await fleet.stop()
    }
}

/// `9001`, or `any`.
enum PortChoice: ExpressibleByArgument, CustomStringConvertible {
    case any
    case from(Int)

    init?(argument: String) {
        if argument == "any" {
            self = .any
        } else if let base = Int(argument), (1...65_531).contains(base) {
            self = .from(base)
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .any: "any"
        case .from(let base): String(base)
        }
    }

    var defaultValueDescription: String { description }

    /// Where five simulators listen.
    var place: String {
        switch self {
        case .any: "127.0.0.1"
        case .from(let base): "127.0.0.1:\(base) to \(base + 4)"
        }
    }

    func port(_ index: Int) -> Int {
        switch self {
        case .any: 0
        case .from(let base): base + index
        }
    }
}
