import Foundation
import GatewayCore
import JSON
import Synchronization
import Testing

/// Clients that book entries, each under a key that they repeat until they are told something final, at a gateway that is
/// killed and started again and again.
struct KillLoop {
    var gateway: ChaosGateway
    var vendors = Vendors.names
    var clientsPerVendor: Int
    /// How long clients begin new entries, and how often the gateway is killed at least: on a machine that is busy with
    /// other things much of the time may pass with nothing done.
    var seconds: Double
    var leastKills = 4
    var secondsBetweenKills: Double
    /// Between two entries of a client, so that the simulators' ledgers hold all of them.
    var pauseMilliseconds = 20

    /// What the clients were told.
    struct Log: Sendable {
        /// By key: what the caller knows for certain.
        enum Word: Sendable, Equatable {
            case recorded(id: String)
            /// Every answer said that nothing was sent, or none came; the client has given up.
            case notSent
            /// It may have been sent; the client has given up.
            case unsettled
            case refused(status: Int, code: String)
        }

        var words: [String: (entry: ChaosEntry, word: Word)] = [:]
        var lostAnswers = 0
        var replays = 0
        var kills = 0
    }

    /// The log that all clients write, until the last kill.
    final class SharedLog: Sendable {
        let log = Mutex(Log())
        let isOver = Mutex(false)
    }

    /// Kills and books for the given time, and leaves the gateway running.
    func run() async throws -> Log {
        let shared = SharedLog()
        try await gateway.start()
        let end = ContinuousClock.now + .seconds(seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for vendor in vendors {
                for client in 0..<clientsPerVendor {
                    group.addTask { await book(vendor, client, shared) }
                }
            }
            group.addTask {
                defer { shared.isOver.withLock { $0 = true } }
                while ContinuousClock.now < end || shared.log.withLock({ $0.kills }) < leastKills {
                    try await Task.sleep(for: .seconds(secondsBetweenKills))
                    await gateway.kill()
                    shared.log.withLock { $0.kills += 1 }
                    try await gateway.start()
                }
            }
            try await group.waitForAll()
        }
        return shared.log.withLock { $0 }
    }

    private func book(_ vendor: String, _ client: Int, _ shared: SharedLog) async {
        var number = client
        while !shared.isOver.withLock({ $0 }) {
            let entry = ChaosEntry(vendor, number)
            number += clientsPerVendor
            let told = await insist(entry, attempts: 40)
            shared.log.withLock { log in
                log.words[entry.key] = (entry, told.word)
                log.lostAnswers += told.lost
                log.replays += told.isReplay ? 1 : 0
            }
            try? await Task.sleep(for: .milliseconds(pauseMilliseconds))
        }
    }

    struct Told {
        var word = Log.Word.notSent
        var lost = 0
        var isReplay = false
    }

    /// Repeats a request with its key until it is told something final, or that only time will tell.
    func insist(_ entry: ChaosEntry, attempts: Int) async -> Told {
        var told = Told()
        for attempt in 0..<attempts {
            guard let answer = await gateway.create(entry) else {
                // It may have been sent or not: the same key finds out.
                told.lost += 1
                try? await Task.sleep(for: .milliseconds(30))
                continue
            }
            switch (answer.status, answer.code) {
            case (200...299, _):
                told.word = .recorded(id: answer.id ?? "")
                told.isReplay = attempt > 0
                return told
            case (409, "idempotency_in_progress"), (_, "circuit_open"), (_, "vendor_unreachable"), (503, _):
                try? await Task.sleep(for: .milliseconds(50))
            case (409, "idempotency_outcome_unknown"), (_, "outcome_unknown"):
                told.word = .unsettled
                return told
            default:
                told.word = .refused(status: answer.status, code: answer.code ?? "")
                return told
            }
        }
        if told.lost > 0 { told.word = .unsettled }
        return told
    }
}

