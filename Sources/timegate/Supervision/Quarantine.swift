import GatewayServer
import PluginHost

/// A plugin or hook that had to be ended with its process: its connections are not served until it was corrected.
struct Quarantine: Equatable {
    /// The plugin's name or the hook's file.
    var owner: String
    var function: String
    var milliseconds: Int

    /// `acme validate 1003`, one line between a worker and its supervisor; the owner's spaces are escaped.
    var line: String { "\(owner.replacing(" ", with: "%20")) \(function) \(milliseconds)" }

    init(owner: String, function: String, milliseconds: Int) {
        self.owner = owner
        self.function = function
        self.milliseconds = milliseconds
    }

    init?(line: String) {
        let parts = line.split(separator: " ").map(String.init)
        guard parts.count == 3, let milliseconds = Int(parts[2]) else { return nil }
        self.init(owner: parts[0].replacing("%20", with: " "), function: parts[1], milliseconds: milliseconds)
    }

    var reason: String {
        "\(owner) is quarantined: its \(function) ran for \(milliseconds) ms in one stretch that nothing could interrupt, and the "
            + "process had to be ended. Correct it, then start the gateway anew."
    }

    /// Disables the connections that the plugin or hook stands for.
    func apply(to connections: inout [ConfiguredConnection]) {
        for index in connections.indices {
            let connection = connections[index]
            guard connection.vendor == owner || connection.hooks.contains(where: { $0.hook.name == owner }) else {
                continue
            }
            connections[index].state = .disabled(vendor: connection.vendor, reason: reason)
        }
    }
}
