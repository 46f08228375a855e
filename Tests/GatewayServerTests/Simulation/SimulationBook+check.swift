import GatewayCore

/// What must hold at the end of a run, when every fault is over.
extension SimulationBook {
    func check(_ run: Simulation) {
        checkStates(run)
        checkRows(run)
        checkCounts(run)
        checkClaims(run)
        checkDoubles(run)
        checkAnswers(run)
        checkReplays()
    }

    private func complain(_ text: String) { violations.append(text) }

    private func vendor(_ connection: String, _ run: Simulation) -> LedgerVendor? {
        run.vendors.first { connection == "acme-\($0.kind.rawValue)" }
    }

    /// Every write has come to its end, or a person is asked.
    private func checkStates(_ run: Simulation) {
        for row in run.disk.written.rows {
            switch row.state {
            case .claimed, .sending, .unknown, .reconciling:
                complain("row \(row.id) is still \(row.state): \(row.reason ?? "")")
            case .needsOperator: run.counts.add(.listed)
            case .answered:
                if !(200..<300).contains(row.answer?.status ?? 0) {
                    complain("row \(row.id) stays answered with \(row.answer?.status ?? 0)")
                }
            case .done, .notRecorded, .expired: break
            }
        }
    }

    /// What the journal says of a write is so, and no entry belongs to two writes.
    private func checkRows(_ run: Simulation) {
        var owners: [String: Int64] = [:]
        for row in run.disk.written.rows where row.scope.operation == .create {
            guard let vendor = vendor(row.scope.connection, run) else { continue }
            if let id = row.vendorEntryID {
                if let other = owners.updateValue(row.id, forKey: "\(row.scope.connection) \(id)") {
                    run.counts.add(.lost)
                    complain("entry \(id) belongs to row \(other) and to row \(row.id)")
                }
                guard let entry = vendor.entry(id) else {
                    run.counts.add(.lost)
                    complain("row \(row.id) is recorded as \(id), which \(vendor.kind) does not have")
                    continue
                }
                if let content = content(of: row.id), content != entry.content {
                    complain("row \(row.id) is recorded as \(id), which is another entry")
                }
            } else if row.state == .done, let reply = row.reply, (200..<300).contains(reply.status) {
                complain("row \(row.id) is done with \(reply.status) and names no entry")
            }
        }
    }

    /// No key, and no call without one, did its work twice.
    private func checkCounts(_ run: Simulation) {
        struct Deed: Hashable {
            var scope: String
            var epoch: Int
        }
        var counts: [Deed: [String]] = [:]
        for vendor in run.vendors {
            var keys: Set<String> = []
            for effect in vendor.effects where effect.attempt >= 0 {
                let attempt = attempts[effect.attempt]
                if effect.operation == .create {
                    run.counts.add(.entries)
                    // Entries that are the same in everything can stand for each other; `checkClaims` counts them.
                    if run.plan.hasTwins { continue }
                    // By a vendor's own promise it may have been sent one key as often as need be; `checkDoubles` has the rest.
                    if vendor.kind == .faithless, let key = effect.key, !keys.insert(key).inserted { continue }
                }
                counts[Deed(scope: attempt.client.scope, epoch: effect.epoch), default: []].append(
                    "\(effect.operation) \(effect.entryID) by attempt \(effect.attempt)"
                )
            }
        }
        for (deed, effects) in counts.sorted(by: { $0.key.scope < $1.key.scope }) where effects.count > 1 {
            run.counts.add(.doubled)
            complain("doubled: \(deed.scope): \(effects.joined(separator: "; "))")
        }
    }

    /// Each entry that the gateway has made belongs to a write, or a person is asked about it.
    private func checkClaims(_ run: Simulation) {
        for vendor in run.vendors where vendor.kind != .faithless {
            let rows = creates(at: vendor, run)
            let claimed = Set(rows.compactMap(\.vendorEntryID))
            var open: [LedgerVendor.Content: Int] = [:]
            for row in rows where row.vendorEntryID == nil && (row.state == .needsOperator || row.state == .answered) {
                if let content = content(of: row.id) { open[content, default: 0] += 1 }
            }
            for entry in vendor.entries where entry.attempt != nil && !claimed.contains(entry.id) {
                if let count = open[entry.content], count > 0 {
                    open[entry.content] = count - 1
                } else {
                    run.counts.add(.lost)
                    complain(
                        "\(vendor.kind) has the entry \(entry.id) (attempt \(entry.attempt ?? 0)), of which no write knows"
                    )
                }
            }
        }
    }

