import Foundation

/// The simulators as `timegate simulate` runs them, and the quickstart's configuration turned towards them.
struct Vendors {
    static let names = ["sonderplan", "plannr", "awork", "hoursmith", "productive"]

    let simulators: RunningTimegate
    /// By vendor: `http://127.0.0.1:41237`.
    let origins: [String: String]
    let scratch: Scratch

    /// Runs a body with simulators on free ports and a copy of the quickstart for them.
    static func withQuickstart(_ body: (Vendors) async throws -> Void) async throws {
        let simulators = try await RunningTimegate.start(["simulate", "--ports", "any"], until: "productive")
        let scratch = try Scratch()
        var origins: [String: String] = [:]
        for name in names { origins[name] = simulators.word(after: "\(name) ").map { $0 } }
        let vendors = Vendors(simulators: simulators, origins: origins, scratch: scratch)
        do {
            try vendors.copyQuickstart()
            try await body(vendors)
        } catch {
            _ = await simulators.stop()
            scratch.remove()
            throw error
        }
        _ = await simulators.stop()
        scratch.remove()
    }

    /// The quickstart's configuration without its one proxy, for tests that say themselves which there are.
    var configurationWithoutProxy: String {
        scratch.read("timegate.yaml").components(separatedBy: "\n").filter { !$0.hasPrefix("    proxy: ") }
            .joined(separator: "\n")
    }

    /// The copy's directory.
    var directory: String { scratch.path }

    /// A text of the quickstart with the simulators' real ports.
    func turned(_ text: String) -> String {
        var text = text
        for (index, name) in Self.names.enumerated() {
            text = text.replacingOccurrences(of: "http://127.0.0.1:\(9001 + index)", with: origins[name] ?? "")
        }
        return
            text
            .replacingOccurrences(of: "listen: 127.0.0.1:8080", with: "listen: 127.0.0.1:0")
            .replacingOccurrences(of: "admin: 127.0.0.1:8081", with: "admin: 127.0.0.1:0")
    }

    private func copyQuickstart() throws {
        let source = "\(TimegateBinary.root)/examples/quickstart"
        for name in try FileManager.default.contentsOfDirectory(atPath: source) {
            let text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
            try scratch.write(name, turned(text))
        }
    }

    /// The variables that environment.sh sets.
    func environment() throws -> [String: String] {
        var variables: [String: String] = [:]
        for line in scratch.read("environment.sh").split(separator: "\n") where line.hasPrefix("export ") {
            let parts = line.dropFirst(7).split(separator: "=", maxSplits: 1)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        }
        return variables
    }

    /// Runs `timegate` in the quickstart's copy, with its secrets.
    func timegate(_ arguments: String..., input: String? = nil) async throws -> TimegateBinary.Ended {
        try await TimegateBinary.run(arguments, environment: try environment(), input: input, in: directory)
    }

    /// Tells a simulator to fail.
    func fail(_ vendor: String, _ fault: String) async throws {
        let line = "curl -sSf \(origins[vendor] ?? "")/_faults -d '\(fault)'"
        let ended = try await TimegateBinary.shell(line)
        guard ended.status == 0 else { throw RunningTimegate.DidNotStart(description: "\(line): \(ended.words)") }
    }

    /// What a vendor got.
    func ledger(_ vendor: String) async throws -> String {
        try await TimegateBinary.shell("curl -sSf \(origins[vendor] ?? "")/_ledger").output
    }
}
