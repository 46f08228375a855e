import ArgumentParser

/// `--config` and `--plugins`, and what becomes of a configuration that is not right.
struct ConfigurationOption: ParsableArguments {
    @Option(name: [.customShort("c"), .long], help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "timegate.yaml"

    @Option(help: ArgumentHelp("The directory of the plugins, where the configuration names none.", valueName: "dir"))
    var plugins: String?

    /// Reads the configuration. Its faults are printed, and the command ends with them.
    ///
    /// - Parameter stock: what is known of plugins beside what is on disk.
    func read(
        for demand: ConfigurationDemand = .everything,
        stock: PluginShelf.Stock = PluginShelf.Stock()
    ) throws -> Configuration {
        let words = Output.words
        do throws(ConfigurationRefused) {
            let reader = ConfigurationReader(pluginsFlag: plugins, stock: stock)
            let configuration = try reader.read(file: config, for: demand)
            words.write(FaultText.text(warnings: configuration.warnings, file: config, style: words.style))
            return configuration
        } catch {
            words.write(FaultText.text(error, style: words.style))
            throw ExitStatus.refused.exit
        }
    }
}
