/// The addresses that a configuration serves on, by what they are for: all that a supervisor knows of it. No secret is
/// fetched, and no script loaded.
struct ServedAddresses {
    static let listen = "listen"
    static let admin = "admin"

    /// `proxy acme` for a connection's own listener.
    static func proxy(_ connection: String) -> String { "proxy \(connection)" }

    private(set) var places: [(name: String, address: ListenAddress)] = []

    /// `nil` where the file cannot be read or an address in it is none: reading the configuration whole says what is wrong.
    init?(file: String) {
        guard let content = try? FileContent(readingFrom: file),
            let root = try? YAMLNode(parsing: String(decoding: content.bytes, as: UTF8.self))
        else { return nil }
        places.append((Self.listen, ListenAddress(host: "127.0.0.1", port: 8080)))
        if let node = root["listen"] {
            guard let address = ListenAddress(node) else { return nil }
            places[0].address = address
        }
        if let node = root["admin"] {
            guard let address = ListenAddress(node) else { return nil }
            places.append((Self.admin, address))
        }
        guard case .mapping(let connections)? = root["connections"]?.content else { return nil }
        for connection in connections {
            guard let node = connection.value["proxy"]?["listen"] else { continue }
            guard let address = ListenAddress(node) else { return nil }
            places.append((Self.proxy(connection.name), address))
        }
    }
}

extension YAMLNode {
    /// A member of a mapping, unless it is null.
    fileprivate subscript(_ name: String) -> YAMLNode? {
        guard case .mapping(let members) = content, let value = members.first(where: { $0.name == name })?.value else {
            return nil
        }
        if case .null = value.content { return nil }
        return value
    }
}

extension ListenAddress {
    fileprivate init?(_ node: YAMLNode) {
        guard case .scalar(let text, _) = node.content else { return nil }
        self.init(text)
    }
}
