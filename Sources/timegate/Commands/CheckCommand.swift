import ArgumentParser
import GatewayServer

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, the plugins that it uses, and their golden cases.",
        discussion: "Opens no connection to anybody. Ends with 3 for a configuration that is not right, 7 for a plugin."
    )

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        let file = configuration.config
        let configuration = try configuration.read()
        // A configuration is checked on other machines than the gateway's too: doctor holds it to this one.
        if let fault = StatePlace.fault(configuration) {
            Output.words.write(FaultText.text(warnings: [fault], file: file, style: Output.words.style))
        }
        let data = Output.data
        data.write(ConnectionsText.text(configuration.setup.connections, style: data.style, width: data.width))
        let keys = configuration.callers.keys.sorted()
        data.line(keys.isEmpty ? "No keys." : "Keys: \(keys.joined(separator: ", ")).")

        // A plugin or a hook that does not load disables its connections.
        var areGood = configuration.setup.connections.allSatisfy { connection in
            if case .ready = connection.state { true } else { false }
        }
        let vendors = Set(configuration.setup.connections.map(\.vendor))
        for name in vendors.sorted() {
            let check = PluginCheck(folder: "\(configuration.shelf.directory)/\(name)")
            areGood = await check.run(isVerbose: false, data: data) && areGood
        }
        guard areGood else { throw ExitStatus.plugin.exit }
    }
}
