import GatewayCore

@testable import GatewayServer

/// Several wishes in one request: new entries in a batch, or one action on several entries.
///
/// What is left of a batch may be asked for one by one, under the same keys; what an action on several left open only by the same
/// request again, because the keys of its parts are the gateway's.
final class SimulatedGroup: @unchecked Sendable {
    let clients: [SimulatedClient]
    /// Of an action on several.
    private let key: String?
    private unowned let run: Simulation
    private var tries = 0

    var isIndivisible: Bool { clients[0].wish.operation != .create }

    /// - Parameter key: of the whole request, where it is an action.
    init(_ clients: [SimulatedClient], key: String?, _ run: Simulation) {
        self.clients = clients
        self.key = key
        self.run = run
        for client in clients { client.group = self }
    }

    /// One of them would ask: the first asks for all.
    func send(for client: SimulatedClient) { if client === clients[0] { send() } }

    func again(for client: SimulatedClient) {
        guard client === clients[0] else { return }
        run.time.after(run.dice.milliseconds(200...20_000)) { self.again() }
    }

    private func again() { if tries < 6 { send() } }

    func send() {
        tries += 1
        guard let gateway = run.gateway else {
            return run.time.after(run.dice.milliseconds(500...5_000)) { self.again() }
        }
        let attempts = clients.map { run.book.newAttempt($0, isOther: false) }
        let first = clients[0].wish
        let names = clients.map { isIndivisible ? $0.wish.entryID ?? "" : $0.wish.content.text }
        run.counts.add(isIndivisible ? .actionsOnSeveral : .batches)
        run.note("attempts \(attempts) of wishes \(clients.map(\.wish.number)) in one request")
        let call = SimulatedCall(
            attempt: attempts[0],
            items: Dictionary(uniqueKeysWithValues: zip(names, attempts)),
            setup: first.setup,
            caller: first.caller,
            route: isIndivisible ? .actionOnEach(first.operation) : .batch,
            key: key,
            body: body
        )
        gateway.call(call) { self.answered($0, attempts) }
    }

    private var body: String {
        if isIndivisible {
            return #"{"ids":[\#(clients.map { "\"\($0.wish.entryID ?? "")\"" }.joined(separator: ","))]}"#
        }
        let items = clients.map { client in
            let key = client.wish.key.map { #""key":"\#($0)","# } ?? ""
            return #"{\#(key)"entry":\#(client.body(false))}"#
        }
        return "[\(items.joined(separator: ","))]"
    }

    private func answered(_ answer: SimulatedAnswer, _ attempts: [Int]) {
        let items = answer.items
        if !items.isEmpty, items.count != clients.count {
            run.book.violations.append("\(clients.count) things were asked for and \(items.count) answered")
        }
        for (place, client) in clients.enumerated() {
            client.answered(items.indices.contains(place) ? items[place] : answer, attempts[place], false)
        }
        let all = items.isEmpty ? [answer] : items
        let isOpen = all.contains { $0.retry == "after" || $0.retry == "same_key" }
        let isKeyed = clients.allSatisfy { $0.wish.key != nil }
        guard isKeyed, isOpen ? isIndivisible || run.dice.rolls(0.3) : run.dice.rolls(0.3) else { return }
        let wait = Int64(min(all.compactMap(\.retryAfter).max() ?? 1, 30)) * 1_000_000_000
        run.time.after(wait + run.dice.milliseconds(1...3_000)) { self.again() }
    }
}
