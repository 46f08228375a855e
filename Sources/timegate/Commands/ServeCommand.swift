import ArgumentParser
import CurlClient
import GatewayServer
import GatewayStore
import Glibc
import Logging
import LuaRuntime
import NIOCore
import PluginHost

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway.",
        discussion: """
            A supervisor owns the listening sockets and keeps one worker process running, which serves. \
            Ends on SIGTERM or SIGINT: it stops taking connections, lets calls in flight finish, and exits; a second \
            signal ends it at once. The configuration, its secret files and the plugins are read anew when a file of \
            theirs changes, on SIGHUP, and on timegate reload; what is not right then runs on as it was. The access log \
            goes to standard error.
            """
    )

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: ArgumentHelp("Event loops. (default: one for each core)", valueName: "count"))
    var eventLoops: Int?

    @Option(help: ArgumentHelp("How long calls in flight may take to finish.", valueName: "seconds"))
    var grace = 30

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Serve from a worker process that is started again when it breaks.",
            discussion: """
                The supervisor owns the listening sockets, so that new connections wait meanwhile. A script that overstays \
                its hard limit where nothing can interrupt it ends the worker, and its plugin is quarantined. Without a \
                supervisor a crash is the end, and such a script holds its event loop up.
                """
        )
    )
    var supervise = true

    @Option(
        help: ArgumentHelp("How long a script may run before its worker is ended.", valueName: "ms")
    )
    var scriptHardLimit = 1_000

    @Flag(
        help: ArgumentHelp(
            "Have the kernel end the worker if it tries what serving does not need.",
            discussion: """
                Starting a program or a process, another listener, looking into other processes, mounting, kernel code, and \
                memory that is written and then run are taken from it, for good, once it listens (seccomp).
                """
        )
    )
    var hardened = false

    @Flag(help: .hidden) var worker = false
    @Option(help: .hidden) var quarantine: [String] = []
    @Option(help: .hidden) var inherited: [String] = []
    @Flag(inversion: .prefixedNo, help: "Read changed files anew by itself.")
    var watch = true

    func validate() throws {
        if let eventLoops, !(1...256).contains(eventLoops) { throw ValidationError("--event-loops must be 1 to 256.") }
        guard (1...600_000).contains(scriptHardLimit) else {
            throw ValidationError("--script-hard-limit must be 1 to 600000.")
        }
        guard grace >= 0 else { throw ValidationError("--grace must be 0 or more.") }
    }

    func run() async throws {
        BrokenPipes.ignore()
        FileSizeLimit.ignore()
        CoreDumps.forbid()
        if supervise, !worker { return try await superviseWorkers() }
        if worker { ScriptProcess.endWithParent() }
        let termination = TerminationSignal(endsOnSecond: !worker)
        let option = configuration
        let (read, reloader) = try await Reloader.start(
            option,
            quarantines: quarantine.compactMap { Quarantine(line: $0) }
        )
        var configuration = read
        configuration.setup.eventLoops = eventLoops ?? System.coreCount
        _ = FileDescriptorLimit.raise(toAtLeast: 16_384)
        let words = Output.words
        if worker { becomeWorker(&configuration, words) }
        let log = Logger(label: "timegate") { StreamLogHandler.standardError(label: $0) }
        let journal = try openJournal(configuration, to: words)
        configuration.setup.journal = journal?.source
        let server: GatewayServer
        do {
            server = try await GatewayServer.start(configuration.setup, log: log) {
                await reloader.reload("request")
            }
        } catch {
            journal?.close()
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            reportFailure(reason, addresses(configuration.setup), to: words)
            throw ExitStatus.fault.exit
        }
        await reloader.attach(server)
        let hangup = HangupSignal { Task { await reloader.reload("signal") } }
        let watcher = watch ? watch(reloader, configuration, to: words) : nil
        await reloader.watch(with: watcher)
        if hardened { try await harden(server, journal, to: words) }
        report(configuration, server, to: words)
        await termination.wait()
        withExtendedLifetime((hangup, watcher)) {}
        words.line("Stopping: calls in flight have \(grace) s to finish.")
        await server.stop(graceSeconds: grace)
        journal?.close()
        words.line("Stopped.")
    }

    /// The supervisor itself serves nobody.
    private func superviseWorkers() async throws {
        let words = Output.words
        guard let addresses = ServedAddresses(file: configuration.config) else {
            // What is wrong is said by reading it whole.
            _ = try configuration.read()
            throw ExitStatus.fault.exit
        }
        var listeners: [(name: String, socket: ListeningSocket)] = []
        do throws(ListeningSocket.Failure) {
            for (name, address) in addresses.places {
                let socket = try ListeningSocket(host: address.host, port: address.port, patience: 1_000)
                listeners.append((name, socket))
            }
        } catch {
            reportFailure(error.reason, addresses.places.map(\.address), to: words)
            throw ExitStatus.fault.exit
        }
        guard let executable = FilePaths.executable() else {
            words.line("The path of this program cannot be found: /proc is needed.")
            throw ExitStatus.fault.exit
        }
        let supervisor = Supervisor(
            executable: executable,
            arguments: Array(CommandLine.arguments.dropFirst()),
            listeners: listeners,
            words: words
        )
        // A worker ends with the thread that started it.
        let status = await OwnThread.run { supervisor.run() }
        if status != 0 { throw ExitCode(status) }
    }

    /// Serves on what the supervisor has handed down, under a watchdog.
    private func becomeWorker(_ configuration: inout Configuration, _ words: Output) {
        let sockets = InheritedSockets(inherited)
        configuration.setup.inheritedListener = sockets[ServedAddresses.listen]
        configuration.setup.inheritedAdminListener = sockets[ServedAddresses.admin]
        configuration.setup.inheritedProxyListeners = sockets.proxies(of: configuration.connectionNames)
        let watch = ScriptWatch()
        configuration.setup.watch = watch
        Watchdog(
            watch: watch,
            limitMilliseconds: scriptHardLimit,
            control: WorkerProcess.control,
            words: words
        ).start()
    }

    /// A gateway that was asked to be hardened and cannot be does not serve.
    private func harden(_ server: GatewayServer, _ journal: JournalStore?, to words: Output) async throws {
        do throws(ScriptProcess.Failure) {
            try ScriptProcess.confine()
        } catch {
            words.line("The worker cannot be hardened: \(String(cString: strerror(error.errorNumber))).")
            words.line("  → Leave --hardened out where the kernel has no seccomp filters.")
            await server.stop(graceSeconds: 0)
            journal?.close()
            throw ExitStatus.fault.exit
        }
    }

    /// A gateway that cannot watch its files still reloads when it is told to.
    private func watch(_ reloader: Reloader, _ configuration: Configuration, to words: Output) -> FileWatcher? {
        do throws(FileWatcher.Failure) {
            return try FileWatcher(ConfigurationSnapshot(configuration).places) {
                Task { await reloader.filesChanged() }
            }
        } catch {
            words.line("Files are not watched for changes: \(error.reason). timegate reload reads them anew.")
            return nil
        }
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

    private func addresses(_ setup: GatewaySetup) -> [ListenAddress] {
        var addresses = [ListenAddress(host: setup.host, port: setup.port)]
        if let adminHost = setup.adminHost { addresses.append(ListenAddress(host: adminHost, port: setup.adminPort)) }
        for place in setup.connections.compactMap({ $0.proxy?.listener }) {
            addresses.append(ListenAddress(host: place.host, port: place.port))
        }
        return addresses
    }

    private func reportFailure(_ reason: String, _ addresses: [ListenAddress], to words: Output) {
        let places = addresses.map(\.urlText).joined(separator: " and ")
        words.line("The gateway cannot listen on \(places): \(reason).")
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
