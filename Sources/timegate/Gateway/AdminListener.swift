import ArgumentParser
import CurlClient
import GatewayCore
import GatewayServer

/// The admin listener of a gateway that is running.
struct AdminListener {
    let origin: Origin

    init(_ text: String) throws {
        do throws(Origin.Fault) {
            origin = try Origin(text, of: .gateway)
        } catch {
            throw ValidationError("--admin \(error.message). \(error.hint)")
        }
    }

    /// The address that a configuration gives the listener.
    static func place(_ configuration: Configuration) throws -> String {
        guard let host = configuration.setup.adminHost, configuration.setup.adminPort != 0 else {
            Output.words.line(
                "\(configuration.file) has no admin: with a fixed port, through which a gateway is asked."
            )
            Output.words.line("  → Add admin: 127.0.0.1:8081, or name the listener with --admin.")
            throw ExitStatus.refused.exit
        }
        return "http://\(ListenAddress(host: host, port: configuration.setup.adminPort).urlText)"
    }

    /// - Parameter asked: what the answer must hold.
    func get(_ path: String, _ asked: GatewayAnswer) async throws -> EntryAnswer { try await send("GET", path, asked) }

    /// - Parameter asked: what the answer must hold.
    func post(_ path: String, _ asked: GatewayAnswer) async throws -> EntryAnswer {
        try await send("POST", path, asked)
    }

    private func send(_ method: String, _ path: String, _ asked: GatewayAnswer) async throws -> EntryAnswer {
        var request = CurlRequest(
            method: method,
            url: origin.text + path,
            headers: CurlRequestHeaders([("Accept", "application/json")]),
            body: method == "POST" ? [] : nil
        )
        // The operator's own address, which is nearly always loopback.
        request.allowPrivate = true
        let caller = try HTTPCaller()
        defer { caller.shutdown() }
        switch await caller.send(request) {
        case .success(let response): return RemoteGateway.answer(response, to: asked)
        case .failure(let failure):
            return .gatewayUnreachable(
                "The admin listener at \(origin.text): \(failure.message).",
                hint: "See that a gateway runs (timegate serve), and that this is the address of its admin:."
            )
        }
    }
}
