/// Why a plugin cannot be used: every fault that was found, each with its place.
public struct PluginFault: Error, Sendable, CustomStringConvertible {
    public let plugin: String
    public let faults: [Fault]

    public struct Fault: Sendable, Equatable {
        /// `plugins/acme/plugin.lua:41`, or the file alone.
        public let place: String
        public let message: String
        /// The lines around the place, the line itself marked.
        public let excerpt: String?
        public let hint: String?

        public init(place: String, message: String, excerpt: String? = nil, hint: String? = nil) {
            self.place = place
            self.message = message
            self.excerpt = excerpt
            self.hint = hint
        }
    }

    public init(plugin: String, faults: [Fault]) {
        self.plugin = plugin
        self.faults = faults
    }

    public var description: String {
        faults.map { fault in
            var text = "\(fault.place): \(fault.message)"
            if let hint = fault.hint { text += "\n  hint: \(hint)" }
            if let excerpt = fault.excerpt { text += "\n\(excerpt)" }
            return text
        }.joined(separator: "\n")
    }
}
