import ArgumentParser
import GatewayCore
import JSON

/// Requests about entries that exist.
extension EntryOptions {
    /// Runs `body` with what sends requests: a running gateway, or this process.
    func withGateway<Result>(
        _ body: (_ perform: @escaping (APIOrder) async -> EntryAnswer) async throws -> Result
    ) async throws -> Result {
        try requireConnection()
        if let server {
            let remote = try RemoteGateway.open(server, keyEnv: keyEnv)
            defer { remote.caller.shutdown() }
            return try await body { await remote.perform($0) }
        }
        let (gateway, caller) = try localGateway()
        defer { gateway.shutdown() }
        return try await body { await gateway.perform($0, as: caller) }
    }

    /// The headers that the options say.
    var preferences: [(name: String, value: String)] {
        var preferences: [String] = []
        if let handling { preferences.append("handling=\(handling.rawValue)") }
        if let rounding { preferences.append("rounding=\(rounding.rawValue)") }
        return preferences.isEmpty ? [] : [("Prefer", preferences.joined(separator: "; "))]
    }

    /// Sends a request that writes.
    func patiently(_ order: APIOrder) async throws -> EntryAnswer {
        if order.query.contains(where: { $0.name == "dry_run" }) { return try await withGateway { await $0(order) } }
        let key = order.headers.first { $0.name == "Idempotency-Key" }?.value
        return try await WritePatience(isLocal: server == nil, key: key).wait {
            try await withGateway { await $0(order) }
        }
    }

    /// Sends one request about one entry, prints the answer, and ends with the status that says so.
    func finish(_ order: APIOrder, done: String) async throws {
        let isChange = order.method != "GET"
        // Whoever sent the change must hear that it is done, also where nobody reads standard output any more.
        if isChange { BrokenPipes.ignore() }
        let answer = try await isChange ? patiently(order) : withGateway { await $0(order) }
        let printer = EntryPrinter(format: output, connection: connection, done: done, isChange: isChange)
        let exit = printer.print(answer)
        guard exit == .done else { throw exit.exit }
    }
}
