import ArgumentParser
import GatewayCore
import GatewayServer
import GatewayStore
import JSON

struct JournalSettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Find out at the vendors what became of writes whose outcome is not known.",
        discussion: """
            For those who write without a gateway that runs: a gateway does the same by itself, every few seconds. A write is sent \
            again under its key where the vendor remembers keys, and looked for where it does not, a minute after it was \
            lost, and once more a minute later if it is not there. What stays open is a person's: timegate journal resolve. \
            It may be interrupted at any time, and run again.
            """
    )

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: ArgumentHelp("No longer than so many seconds, 0 for one look.", valueName: "seconds"))
    var within = 300

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func validate() throws {
        guard (0...86_400).contains(within) else { throw ValidationError("--within must be 0 to 86400 seconds.") }
    }

    func run() async throws {
        BrokenPipes.ignore()
        let configuration = try configuration.read()
        guard let path = configuration.statePath else { throw EntryAnswer.journalIsOff.reported(output) }
        let settling = Settling()
        let end = ContinuousClock.now + .seconds(within)
        let pause = Duration.milliseconds(configuration.setup.reconcileMilliseconds)
        var said = 0
        while true {
            let isLast = ContinuousClock.now + pause >= end
            if let problem = await round(settling, isLast, configuration, path) { throw problem.reported(output) }
            if settling.left == 0 || isLast { break }
            if settling.left != said {
                let writes = settling.left == 1 ? "1 write is" : "\(settling.left) writes are"
                Output.words.line("\(writes) looked for again, for \(within) seconds in all.")
                said = settling.left
            }
            // Others may have the journal meanwhile.
            try await Task.sleep(for: pause)
        }
        let body = (try? JSONValue(parsing: settling.body, limits: .gatewayAnswer)) ?? .null
        let outcomes = body["data"]?.array ?? []
        let data = Output.data
        if output == .json {
            data.line(body.printed(.pretty))
        } else if !outcomes.isEmpty {
            data.write(JournalText.table(outcomes, style: data.style, width: data.width))
        }
        guard tell(outcomes, settling.left, configuration) else { throw ExitStatus.partly.exit }
    }

    private func round(
        _ settling: Settling,
        _ isLast: Bool,
        _ configuration: Configuration,
        _ path: String
    ) async -> EntryAnswer? {
        do {
            let store = try JournalStore.open(path, for: "journal settle")
            let gateway: LocalGateway
            do {
                gateway = try LocalGateway(configuration, store: store)
            } catch {
                store.close()
                throw error
            }
            defer { gateway.shutdown() }
            return await gateway.settle(settling, isLast: isLast)
        } catch let fault as StoreFault {
            let hint =
                fault.isInUse && !fault.isHeldByCommand
                ? "That gateway settles by itself, every few seconds: timegate journal shows what is left."
                : fault.hint
            return .journalUnavailable("\(fault.path): \(fault.message).", hint: hint)
        } catch {
            return EntryAnswer(Problem(.internalError, "\(error)", origin: .gateway))
        }
    }

    /// - Parameter left: how many a later round may settle.
    /// - Returns: whether all is settled.
    private func tell(_ outcomes: [JSONValue], _ left: Int, _ configuration: Configuration) -> Bool {
        let words = Output.words
        func count(_ states: String...) -> Int {
            outcomes.count { states.contains($0["state"]?.string ?? "") }
        }
        let settled = count("done", "not_recorded", "expired")
        if outcomes.isEmpty {
            words.line("Every write is settled.")
        } else {
            words.line("\(settled) of \(outcomes.count) \(outcomes.count == 1 ? "write is" : "writes are") settled.")
        }
        let forPeople = count("needs_operator")
        if forPeople > 0 {
            words.line(
                "\(forPeople) only a person can tell: look at the vendor, then timegate journal resolve NUMBER …"
            )
        }
        if left > 0 {
            words.line("A write is looked at a minute after it last changed: run this again for the rest.")
        }
        for name in Set(outcomes.compactMap { $0["connection"]?.string }).sorted() {
            switch configuration.setup.connections.first(where: { $0.name == name })?.state {
            case .ready: continue
            case .disabled(_, let reason):
                words.line("The connection \(name) is disabled, and its writes are not looked for: \(reason)")
            case nil:
                words.line("The configuration has no connection \(name): its writes are not looked for.")
            }
        }
        return settled == outcomes.count
    }
}
