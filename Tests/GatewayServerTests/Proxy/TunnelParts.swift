import GatewayServer
import Testing

/// What the tests of tunnels are made of.
enum TunnelParts {
    static let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0), tunnel: true)

    /// 1 MiB that does not repeat early.
    static let million: [UInt8] = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }

    /// A vendor that sends back what comes, and ends when the client has.
    static func echo() throws -> RecordingVendor {
        try RecordingVendor { wire in
            while true {
                let bytes = try wire.some()
                if bytes.isEmpty { return }
                wire.send(bytes)
            }
        }
    }

    /// Says how long they are and where they differ first; a difference of two long lists takes for ever.
    static func expect(_ bytes: [UInt8], _ expected: [UInt8]) {
        #expect(bytes.count == expected.count)
        let place = zip(bytes, expected).enumerated().first { $1.0 != $1.1 }?.offset
        #expect(place == nil)
    }

    static func connect(
        _ port: Int,
        version: String = "1.1",
        key: String? = "tg_canary_key_of_jane",
        host: String? = nil,
        fields: String = ""
    ) -> String {
        connect(to: "127.0.0.1:\(port)", version: version, key: key, host: host, fields: fields)
    }

    static func connect(
        to authority: String,
        version: String = "1.1",
        key: String? = "tg_canary_key_of_jane",
        host: String? = nil,
        fields: String = ""
    ) -> String {
        "CONNECT \(authority) HTTP/\(version)\r\nHost: \(host ?? authority)\r\n"
            + (key.map { "Timegate-Key: \($0)\r\n" } ?? "") + fields + "\r\n"
    }

    /// A tunnel that stands.
    static func tunnel(_ port: Int, to vendor: RecordingVendor, early: [UInt8] = []) throws -> Wire {
        let client = try Wire(port: port)
        client.send(Array(connect(vendor.port).utf8) + early)
        let lines = try client.head()
        guard lines.first == "HTTP/1.1 200 OK" else { throw Wire.Failure(description: "\(lines)") }
        let names = lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
        #expect(!names.contains("content-length") && !names.contains("transfer-encoding"), "\(lines)")
        return client
    }
}
