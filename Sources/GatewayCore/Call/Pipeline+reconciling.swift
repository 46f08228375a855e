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
        switch await likely(record, call, vendor, scripts, upstream) {
        case .unlisted(let settlement): return settlement
        case .listed(let found, let match): return await judge(found, match, vendor, neighbours)
        }
    }

    /// What a vendor's list shows of an entry.
    enum Likely {
        /// The entries that could be it.
        case listed([RecordedEntry], EntryMatch)
        /// It could not be looked through.
        case unlisted(Settlement)
    }

    /// Looks an entry up in the list that the plugin declares.
    func likely(
        _ record: WriteRecord,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream
    ) async -> Likely {
        guard let rule = vendor.manifest.reconcile, let wanted = record.wantedEntry,
            var query = rule.query(for: wanted, vendor.manifest.operations[.list]?.list)
        else { return .unlisted(.unclear("\(vendor.title) cannot be asked for exactly this entry.")) }
        let match = EntryMatch(wanted, createdAt: record.createdAt / 1000, told: vendor.answers)
        let list = call.looking(.list)
        var found: [RecordedEntry] = []
        do throws(Problem) {
            for _ in 0..<ReconcileRule.maximumPages {
                let page = try await self.list(query, list, at: vendor, scripts: scripts, upstream: upstream)
                found += page.entries.filter { match.isLike($0.entry) }
                guard let cursor = page.nextCursor else { return .listed(found, match) }
                query.cursor = cursor
            }
        } catch {
            return .unlisted(.unreadable(error.detail))
        }
        return .unlisted(.unclear("\(vendor.title) has more entries of that day than are looked through."))
    }

    /// - Parameter isNamed: whether the plugin's function has named the entry.
    private func judge(
        _ listed: [RecordedEntry],
        _ match: EntryMatch,
        _ vendor: Vendor,
        _ neighbours: WriteNeighbours,
        isNamed: Bool = false
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
        if found.isEmpty { return .absent }
        // Texts tell apart what is alike otherwise.
        let exact = found.filter { match.isExact($0.entry) }
        let ids = found.map { $0.entry[.id]?.string ?? "?" }
        if exact.count == 1 {
            let id = exact[0].entry[.id]?.string ?? "?"
            // One that does not say when it was made may have been there for long; a plugin that names it has looked.
            if isNamed || exact[0].entry.has(.createdAt) { return .recorded(exact[0]) }
            return .unclear("\(vendor.title) has one entry like it, \(id), and does not say when that was made.")
        }
        if found.count == 1 {
            if match.isEarlier(found[0].entry) {
                return .unclear(
                    "\(vendor.title) has one entry like it, \(ids[0]), made before it was sent if the clocks are right."
                )
            }
            return .unclear("\(vendor.title) has one entry that is nearly it: \(ids[0]).")
        }
        let rest = ids.count > 5 ? " and \(ids.count - 5) more" : ""
        return .unclear(
            "\(vendor.title) has \(found.count) entries that could be it: \(ids.prefix(5).joined(separator: ", "))\(rest)."
        )
    }

    // MARK: - By the plugin's function

    /// What the plugin says of an entry whose answer was lost, held to what the vendor has: an entry that it names is read, where
    /// the vendor can be asked for one, and compared. What another write has made, the journal has to tell.
    ///
    /// - Parameter entry: as it was sent.
    /// - Throws: where the vendor gave no answer to decide by, or the script failed.
    public func find(
        _ entry: JSONValue,
        sentAt: Timestamp,
        key: String = Pipeline.anyKey,
        _ call: Call,
        at vendor: Vendor,
        scripts: any PluginScripts,
        upstream: any Upstream
    ) async throws(Problem) -> ReconcileFinding {
        let found = try await look(
            for: entry,
            (try? Entry(answer: entry)) ?? Entry(),
            sentAt: sentAt,
            key: key,
            call,
            vendor,
            scripts,
            upstream
        )
        switch found {
        case .entry(let recorded): return .found(id: recorded.entry[.id]?.string ?? "")
        case .absent: return .absent
        case .unclear(let reason): return .unclear(reason)
        }
    }

    enum Look {
        case entry(RecordedEntry)
        case absent
        case unclear(String)
    }

    func look(
        for record: WriteRecord,
        _ wanted: Entry,
        sentAt: Timestamp,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: any PluginScripts,
        _ upstream: any Upstream
    ) async throws(Problem) -> Look {
        let key = writeKey(record.scope, record.createdAt)
        return try await look(for: wanted.json, wanted, sentAt: sentAt, key: key, call, vendor, scripts, upstream)
    }

    private func look(
        for json: JSONValue,
        _ wanted: Entry,
        sentAt: Timestamp,
        key: String,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: any PluginScripts,
        _ upstream: any Upstream
    ) async throws(Problem) -> Look {
        var scriptCall = ScriptCall(call)
        scriptCall.sentAt = sentAt
        scriptCall.key = key
        scriptCall.lookUps = LookUps(
            LookUps.Source(self, call, vendor, upstream, memory: LookUps.Memory()),
            maximum: LookUps.reconcilingMaximum
        )
        let id: String
        switch try await scripts.reconcile(json, scriptCall) {
        case .absent: return .absent
        case .unclear(let reason): return .unclear(reason)
        case .found(let named): id = named
        }
        var found = RecordedEntry(entry: wanted, report: MappingReport())
        found.entry[.id] = .string(id)
        if vendor.manifest.operations[.get] != nil {
            do throws(Problem) {
                let current = try await fetch(call.looking(.get, id), vendor, upstream, scripts: scripts)
                found = RecordedEntry(entry: current.entry, report: current.report)
            } catch {
                guard error.code == .vendorNotFound else { throw error }
                return .unclear("reconcile found the entry \(id), which \(vendor.title) does not have.")
            }
        }
        guard EntryMatch(wanted, createdAt: sentAt.epochSeconds, told: vendor.answers).isLike(found.entry) else {
            return .unclear("reconcile found the entry \(id), which is another one than was sent.")
        }
        return .entry(found)
    }

    /// Has the plugin look. What it says is held to what is known here: the entry that it names must be the one that was sent, and
    /// no other write's.
    private func ask(
        _ scripts: any PluginScripts,
        for record: WriteRecord,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        _ neighbours: WriteNeighbours
    ) async -> Settlement {
        guard let wanted = record.wantedEntry, let sentAt = Timestamp(epochSeconds: record.createdAt / 1000) else {
            return .unclear("The journal does not hold the entry.")
        }
        let found: RecordedEntry
        do throws(Problem) {
            switch try await look(for: record, wanted, sentAt: sentAt, call, vendor, scripts, upstream) {
            case .absent: return .absent
            case .unclear(let reason): return .unclear(reason)
            case .entry(let recorded): found = recorded
            }
        } catch {
            // A vendor that cannot be asked now is asked again; a script that fails would fail again.
            return error.code == .pluginFailed ? .unclear(error.detail) : .unreadable(error.detail)
        }
        let match = EntryMatch(wanted, createdAt: sentAt.epochSeconds, told: vendor.answers)
        let settlement = await judge([found], match, vendor, neighbours, isNamed: true)
        // It was found, and so it is no proof that nothing is there.
        if case .absent = settlement {
            let id = found.entry[.id]?.string ?? ""
            return .unclear("reconcile found the entry \(id), which another write has made.")
        }
        return settlement
    }
}
