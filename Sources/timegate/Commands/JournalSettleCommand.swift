import ArgumentParser
import GatewayCore
import GatewayServer
import GatewayStore
import JSON
import Synchronization

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
        let answer = await settled(configuration)
        guard !answer.isProblem else { throw answer.reported(output) }
        let outcomes = answer.body["data"]?.array ?? []
        let data = Output.data
        if output == .json {
            data.line(answer.body.printed(.pretty))
        } else if !outcomes.isEmpty {
            data.write(JournalText.table(outcomes, style: data.style, width: data.width))
        }
        guard tell(outcomes, configuration) else { throw ExitStatus.partly.exit }
    }

    private func settled(_ configuration: Configuration) async -> EntryAnswer {
        guard let path = configuration.statePath else { return .journalIsOff }
        do {
            let gateway = try LocalGateway(configuration, store: try JournalStore.open(path))
            defer { gateway.shutdown() }
            let last = Mutex(0)
            let within = within
            return await gateway.settle(withinSeconds: within) { left in
                let isNews = last.withLock { last in
                    defer { last = left }
                    return last != left
                }
                guard isNews else { return }
                let writes = left == 1 ? "1 write is" : "\(left) writes are"
                Output.words.line("\(writes) looked for again, for \(within) seconds in all.")
            }
        } catch let fault as StoreFault {
            let hint =
                fault.isInUse
                ? "That gateway settles by itself, every few seconds: timegate journal shows what is left."
                : fault.hint
            return .journalUnavailable("\(fault.path): \(fault.message).", hint: hint)
        } catch {
            return EntryAnswer(Problem(.internalError, "\(error)", origin: .gateway))
        }
    }

    /// - Returns: whether all is settled.
    private func tell(_ outcomes: [JSONValue], _ configuration: Configuration) -> Bool {
        let words = Output.words
        func count(_ isOne: (JSONValue) -> Bool) -> Int { outcomes.count(where: isOne) }
        let settled = count { ["done", "not_recorded", "expired"].contains($0["state"]?.string) }
        let forPeople = count { $0["state"]?.string == "needs_operator" }
        let names = Set(configuration.setup.connections.map(\.name))
        let strange = Set(outcomes.compactMap { $0["connection"]?.string }.filter { !names.contains($0) }).sorted()
        if outcomes.isEmpty {
            words.line("Every write is settled.")
        } else {
            words.line("\(settled) of \(outcomes.count) \(outcomes.count == 1 ? "write is" : "writes are") settled.")
        }
        if forPeople > 0 {
            words.line(
                "\(forPeople) only a person can tell: look at the vendor, then timegate journal resolve NUMBER …"
            )
        }
        if settled + forPeople < outcomes.count {
            words.line("Run it again for the rest; timegate journal show NUMBER tells what each waits for.")
        }
        if !strange.isEmpty {
            let names = strange.joined(separator: ", ")
            words.line("The configuration has no connection \(names): its writes are not looked for.")
        }
        return settled == outcomes.count
    }
}
