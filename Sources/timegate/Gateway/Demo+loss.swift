import JSON
import VendorSimulators

/// The promise that the gateway is for, shown: an answer that gets lost doubles nothing and loses nothing.
extension Demo {
    /// The journal is new, so that any will do.
    private static let key = "7f9c2b1e-0d3a-4c57-9b7e-2f1a8c9d0e11"
    /// Milliseconds between two tries, and how many there are.
    private static let pause: UInt64 = 100
    private static let tries = 100

    /// Loses the vendor's answer to a create, and sends the same request with the same key until it is answered.
    ///
    /// - Returns: whether the entry is at the vendor exactly once.
    func loseAnAnswer() async -> Bool {
        guard let demo = entries.last(where: \.isLookedFor), let simulator = fleet[demo.vendor] else { return true }
        let before = created(simulator)
        simulator.inject(Fault(.cutAnswer(.body)))
        var order = EntryOrder(body: demo.entry.serializedBytes(), connection: demo.connection)
        order.idempotencyKey = Demo.key

        data.line()
        data.line(
            data.style.strong("An answer gets lost: \(demo.connection) records the entry, and the connection breaks.")
        )
        data.line()
        var table = TextTable(indent: 2)
        let first = await remote.create(order)
        table.add([TextTable.Cell("first try", data.style.accent), TextTable.Cell(words(first))])
        var answer = first
        var waits = 0
        while answer.isProblem, waits < Demo.tries {
            try? await Task.sleep(nanoseconds: Demo.pause * 1_000_000)
            answer = await remote.create(order)
            waits += 1
            if waits == 1, answer.isProblem {
                table.add([TextTable.Cell("the same key at once", data.style.accent), TextTable.Cell(words(answer))])
            }
        }
        table.add([TextTable.Cell("the same key later", data.style.accent), TextTable.Cell(words(answer))])
        let count = created(simulator) - before
        table.add([
            TextTable.Cell("at the vendor", data.style.accent),
            TextTable.Cell(count == 1 ? "one new entry" : "\(count) new entries"),
        ])
        data.write(table.rendered(width: data.width))
        return !answer.isProblem && count == 1
    }

    private func created(_ simulator: VendorSimulator) -> Int {
        simulator.ledger().count { $0.method == "POST" && $0.stored != nil }
    }

    private func words(_ answer: EntryAnswer) -> String {
        guard answer.isProblem else {
            return "\(answer.status): recorded as \(answer.body["data"]?["id"]?.string ?? "?")"
        }
        let code = answer.body["code"]?.string ?? "?"
        let sent = answer.body["sent"]?.string.map { ", sent: \($0)" } ?? ""
        return "\(answer.status) \(code)\(sent)"
    }
}
