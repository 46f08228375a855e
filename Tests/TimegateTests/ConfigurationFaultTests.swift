import Foundation
import GatewayCore
import GatewayServer
import Testing

@testable import timegate

@Suite("Configuration faults")
struct ConfigurationFaultTests {
    static let environment = [
        "TOKEN": "a-token", "EMPTY": "", "BROKEN": "a\nb", "KEY": "tgk_0123456789abcdefghij", "SHORT": "tgk_1",
        "KEY2": "tgk_9876543210abcdefghij", "HSK": "hsk_test_1",
    ]

    static func read(_ text: String, file: String = "timegate.yaml") throws(ConfigurationRefused) -> Configuration {
        try ConfigurationReader(
            environment: { environment[$0] },
            pluginsFlag: TimegateBinary.plugins,
            executable: nil
        ).read(text: text, file: file)
    }

    @Test("Each fault is named at its line, with what to do", arguments: FaultCase.all)
    func faultIsNamed(_ example: FaultCase) throws {
        let (text, line) = example.marked
        let refused = try #require(throws: ConfigurationRefused.self) { _ = try Self.read(text) }
        let found = refused.faults.first { $0.message.contains(example.message) }
        let fault = try #require(found, "\(refused.faults)")
        if line > 0 { #expect(fault.line == line, "\(fault)") }
        if let hint = example.hint { #expect(fault.hint?.contains(hint) == true, "\(fault)") }
    }

    @Test("A fault alone brings no others with it", arguments: FaultCase.all)
    func faultStandsAlone(_ example: FaultCase) throws {
        let refused = try #require(throws: ConfigurationRefused.self) { _ = try Self.read(example.marked.text) }
        let others = refused.faults.filter { !$0.message.contains(example.message) }
        // A wrong name for what is required leaves it missing, too.
        let expected = others.filter { $0.message.contains(" has no ") }
        #expect(others == expected)
    }

    @Test("A connection in another vendor's dialect is read with what is to be translated")
    func facade() throws {
        let configuration = try Self.read(
            """
            connections:
              acme:
                plugin: hoursmith
                secrets: { token: { env: HSK } }
                serve_as: productive
                translate:
                  types: { service: project }
                  user: { "8160": "2c4a230c-5085-4924-a3e1-25fb4fc5965b" }
                  service: same
                defaults: { title: Work, time_zone: Europe/Zagreb, assume_start: "09:00" }
            """
        )
        let configured = try #require(configuration.setup.connections.first)
        #expect(configured.dialect?.id == "productive")
        guard case .ready(let connection, _) = configured.state else {
            Issue.record("\(configured.state)")
            return
        }
        let rules = try #require(connection.facade?.rules)
        #expect(connection.facade?.dialect.manifest.id == "productive")
        #expect(rules.types == ["service": "project"])
        #expect(rules.ids["user"] == .table(["8160": "2c4a230c-5085-4924-a3e1-25fb4fc5965b"]))
        #expect(rules.ids["service"] == .same)
        #expect(rules.title == "Work")
        #expect(rules.zone?.name == "Europe/Zagreb")
        #expect(rules.assumedStart == "09:00")
    }

    @Test("A configuration that is right is read whole")
    func goodConfiguration() throws {
        let configuration = try Self.read(
            """
            listen: "[::1]:0"
            admin: localhost:9
            connections:
              acme:
                plugin: productive
                origin: https://sandbox.example:8443
                settings: { organization_id: 2055 }
                secrets: { token: { env: TOKEN } }
                time_zone: Europe/Zagreb
                handling: lenient
                rounding: up
                limits: off
            keys:
              - name: jane
                token: { env: KEY }
                connections: [acme]
                scopes: [read, "write:others"]
                identity:
                  acme: { user_id: 8160, roles: [manager], permissions: { time: write }, tasks: ["7"] }
                limit: 600/m

            """
        )
        #expect(configuration.setup.host == "::1")
        #expect(configuration.setup.port == 0)
        #expect(configuration.setup.adminHost == "localhost")
        #expect(configuration.setup.adminPort == 9)
        #expect(configuration.connectionNames == ["acme"])
        #expect(configuration.warnings.isEmpty)
        let jane = try #require(configuration.callers["jane"])
        #expect(jane.connections == ["acme"])
        #expect(jane.scopes == [.read, .writeOthers])
        let identity = try #require(jane.identities["acme"])
        #expect(identity.userID == "8160")
        #expect(identity.roles == ["manager"])
        #expect(identity.tasks == ["7"])
        #expect(identity.permissions.map(\.feature) == ["time"])
        #expect(configuration.setup.keys.first?.limit?.count == 600)
        #expect(configuration.setup.keys.first?.limit?.seconds == 60)
        guard case .ready(let connection, _)? = configuration.setup.connections.first?.state else {
            Issue.record("The connection is not ready.")
            return
        }
        #expect(connection.origin == "https://sandbox.example:8443")
        #expect(connection.settings.string("organization_id") == "2055")
        #expect(connection.zone?.name == "Europe/Zagreb")
        #expect(connection.handling.isLenient)
        #expect(connection.handling.rounding == .up)
        #expect(connection.headers.contains { $0.value == "a-token" && $0.shown == "***" })
        #expect(connection.rateWindows == [])
    }

    @Test("Limits of a connection take the place of the plugin's")
    func limits() throws {
        let lines = FaultCase.settings + FaultCase.secrets
        let given = "limits: [{ requests: 60, per: 10s }, { requests: 2000, per: 30m }]\n"
        let windows = [RateWindow(requests: 60, seconds: 10), RateWindow(requests: 2000, seconds: 1800)].compactMap {
            $0
        }
        let cases: [(text: String, windows: [RateWindow]?)] = [(given, windows), ("limits: off\n", []), ("", nil)]
        for (text, windows) in cases {
            let configuration = try Self.read(FaultCase.connection(text + lines))
            guard case .ready(let connection, _)? = configuration.setup.connections.first?.state else {
                Issue.record("The connection is not ready.")
                continue
            }
            #expect(connection.rateWindows == windows)
        }
    }

    @Test(
        "Tunnels are off unless they are switched on, and are warned of where the connection's credentials are meant to go out"
    )
    func tunnels() throws {
        for (proxy, isOn, warnings) in [
            ("{ keyless: false }", false, 0), ("{ tunnel: false }", false, 0), ("{ tunnel: true }", true, 0),
            ("{ tunnel: true, credentials: connection }", true, 1),
            ("{ tunnel: false, credentials: connection }", false, 0),
        ] {
            let text = FaultCase.connection(FaultCase.rest + "proxy: \(proxy)\n")
            let configuration = try Self.read(text, file: "timegate.yaml")
            #expect(configuration.setup.connections.first?.proxy?.tunnel == isOn, "\(proxy)")
            #expect(configuration.warnings.count == warnings, "\(proxy)")
        }
    }

    @Test("A secret file that others can read is used with a warning, one that only the owner reads without")
    func secretFiles() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("open", "a-token\n", mode: 0o644)
        try scratch.write("closed", "a-token\n", mode: 0o600)
        for (name, count) in [("open", 1), ("closed", 0)] {
            let text = FaultCase.connection(FaultCase.settings + "secrets: { token: { file: \(name) } }\n")
            let configuration = try Self.read(text, file: "\(scratch.path)/timegate.yaml")
            #expect(configuration.warnings.count == count)
            guard case .ready(let connection, _)? = configuration.setup.connections.first?.state else {
                Issue.record("The connection is not ready.")
                continue
            }
            #expect(connection.headers.contains { $0.value == "a-token" })
        }
    }

    @Test("For one connection, the secrets and plugins of the others are left alone")
    func oneConnectionOnly() throws {
        let text =
            FaultCase.good
            + "  other:\n    plugin: gone\n    secrets: { token: { env: NOT_SET } }\n"
            + "keys:\n  - name: jane\n    token: { env: NOT_SET }\n    connections: [acme]\n    scopes: [read]\n"
        let reader = ConfigurationReader(
            environment: { Self.environment[$0] },
            pluginsFlag: TimegateBinary.plugins,
            executable: nil
        )
        let configuration = try reader.read(text: text, file: "timegate.yaml", for: .connection("acme"))
        #expect(configuration.setup.connections.map(\.name) == ["acme"])
        #expect(configuration.connectionNames == ["acme", "other"])
        #expect(configuration.callers.keys.sorted() == ["jane"])
        #expect(throws: ConfigurationRefused.self) { _ = try reader.read(text: text, file: "timegate.yaml") }
    }
}
