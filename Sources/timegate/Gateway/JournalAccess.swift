import CurlClient
import GatewayCore
import GatewayServer
import GatewayStore
import JSON

/// The journal of a configuration: on its file, or over the admin listener of the gateway that has it.
struct JournalAccess {
    let configuration: Configuration

    enum Order {
        case list(query: String)
        case show(String)
        case resolve(String, decision: JSONValue)
    }

    func perform(_ order: Order) async throws -> EntryAnswer {
        guard let path = configuration.statePath else { return .journalIsOff }
        let store: JournalStore
        do throws(StoreFault) {
            store = try JournalStore.open(path, for: "journal")
        } catch {
            if error.isInUse, !error.isHeldByCommand { return try await ask(order, error) }
            return .journalUnavailable("\(error.path): \(error.message).", hint: error.hint)
        }
        defer { store.close() }
        let desk = JournalDesk(store.source, configuration.setup)
        do throws(Problem) {
            let body =
                switch order {
                case .list(let query): try await desk.list(query: query)
                case .show(let number): try await desk.show(number)
                case .resolve(let number, let decision):
                    try await desk.resolve(number, Array(decision.serialized(.compact).utf8))
                }
            return EntryAnswer(status: 200, body: (try? JSONValue(parsing: body, limits: .gatewayAnswer)) ?? .null)
        } catch {
            return EntryAnswer(error)
        }
    }

    /// Asks the gateway that runs.
    private func ask(_ order: Order, _ fault: StoreFault) async throws -> EntryAnswer {
        guard let host = configuration.setup.adminHost, configuration.setup.adminPort != 0 else {
            return .journalUnavailable(
                "\(fault.path): \(fault.message), and the configuration has no admin: to ask it through.",
                hint: "Add admin: 127.0.0.1:8081 and start the gateway again, or stop it first."
            )
        }
        let base = "http://\(ListenAddress(host: host, port: configuration.setup.adminPort).urlText)/journal"
        var request: CurlRequest
        // Another gateway may stand at that address.
        let common = [("Accept", "application/json")] + (fault.process.map { [("Timegate-Journal-Process", $0)] } ?? [])
        let accept = CurlRequestHeaders(common)
        switch order {
        case .list(let query):
            request = CurlRequest(
                method: "GET",
                url: query.isEmpty ? base : "\(base)?\(query)",
                headers: accept,
                body: nil
            )
        case .show(let number):
            request = CurlRequest(method: "GET", url: "\(base)/\(APIOrder.escaped(number))", headers: accept, body: nil)
        case .resolve(let number, let decision):
            request = CurlRequest(
                method: "POST",
                url: "\(base)/\(number)",
                headers: CurlRequestHeaders(common + [("Content-Type", "application/json")]),
                body: Array(decision.serialized(.compact).utf8)
            )
        }
        request.allowPrivate = true
        let caller = try HTTPCaller()
        defer { caller.shutdown() }
        switch await caller.send(request) {
        case .success(let response) where response.status == 412:
            return .journalUnavailable(
                "\(fault.path): \(fault.message), and the admin listener at \(base) is that of another gateway.",
                hint: "Give each gateway an admin: address of its own."
            )
        case .success(let response):
            if case .list = order { return RemoteGateway.answer(response, to: .list) }
            return RemoteGateway.answer(response, to: .one)
        case .failure(let failure):
            return .journalUnavailable(
                "\(fault.path): \(fault.message), and its admin listener at \(base) does not answer: \(failure.message).",
                hint: "See that the gateway runs with the admin: of this configuration, or stop it first."
            )
        }
    }
}