    /// What a vendor has recorded against its word stands in the journal for a person, or the journal says that it could not be
    /// looked for.
    private func checkDoubles(_ run: Simulation) {
        for vendor in run.vendors where vendor.kind == .faithless {
            let rows = creates(at: vendor, run)
            let claimed = Set(rows.compactMap(\.vendorEntryID))
            for entry in vendor.entries where entry.attempt != nil && !claimed.contains(entry.id) {
                let own = rows.filter { content(of: $0.id) == entry.content }
                if own.contains(where: { $0.vendorEntryID != nil }) { run.counts.add(.doubledByVendor) }
                let isTold = own.contains { row in
                    let reason = row.reason ?? ""
                    switch row.state {
                    case .needsOperator where row.vendorEntryID == nil, .answered: return true
                    case .needsOperator where SimulationBook.names(entry.id, in: reason): return true
                    default: break
                    }
                    if SimulationBook.isRemark(reason) { return true }
                    // It has arrived after the look, which follows a repetition within a call at once.
                    guard let answered = row.vendorEntryID.flatMap(vendor.entry) else { return false }
                    return vendor.wasRead(after: answered, before: entry)
                }
                if isTold || entry.isTidied { continue }
                run.counts.add(.lost)
                complain(
                    "\(vendor.kind) has the entry \(entry.id) (attempt \(entry.attempt ?? 0)) against its word, and nobody is told"
                )
            }
        }
    }

    private func creates(at vendor: LedgerVendor, _ run: Simulation) -> [WriteRecord] {
        run.disk.written.rows.filter {
            $0.scope.operation == .create && $0.scope.connection == "acme-\(vendor.kind.rawValue)"
        }
    }

    /// Whether a text has the identifier as a word of its own.
    private static func names(_ id: String, in text: String) -> Bool {
        text.split { !($0.isNumber || $0.isLetter) }.contains { $0 == id }
    }

    /// Each answer told the truth.
    private func checkAnswers(_ run: Simulation) {
        for (number, attempt) in attempts.enumerated() {
            guard let answer = attempt.answer else { continue }
            let wish = attempt.client.wish
            let vendor = run.vendors[wish.setup]
            let own = vendor.effects.filter { $0.attempt == number }
            let all = vendor.effects.filter {
                $0.attempt >= 0 && attempts[$0.attempt].client.scope == attempt.client.scope
            }
            if answer.sent == "no", !own.isEmpty {
                complain("attempt \(number) was told \(answer.code ?? "?"), not sent, and the vendor has done it")
            }
            if answer.sent == "yes", answer.code != ProblemCode.recordedButUnmapped.rawValue, !own.isEmpty {
                complain(
                    "attempt \(number) was told that the vendor refused (\(answer.code ?? "?")), and it has done it"
                )
            }
            let isRecorded = answer.is2xx || answer.code == ProblemCode.recordedButUnmapped.rawValue
            guard isRecorded else { continue }
            // What is the same in everything may have been done for another.
            let isAlike = run.plan.hasTwins && [.create, .update, .replace].contains(wish.operation)
            let isSo: Bool? =
                switch wish.operation {
                case .delete: vendor.entry(wish.entryID ?? "")?.isDeleted
                case .approve: vendor.entry(wish.entryID ?? "")?.isApproved
                default: nil
                }
            if !(isSo ?? (isAlike || !all.isEmpty)) {
                run.counts.add(.lost)
                complain("attempt \(number) was answered \(answer.text), and the vendor has done nothing")
            }
            guard wish.operation == .create, answer.is2xx else { continue }
            guard let id = answer.entryID, let entry = vendor.entry(id) else {
                run.counts.add(.lost)
                complain("attempt \(number) was answered \(answer.text), and the vendor has no such entry")
                continue
            }
            if entry.content != attempt.client.content(isOther: attempt.isOther) {
                complain("attempt \(number) was answered \(answer.text), which is another entry than it asked for")
            }
        }
    }

    /// The same request is answered the same, and another one under its key never with success.
    private func checkReplays() {
        struct Deed: Hashable {
            var scope: String
            var epoch: Int
        }
        var done: [Deed: Bool] = [:]
        var replies: [String: (number: Int, body: [UInt8])] = [:]
        for (number, attempt) in attempts.enumerated() where attempt.client.wish.key != nil {
            guard let answer = attempt.answer else { continue }
            let deed = Deed(scope: attempt.client.scope, epoch: attempt.epoch)
            // A change that changes nothing is not sent and takes no key.
            if answer.is2xx, attempt.row != nil || answer.isReplay {
                if let other = done[deed], other != attempt.isOther {
                    complain("attempt \(number) has another body under the key and was answered \(answer.text)")
                }
                done[deed] = attempt.isOther
            }
            guard answer.isReplay || (answer.is2xx && attempt.row != nil) else { continue }
            // What was settled afterwards has another answer than the one that was on its way when the process ended.
            let place = "\(deed) \(attempt.settledBy ?? "")"
            if let first = replies[place] {
                if first.body != answer.body, answer.isReplay {
                    complain("attempt \(number) was answered otherwise than attempt \(first.number)")
                }
            } else {
                replies[place] = (number, answer.body)
            }
        }
    }
}
