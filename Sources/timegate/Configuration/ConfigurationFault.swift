/// One thing that is wrong, or doubtful, in a configuration: where, what, and what to write instead.
struct ConfigurationFault: Equatable {
    /// 1-based; 0 where the whole file is meant.
    var line: Int
    var message: String
    var hint: String?
}

/// Everything found in one configuration file, so that a person sees all of it at once.
final class ConfigurationFindings {
    /// The file as the caller named it.
    let file: String
    private(set) var faults: [ConfigurationFault] = []
    /// What works and should not stay so.
    private(set) var warnings: [ConfigurationFault] = []

    /// The files that secrets were read from, also those that could not be.
    var secretFiles: [String] = []
    /// The files of hooks, also those that do not load.
    var hookFiles: [String] = []

    init(file: String) {
        self.file = file
    }

    func fault(_ line: Int, _ message: String, hint: String? = nil) {
        faults.append(ConfigurationFault(line: line, message: message, hint: hint))
    }

    func warn(_ line: Int, _ message: String, hint: String? = nil) {
        warnings.append(ConfigurationFault(line: line, message: message, hint: hint))
    }

    /// The faults in the order of the file.
    var refusal: ConfigurationRefused? {
        faults.isEmpty ? nil : ConfigurationRefused(file: file, faults: sorted(faults), warnings: sorted(warnings))
    }

    private func sorted(_ list: [ConfigurationFault]) -> [ConfigurationFault] {
        list.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
    }
}

/// A configuration that is not used, with all of its faults.
struct ConfigurationRefused: Error {
    let file: String
    let faults: [ConfigurationFault]
    let warnings: [ConfigurationFault]
}
