internal import JSON

/// What a vendor's answer, or the vendor itself, says about a write whose outcome is not known.
extension Pipeline {
    /// What became of a write.
    public enum Settlement: Sendable {
        /// The vendor has it.
        case recorded(RecordedEntry)
        /// It was a deletion, and the entry is gone.
        case deleted
        /// The vendor refused it.
        case refused(Problem)
        /// The vendor has nothing that could be it.
        case absent
        /// Only a person can tell, for this reason.
        case unclear(String)
        /// The vendor could not be asked this time, or its answer tells nothing.
        case unreadable(String)
        /// The vendor has done it, but its answer cannot be read as an entry.
        case unmapped(String)
    }

    /// The request of a write again, byte for byte, for a vendor that removes doubles by the key in it.
    ///
    /// - Returns: `nil` where the vendor has no keys, or the connection leads elsewhere now.
    public func repeated(_ record: WriteRecord, _ call: Call, at vendor: Vendor) -> UpstreamRequest? {
        guard let rule = vendor.manifest.operations[record.scope.operation], let name = rule.idempotencyHeader,
            let key = record.intent.vendorKey, record.intent.otherAccount(than: call.connection) == nil
        else { return nil }
        var headers = call.connection.headers
        if record.intent.body != nil { headers.append(Header("Content-Type", rule.contentType)) }
        headers.append(Header("Accept", rule.accept))
        headers.append(Header(name, key))
        var request = UpstreamRequest(
            method: record.intent.method,
            url: record.intent.url,
            headers: headers,
            body: record.intent.body,
            allowsPrivate: call.connection.allowsPrivate,
            timeoutMilliseconds: call.timeoutMilliseconds
        )
        request.wantedHeader = rule.idHeader
        return request
    }

    /// What a vendor's answer to a write means, read without what the caller had asked for.
    ///
    /// - Parameter isRepetition: whether an attempt before may have been acted on.
    public func settlement(
        of answer: StoredAnswer,
        isRepetition: Bool = false,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?
    ) async -> Settlement {
        guard let rule = vendor.manifest.operations[call.operation] else {
            return .unclear("The plugin does not offer \(call.operation.rawValue) any more.")
        }
        let document = (try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)).flatMap {
            call.connection.hidingSecrets($0)
        }
        let status = vendor.meant(status: answer.status, body: document?.root)
        guard rule.success.contains(status) else {
            var refused = UpstreamAnswer(status: answer.status, body: answer.body)
            refused.mean(status)
            // A vendor that knows the key speaks of the attempt before as well when it refuses what the entry says: that one
            // has had its time to arrive.
            refused.isRepetition = isRepetition && ![400, 422].contains(status)
            let problem = await refusal(
                refused,
                document,
                [],
                call,
                vendor,
                scripts,
                ScriptCall(call)
            )
            let isFinal = [400, 409, 422].contains(status) && problem.code != .outcomeUnknown
            return isFinal ? .refused(problem) : .unreadable(problem.detail)
        }
        // A page of something between us and the vendor may have any status.
        if call.operation == .delete, document != nil || answer.body.isBlank { return .deleted }
        guard let document else { return .unreadable("The vendor answered \(answer.status), but not with JSON.") }
        guard let view = document.root.value(at: rule.entryPath), view.kind == .object else {
            return .unmapped("The vendor's answer holds no entry.")
        }
        do throws(Problem) {
            let recorded = try await entry(view, call, vendor, scripts)
            guard recorded.entry.id != nil || !vendor.answers.has(.id) else {
                return .unmapped("The vendor's answer holds no id.")
            }
            return .recorded(recorded)
        } catch {
            return .unmapped(error.detail)
        }
    }

    /// Whether a vendor's answer says that a change of one entry is made, and holds no entry: then that is read afterwards.
    public func endsWithoutEntry(_ answer: StoredAnswer, _ call: Call, at vendor: Vendor) -> Bool {
        guard call.operation != .delete, call.entryID != nil, vendor.manifest.operations[.get] != nil,
            let rule = vendor.manifest.operations[call.operation], !rule.answersEntry || answer.status == 204
        else { return false }
        return rule.success.contains(answer.status)
    }

    /// The entry of a change that is made, as it is at the vendor now.
    public func readAgain(
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async -> Settlement {
        do throws(Problem) {
            let found = try await fetch(call, vendor, upstream, scripts: scripts)
            return .recorded(RecordedEntry(entry: found.entry, report: found.report))
        } catch {
            return .unreadable(error.detail)
        }
    }

    /// Asks the vendor what it has of a write. It reads only.
    ///
    /// - Parameter journal: tells which entries belong to other writes.
    public func look(
        for record: WriteRecord,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream,
        journal: any Journal
    ) async -> Settlement {
        let operation = record.scope.operation
        let neighbours = WriteNeighbours(record: record, journal: journal)
        guard operation != .create else {
            return await lookForNew(record, call, vendor, scripts, upstream, neighbours)
        }
        guard let id = record.intent.entryID else {
            return .unclear("It is a request for several entries, which may have done all, some or none of them.")
        }
        guard vendor.manifest.operations[.get] != nil else {
            return .unclear("\(vendor.title) cannot be asked for one entry.")
        }
        let get = call.looking(.get, id)
        do throws(Problem) {
            let current = try await fetch(get, vendor, upstream, scripts: scripts)
            let settlement = judge(current, record, vendor)
            guard case .absent = settlement, operation != .delete else { return settlement }
            do throws(JournalFailure) {
                guard try await neighbours.haveChanged(id) else { return settlement }
            } catch {
                return .unreadable(error.problem.detail)
            }
            return .unclear("The entry is not as it was to be, and another write may have changed it since.")
        } catch {
            if error.code == .vendorNotFound, operation == .delete { return .deleted }
            if error.code == .vendorNotFound { return .unclear("\(vendor.title) does not have the entry any more.") }
            return .unreadable(error.detail)
        }
    }

    /// Whether an entry is as a change or an action wanted it.
    private func judge(_ current: Current, _ record: WriteRecord, _ vendor: Vendor) -> Settlement {
        let recorded = RecordedEntry(entry: current.entry, report: current.report)
        switch record.scope.operation {
        case .delete: return .absent
        case .update:
            guard let wanted = record.wantedChange else {
                return .unclear("The journal does not hold what was changed.")
            }
            switch ChangeMatch(wanted: wanted, answers: vendor.answers).find(in: current.entry) {
            case .shown: return .recorded(recorded)
            case .different: return .absent
            case .untold(let member):
                return .unclear("\(vendor.title) does not tell of \(member), which was to change.")
            }
        case .replace:
            guard let wanted = record.wantedEntry else { return .unclear("The journal does not hold the entry.") }
            return EntryMatch(wanted, told: vendor.answers).isExact(current.entry) ? .recorded(recorded) : .absent
        default:
            guard let isReached = record.scope.operation.isReached(in: current.entry) else {
                return .unclear("What \(record.scope.operation.rawValue) leads to cannot be seen in the entry.")
            }
            guard isReached else { return .absent }
            // The state may be another's work: the reason tells.
            guard let reason = record.reason(at: vendor) else { return .recorded(recorded) }
            guard let told = current.entry[.approvalReason]?.string else {
                return .unclear("\(vendor.title) does not tell of the reason that was given.")
            }
            return told == reason ? .recorded(recorded) : .absent
        }
    }
}

