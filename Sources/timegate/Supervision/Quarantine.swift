import GatewayServer
import PluginHost

/// A version of a plugin or hook that had to be ended with its process: connections are not served with it. Another version of
/// its file is not meant.
struct Quarantine: Equatable {
    /// The plugin's name or the hook's file.
    var owner: String
    var digest: UInt64
    var function: String
    var milliseconds: Int

    init(_ overrun: ScriptWatch.Overrun) {
        owner = overrun.owner
        digest = overrun.digest
        function = overrun.function
        milliseconds = overrun.milliseconds
    }

    /// `acme 9c1f validate 1003`, one line between a worker and its supervisor; the owner's spaces are escaped.
    var line: String {
        "\(owner.replacing(" ", with: "%20")) \(String(digest, radix: 16)) \(function) \(milliseconds)"
    }

    init?(line: String) {
        let parts = line.split(separator: " ").map(String.init)
        guard parts.count == 4, let digest = UInt64(parts[1], radix: 16), let milliseconds = Int(parts[3]) else {
            return nil
        }
        owner = parts[0].replacing("%20", with: " ")
        self.digest = digest
        function = parts[2]
        self.milliseconds = milliseconds
    }

    var reason: String {
        "\(owner) is quarantined: its \(function) ran for \(milliseconds) ms in one stretch that nothing could interrupt, and the "
            + "process had to be ended. Correct the file: its connections are served again as soon as it is read anew."
    }

    private func concerns(_ connection: ConfiguredConnection) -> Bool {
        if case .ready(_, let plugin) = connection.state, isMeant(plugin.id, plugin.digest) { return true }
        if let dialect = connection.dialect, isMeant(dialect.id, dialect.digest) { return true }
        return connection.hooks.contains { isMeant($0.hook.name, $0.hook.digest) }
    }

    private func isMeant(_ name: String, _ digest: UInt64) -> Bool { name == owner && digest == self.digest }

    /// Disables the connections that the plugin or hook, in this version, stands for.
    func apply(to connections: inout [ConfiguredConnection]) {
        for index in connections.indices {
            let connection = connections[index]
            guard concerns(connection) else { continue }
            connections[index].state = .disabled(vendor: connection.vendor, reason: reason)
        }
    }
}
