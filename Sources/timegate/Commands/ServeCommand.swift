import ArgumentParser
import CurlClient
import GatewayServer
import GatewayStore
import Glibc
import Logging
import NIOCore

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway.",
        discussion: """
            Ends on SIGTERM or SIGINT: it stops taking connections, lets calls in flight finish, and exits; a second \
            signal ends it at once. The access log goes to standard error.
            """
    )

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: ArgumentHelp("Event loops. (default: one for each core)", valueName: "count"))
    var eventLoops: Int?

    @Option(help: ArgumentHelp("How long calls in flight may take to finish.", valueName: "seconds"))
    var grace = 30

    func validate() throws {
        if let eventLoops, !(1...256).contains(eventLoops) { throw ValidationError("--event-loops must be 1 to 256.") }
        guard grace >= 0 else { throw ValidationError("--grace must be 0 or more.") }
    }

    func run() async throws {
        BrokenPipes.ignore()
        let termination = TerminationSignal()
        var configuration = try configuration.read()
        configuration.setup.eventLoops = eventLoops ?? System.coreCount
        _ = FileDescriptorLimit.raise(toAtLeast: 16_384)
        let words = Output.words
        let log = Logger(label: "timegate") { StreamLogHandler.standardError(label: $0) }
        let journal = try openJournal(configuration, to: words)
        configuration.setup.journal = journal?.source
        let server: GatewayServer
        do {
            server = try await GatewayServer.start(configuration.setup, log: log)
        } catch {
            journal?.close()
            reportFailure(error, configuration.setup, to: words)
            throw ExitStatus.fault.exit
        }
        report(configuration, server, to: words)
        await termination.wait()
        words.line("Stopping: calls in flight have \(grace) s to finish.")
        await server.stop(graceSeconds: grace)
        journal?.close()
        words.line("Stopped.")
    }

    /// A gateway whose journal cannot be used does not start: it would have to refuse every write.
    private func openJournal(_ configuration: Configuration, to words: Output) throws -> JournalStore? {
        guard let path = configuration.statePath else { return nil }
        do throws(StoreFault) {
            return try JournalStore.open(path)
        } catch {
            words.line("The journal \(error.path) cannot be used: \(error.message).")
            words.line("  → \(error.hint)")
            throw ExitStatus.fault.exit
        }
    }

    private func reportFailure(_ error: any Error, _ setup: GatewaySetup, to words: Output) {
        var places = [ListenAddress(host: setup.host, port: setup.port).urlText]
        if let adminHost = setup.adminHost {
            places.append(ListenAddress(host: adminHost, port: setup.adminPort).urlText)
        }
        for place in setup.connections.compactMap({ $0.proxy?.listener }) {
            places.append(ListenAddress(host: place.host, port: place.port).urlText)
        }
        let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        words.line("The gateway cannot listen on \(places.joined(separator: " and ")): \(reason).")
        words.line("  → If another process has the address, change listen or admin in the configuration.")
    }

    private func report(_ configuration: Configuration, _ server: GatewayServer, to words: Output) {
        let setup = configuration.setup
        words.write(ConnectionsText.text(setup.connections, style: words.style, width: words.width))
        if setup.keys.isEmpty {
            words.line(words.style.caution("There are no keys, so every call is refused. timegate keys new makes one."))
        }
        if let path = configuration.statePath {
            words.line("Journal of writes: \(path)")
        } else {
            words.line(words.style.caution("There is no journal (state: none): idempotency keys are refused."))
        }
        if let adminHost = setup.adminHost, let adminPort = server.adminPort {
            words.line("Admin on http://\(ListenAddress(host: adminHost, port: adminPort).urlText)")
        }
        for (name, port) in server.proxyPorts.sorted(by: { $0.key < $1.key }) {
            let host = setup.connections.first { $0.name == name }?.proxy?.listener?.host ?? ""
            words.line("Proxy of \(name) on http://\(ListenAddress(host: host, port: port).urlText)")
        }
        words.line("Listening on http://\(ListenAddress(host: setup.host, port: server.port).urlText)")
    }
}
