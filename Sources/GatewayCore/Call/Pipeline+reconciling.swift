public import JSON

/// How an entry is looked for whose answer was lost: by the list that the plugin declares, or by the plugin's own function.
extension Pipeline {
    /// Looks for an entry that may have been made.
    func lookForNew(
        _ record: WriteRecord,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream,
        _ neighbours: WriteNeighbours
    ) async -> Settlement {
        if vendor.manifest.functions.contains(.reconcile), let scripts {
            return await ask(scripts, for: record, call, vendor, upstream, neighbours)
        }
        guard let rule = vendor.manifest.reconcile, let wanted = record.wantedEntry,
            var query = rule.query(for: wanted, vendor.manifest.operations[.list]?.list)
        else { return .unclear("\(vendor.title) cannot be asked for exactly this entry.") }
        let match = EntryMatch(wanted, createdAt: record.createdAt / 1000)
        let list = call.looking(.list)
        var found: [RecordedEntry] = []
        do throws(Problem) {
            for _ in 0..<ReconcileRule.maximumPages {
                let page = try await self.list(query, list, at: vendor, scripts: scripts, upstream: upstream)
                found += page.entries.filter { match.isLike($0.entry) }
                guard let cursor = page.nextCursor else {
                    return await judge(found, match, vendor, neighbours)
                }
                query.cursor = cursor
            }
        } catch {
            return .unreadable(error.detail)
        }
        return .unclear("\(vendor.title) has more entries of that day than are looked through.")
    }

    private func judge(
        _ listed: [RecordedEntry],
        _ match: EntryMatch,
        _ vendor: Vendor,
        _ neighbours: WriteNeighbours
    ) async -> Settlement {
        var found: [RecordedEntry] = []
        do throws(JournalFailure) {
            for recorded in listed {
                let isAwaited = try await neighbours.mayOwn(recorded.entry)
                if let id = recorded.entry[.id]?.string, try await neighbours.own(id) { continue }
                if isAwaited {
                    return .unreadable(
                        "Another write for the same entry is not settled, and what was found may be its."
                    )
                }
                found.append(recorded)
            }
        } catch {
            return .unreadable(error.problem.detail)
        }
        switch found.count {
        case 0: return .absent
        case 1 where match.isExact(found[0].entry): return .recorded(found[0])
        case 1:
            let id = found[0].entry[.id]?.string ?? "?"
            if match.isEarlier(found[0].entry) {
                return .unclear(
                    "\(vendor.title) has one entry like it, \(id), made before it was sent if the clocks are right."
                )
            }
            return .unclear("\(vendor.title) has one entry that is nearly it: \(id).")
        default:
            let ids = found.prefix(5).compactMap { $0.entry[.id]?.string }.joined(separator: ", ")
            return .unclear("\(vendor.title) has \(found.count) entries that could be it: \(ids).")
        }
    }

    // MARK: - By the plugin's function

    /// What the plugin says of an entry whose answer was lost.
    ///
    /// - Throws: where the vendor gave it no answer to decide by, or the script failed.
    public func find(
        _ entry: JSONValue,
        sentAt: Timestamp?,
        _ call: Call,
        at vendor: Vendor,
        scripts: any PluginScripts,
        upstream: any Upstream
    ) async throws(Problem) -> ReconcileFinding {
        var scriptCall = ScriptCall(call)
        scriptCall.sentAt = sentAt
        scriptCall.lookUps = LookUps(self, call, vendor, upstream, maximum: LookUps.reconcilingMaximum)
        return try await scripts.reconcile(entry, scriptCall)
    }

    /// Has the plugin look. What it says is held to what is known here: the entry that it names is read and compared, and must
    /// be no other write's.
    private func ask(
        _ scripts: any PluginScripts,
        for record: WriteRecord,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        _ neighbours: WriteNeighbours
    ) async -> Settlement {
        guard let wanted = record.wantedEntry else { return .unclear("The journal does not hold the entry.") }
        let sentAt = Timestamp(epochSeconds: record.createdAt / 1000)
        let finding: ReconcileFinding
        do throws(Problem) {
            finding = try await find(
                wanted.json,
                sentAt: sentAt,
                call,
                at: vendor,
                scripts: scripts,
                upstream: upstream
            )
        } catch {
            // A vendor that cannot be asked now is asked again; a script that fails would fail again.
            return error.code == .pluginFailed ? .unclear(error.detail) : .unreadable(error.detail)
        }
        switch finding {
        case .absent: return .absent
        case .unclear(let reason): return .unclear(reason)
        case .found(let id): return await confirm(id, wanted, record, call, vendor, scripts, upstream, neighbours)
        }
    }

    private func confirm(
        _ id: String,
        _ wanted: Entry,
        _ record: WriteRecord,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: any PluginScripts,
        _ upstream: any Upstream,
        _ neighbours: WriteNeighbours
    ) async -> Settlement {
        var found = RecordedEntry(entry: wanted, report: MappingReport())
        found.entry[.id] = .string(id)
        if vendor.manifest.operations[.get] != nil {
            let get = call.looking(.get, id)
            do throws(Problem) {
                let current = try await fetch(get, vendor, upstream, scripts: scripts)
                found = RecordedEntry(entry: current.entry, report: current.report)
            } catch {
                if error.code == .vendorNotFound {
                    return .unclear("reconcile found the entry \(id), which \(vendor.title) does not have.")
                }
                return .unreadable(error.detail)
            }
        }
        let match = EntryMatch(wanted, createdAt: record.createdAt / 1000)
        guard match.isLike(found.entry) else {
            return .unclear("reconcile found the entry \(id), which is another one than was sent.")
        }
        let settlement = await judge([found], match, vendor, neighbours)
        // It was found, and so it is no proof that nothing is there.
        if case .absent = settlement {
            return .unclear("reconcile found the entry \(id), which another write has made.")
        }
        return settlement
    }
}
