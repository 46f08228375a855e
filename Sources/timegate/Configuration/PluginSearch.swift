/// Where the plugins are.
///
/// What is said explicitly counts, in this order: `plugins:` in the configuration, `--plugins`, `TIMEGATE_PLUGINS`.
/// Else the first of these that exists: `plugins` beside the binary, `share/timegate/plugins` under the prefix of a
/// binary in `bin`, `plugins` in the working directory.
struct PluginSearch {
    /// `plugins:` of the configuration, resolved.
    var configured: String?
    /// `--plugins`.
    var flag: String?
    var environment: (String) -> String?
    /// The path of the running binary.
    var executable: String?

    struct NotFound: Error {
        let message: String
    }

    func directory() throws(NotFound) -> String {
        let said: [(path: String?, by: String)] = [
            (configured, "plugins: in the configuration"), (flag, "--plugins"),
            (environment("TIMEGATE_PLUGINS"), "TIMEGATE_PLUGINS"),
        ]
        for case (let path?, let place) in said where !path.isEmpty {
            guard FilePaths.isDirectory(path) else {
                throw NotFound(message: "There is no directory \(path), which \(place) names for the plugins.")
            }
            return path
        }
        let usual = places
        if let found = usual.first(where: FilePaths.isDirectory) { return found }
        throw NotFound(message: "No plugins were found: there is no \(usual.asAlternatives).")
    }

    /// The usual places for this binary.
    private var places: [String] {
        guard let executable else { return ["plugins"] }
        let folder = FilePaths.directory(of: executable)
        var places = ["\(folder)/plugins"]
        if FilePaths.name(of: folder) == "bin" {
            places.append("\(FilePaths.directory(of: folder))/share/timegate/plugins")
        }
        return places + ["plugins"]
    }
}
