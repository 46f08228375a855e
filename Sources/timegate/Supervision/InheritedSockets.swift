/// The listening sockets that a worker gets from its supervisor, as they stand on its command line: `3=listen`,
/// `5=proxy acme`.
struct InheritedSockets {
    private let descriptors: [String: Int32]

    init(_ words: [String]) {
        var descriptors: [String: Int32] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2, let number = Int32(parts[0]) { descriptors[String(parts[1])] = number }
        }
        self.descriptors = descriptors
    }

    static func word(_ descriptor: Int32, _ name: String) -> String { "\(descriptor)=\(name)" }

    subscript(_ name: String) -> Int32? { descriptors[name] }

    /// The sockets of connections, by the connections' names.
    func proxies(of connections: [String]) -> [String: Int32] {
        var found: [String: Int32] = [:]
        for name in connections { found[name] = self[ServedAddresses.proxy(name)] }
        return found
    }
}
