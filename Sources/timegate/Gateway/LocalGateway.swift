import GatewayCore
import GatewayServer
import GatewayStore
import JSON

/// The gateway's pipeline run in this process, for one command, with no server.
struct LocalGateway {
    let configuration: Configuration
    let gateway: DirectGateway
    private let journal: CommandJournal

    /// - Parameters:
    ///   - store: the journal, where it is open already; `shutdown` closes it.
    ///   - showsLog: what the plugins' and hooks' functions log goes to standard error.
    init(_ configuration: Configuration, store: JournalStore? = nil, showsLog: Bool = false) throws {
        self.configuration = configuration
        let journal = CommandJournal(path: configuration.statePath, store: store, words: .words)
        self.journal = journal
        gateway = try DirectGateway(
            configuration.setup,
            openJournal: { hasKey throws(Problem) in try journal.open(hasKey: hasKey) },
            log: { line in if showsLog { Output.words.line("log  \(VisibleText.of(line))") } }
        )
    }

    func create(_ order: EntryOrder, as caller: Caller) async -> EntryAnswer {
        do throws(Problem) {
            let answer = try await gateway.create(
                body: order.body,
                connection: order.connection,
                caller: caller,
                handling: handling(order),
                isPlan: order.isPlan,
                isTraced: order.isTraced,
                include: order.include,
                idempotencyKey: order.idempotencyKey
            )
            var found = EntryAnswer(status: answer.status, bytes: answer.body)
            found.isReplay = answer.isReplay
            return found
        } catch {
            var answer = EntryAnswer(error)
            answer.adviseOnOwnJournal()
            return answer
        }
    }

    /// One round of settling.
    ///
    /// - Returns: a problem where the journal cannot be used.
    func settle(_ settling: Settling, isLast: Bool) async -> EntryAnswer? {
        do throws(Problem) {
            try await gateway.settle(settling, isLast: isLast)
            return nil
        } catch {
            return EntryAnswer(error)
        }
    }

    func shutdown() {
        gateway.shutdown()
        journal.close()
    }

    /// The person at the terminal, who has the configuration and its secrets in hand: everything is allowed.
    static func localOperator(_ configuration: Configuration) -> Caller {
        Caller(
            name: "operator",
            connections: Set(configuration.setup.connections.map(\.name)),
            scopes: Set(Scope.allCases)
        )
    }

    /// What the order says over what the connection says; `nil` where the order says nothing.
    private func handling(_ order: EntryOrder) -> Handling? {
        guard order.isLenient != nil || order.rounding != nil else { return nil }
        var handling = Handling.strict
        for case .ready(let connection, _) in configuration.setup.connections.map(\.state)
        where connection.name == order.connection {
            handling = connection.handling
        }
        if let isLenient = order.isLenient { handling.isLenient = isLenient }
        if let rounding = order.rounding { handling.rounding = rounding }
        return handling
    }
}