extension WriteRecord {
    /// The reason that was given with an action.
    fileprivate func reason(at vendor: Vendor) -> String? {
        guard let place = vendor.manifest.reasonPlace(of: scope.operation), let body = intent.body,
            let document = try? JSONDocument(parsing: body, limits: .trusted)
        else { return nil }
        return document.root.value(at: place)?.string
    }

    /// The entry as it should be at the vendor.
    var wantedEntry: Entry? {
        guard let bytes = intent.entry, let document = try? JSONDocument(parsing: bytes, limits: .trusted) else {
            return nil
        }
        return try? Entry(answer: document.root.value)
    }

    /// What a change says, with null for what it takes away; `nil` where the journal does not hold it.
    var wantedChange: Entry? {
        guard let bytes = intent.entry, let document = try? JSONDocument(parsing: bytes, limits: .trusted),
            case .object(let object) = document.root.value, var wanted = try? Entry(answer: .object(object))
        else { return nil }
        // Earlier versions wrote the whole entry, in which what was taken away is not to be seen.
        if wanted.has(.completeness) { return nil }
        for member in Member.allCases {
            if let value = object.value(atDotted: member.path), value.isNull { wanted[member] = .null }
        }
        return wanted
    }
}

extension Call {
    /// The same call as a read of the gateway's own, which finds out what became of a write. It counts in the vendor's windows
    /// as every other, and has no more time than the call.
    func looking(_ operation: Operation, _ entryID: String? = nil) -> Call {
        var read = Call(
            id: id,
            operation: operation,
            entryID: entryID,
            connection: connection,
            caller: caller,
            handling: .strict,
            now: now,
            timeoutMilliseconds: timeoutMilliseconds,
            trace: trace
        )
        read.gate = gate
        read.deadline = deadline
        return read
    }
}