/// The books after the run: the vendors' ledgers, the clients' log and the journal.
struct Balance: CustomStringConvertible {
    var asked = 0
    var recorded = 0
    var unsettled = 0
    var notSent = 0
    var vendorEntries = 0
    var rows: [WriteState: Int] = [:]
    /// Rows that were settled by a look at the vendor or by the same request again.
    var reconciled = 0
    var faults: [String] = []

    init(_ gateway: ChaosGateway, _ log: KillLoop.Log) async throws {
        let journal = try await gateway.journal()
        var rowsByKey: [String: [WriteRecord]] = [:]
        for row in journal where row.state != .notRecorded {
            rows[row.state, default: 0] += 1
            reconciled += row.settledBy == "reconciled" ? 1 : 0
            rowsByKey["\(row.scope.connection) \(row.scope.key)", default: []].append(row)
        }
        asked = log.words.count
        for vendor in Vendors.names {
            var entries: [String: [String]] = [:]
            for (id, body) in try await gateway.recorded(at: vendor) {
                vendorEntries += 1
                entries[Balance.key(in: body), default: []].append(id)
            }
            for (key, ids) in entries {
                if ids.count > 1 { faults.append("\(vendor) has \(key) \(ids.count) times") }
                let rows = rowsByKey["acme-\(vendor) \(key)"] ?? []
                if rows.count != 1 {
                    faults.append("\(vendor) has \(key), and the journal has \(rows.count) rows of it")
                }
                if let row = rows.first { check(row, ids, vendor) }
            }
            for (key, said) in log.words where said.entry.vendor == vendor {
                check(said.word, key, entries[key] ?? [], rowsByKey["acme-\(vendor) \(key)"]?.first, vendor)
            }
            for row in journal
            where row.scope.connection == "acme-\(vendor)" && row.state == .done && entries[row.scope.key] == nil {
                if row.reply.map({ $0.status < 300 }) == true {
                    faults.append("\(vendor) has no \(row.scope.key), which the journal says it has")
                }
            }
        }
    }

    private mutating func check(_ row: WriteRecord, _ ids: [String], _ vendor: String) {
        switch row.state {
        case .done:
            if row.vendorEntryID != ids.first {
                faults.append("the journal has \(row.vendorEntryID ?? "no id") for \(vendor) \(ids)")
            }
        case .unknown, .reconciling, .needsOperator, .answered: break
        case .claimed, .sending, .notRecorded, .expired:
            faults.append("\(vendor) \(row.scope.key) is \(row.state) at the end")
        }
    }

    private mutating func check(
        _ word: KillLoop.Log.Word,
        _ key: String,
        _ ids: [String],
        _ row: WriteRecord?,
        _ vendor: String
    ) {
        switch word {
        case .recorded(let id):
            recorded += 1
            if ids != [id] { faults.append("\(vendor) has \(ids) of \(key), and the client was told \(id)") }
            if row?.state != .done {
                faults.append("\(vendor) \(key) was answered and is \(row?.state.rawValue ?? "nowhere")")
            }
        case .notSent:
            notSent += 1
            if !ids.isEmpty { faults.append("\(vendor) has \(key), of which the client was told that it was not sent") }
        case .unsettled:
            unsettled += 1
            if !ids.isEmpty, row == nil { faults.append("\(vendor) has \(key), and it is listed nowhere") }
        case .refused(let status, let code): faults.append("\(vendor) \(key) was refused: \(status) \(code)")
        }
    }

    /// The key in an entry's note, whatever the vendor calls its note.
    static func key(in body: String) -> String {
        guard let range = body.range(of: "Booking ") else { return "" }
        return String(body[range.upperBound...].prefix(36))
    }

    var description: String {
        let states = rows.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        return """
            asked for: \(asked) entries (beside load)
            told:      \(recorded) recorded, \(unsettled) not known, \(notSent) not sent
            vendors:   \(vendorEntries) entries
            journal:   \(states.joined(separator: ", ")); \(reconciled) settled afterwards
            faults:    \(faults.count)
            """
    }
}
