import Glibc

/// The place that a configuration gives the journal, looked at from outside: nothing is made or opened.
enum StatePlace {
    /// What would keep a gateway from having its journal there; `nil` where nothing does that can be seen so.
    static func fault(_ configuration: Configuration) -> ConfigurationFault? {
        guard let path = configuration.statePath else { return nil }
        let folder = FilePaths.directory(of: path)
        let found: (message: String, hint: String)? =
            if FilePaths.isDirectory(path) {
                ("The journal \(path) is a folder.", "Name a file in it with state:.")
            } else if !FilePaths.isDirectory(folder) {
                (
                    "The journal \(path) has no place: \(folder) "
                        + (reason(folder, F_OK).map { "is not there (\($0))." } ?? "is no folder."),
                    "Make the folder (mkdir -p \(folder)), or name a file in another with state:."
                )
            } else if let reason = reason(folder, W_OK | X_OK) {
                (
                    "The journal \(path) has no place: the folder \(folder) cannot be written (\(reason)).",
                    "Name a file with state: in a folder that this user may write to, or let this user write there."
                )
            } else if let reason = FilePaths.isFile(path) ? reason(path, R_OK | W_OK) : nil {
                (
                    "The journal \(path) cannot be written (\(reason)).",
                    "Let this user read and write the file, or name another with state:."
                )
            } else {
                nil
            }
        return found.map { ConfigurationFault(line: configuration.stateLine, message: $0.message, hint: $0.hint) }
    }

    /// Why this process may not do something with a file, in words.
    private static func reason(_ path: String, _ mode: Int32) -> String? {
        faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? nil : String(cString: strerror(errno))
    }
}
