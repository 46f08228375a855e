import ArgumentParser

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See it work: the vendors' stand-ins, a gateway, one entry into each, and an answer that gets lost.",
        discussion: "Needs no account and no network, and uses free ports. It then stays up for you to try."
    )

    @Flag(help: "Stop after the entries, with an error if one of them failed.")
    var once = false

    @Option(help: ArgumentHelp("The directory of the plugins.", valueName: "dir"))
    var plugins: String?

    func run() async throws {
        BrokenPipes.ignore()
        let termination = TerminationSignal(takesHangup: true)
        let demo = try await Demo.start(pluginsFlag: plugins)
        var failed = await demo.bookAll()
        if await !demo.loseAnAnswer() { failed += 1 }
        if !once {
            demo.showWhatToTry()
            await termination.wait()
        }
        await demo.stop()
        guard failed == 0 else { throw ExitStatus.partly.exit }
    }
}
