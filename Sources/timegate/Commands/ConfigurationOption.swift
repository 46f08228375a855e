import ArgumentParser

/// `--config` and `--plugins`, and what becomes of a configuration that is not right.
struct ConfigurationOption: ParsableArguments {
    @Option(name: [.customShort("c"), .long], help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "timegate.yaml"

    @Option(help: ArgumentHelp("The directory of the plugins, where the configuration names none.", valueName: "dir"))
    var plugins: String?

    /// Reads the configuration. Its faults are printed, and the command ends with them.
    func read(for demand: ConfigurationDemand = .everything) throws -> Configuration {
        let words = Output.words
        do throws(ConfigurationRefused) {
            let configuration = try ConfigurationReader(pluginsFlag: plugins).read(file: config, for: demand)
            words.write(FaultText.text(warnings: configuration.warnings, file: config, style: words.style))
            return configuration
        } catch {
            words.write(FaultText.text(error, style: words.style))
            throw ExitStatus.refused.exit
        }
    }
}
