internal import JSON

/// What a native call may do: the key's scopes, the field table, the plugin's `authorize` and `validate`.
extension NativeCall {
    func checkScope() throws(Problem) {
        _ = try pipeline.permit(call, vendor)
        guard credentials == .connection, operation.operation == .list, !pipeline.mayTouchOthers(call) else { return }
        // A list of the connection's account is cut to the caller's own entries by the client itself, or not given.
        let filter = vendor.manifest.operations[.list]?.list?.filters.first { $0.name == "user" }
        let own = pipeline.ownID(call, vendor)
        if filter?.isInPath == true, let own, let user = operation.userID, isSameID(user, own) { return }
        let parameter = filter?.parameter
        let asked = NativePath.query(request.target.drop { $0 != "?" }.dropFirst()) ?? []
        if let own, let parameter,
            case let values = asked.filter({ $0.name == parameter }), values.count == 1, isSameID(values[0].value, own)
        {
            return
        }
        throw Problem(
            .scopeMissing,
            "Listing the entries of others needs the scope read:others"
                + (parameter.map { ", or \($0) with the caller's own identity." } ?? ".")
        )
    }

    // MARK: - The field table

    /// One pass over the object that holds the entry, in a body that was changed; `nil` where there is none.
    func scan(_ body: [UInt8]) -> BodyReader.Scan? {
        guard let document = try? JSONDocument(parsing: body, limits: .trusted),
            let root = vendor.manifest.document.map({ document.root[$0.at] }) ?? document.root
        else { return nil }
        var scan = BodyReader.Scan(plan: vendor.requests, document: document)
        scan.walk(root, node: 0)
        return scan
    }

    /// Whether the body has what the plugin says that the operation needs, within the limits that it names.
    ///
    /// - Parameter scan: of the object that holds the entry, in the body as it goes out.
    func checkFields(_ entry: Entry, _ scan: BodyReader.Scan) throws(Problem) {
        let plan = vendor.requests
        let isWhole = operation.operation != .update
        var faults: [FieldError] = []
        for line in plan.linesToCheck {
            line._withUnsafeGuaranteedRef { line in
                guard scan.holdsValue(line) else {
                    if isWhole, line.field.required.contains(operation.operation), !isElsewhere(line, scan) {
                        faults.append(line.field.missing(at: vendor.title))
                    }
                    return
                }
                guard let value = entry.value(of: line.target) else { return }
                if !(line.target.isTime && entry.timerState == "running"),
                    let fault = line.limitFault(value, at: vendor.title)
                {
                    faults.append(fault)
                }
                if let fault = identifierFault(line, value) { faults.append(fault) }
            }
        }
        for list in plan.lists {
            guard let mapped = list.mapped, mapped.line.required.contains(operation.operation), isWhole,
                scan.views[list.place]?.count ?? 0 == 0
            else { continue }
            faults.append(mapped.line.missing(at: vendor.title))
        }
        if !faults.isEmpty { throw Problem(faults: faults, origin: .gateway) }
    }

    /// Whether another line of the same member has a place in the body.
    private func isElsewhere(_ line: BodyPlan.Line, _ scan: BodyReader.Scan) -> Bool {
        vendor.requests.lines.contains { other in
            other !== line && other.target == line.target && other.places.contains { scan.views.has($0) }
        }
    }

    private func identifierFault(_ line: BodyPlan.Line, _ value: Value) -> FieldError? {
        guard line.isIdentifier, !value.isNull else { return nil }
        var wires = [WireValue](repeating: .absent, count: vendor.requests.places.count)
        let context = WriteContext(vendorTitle: vendor.title, handling: call.handling, zone: nil)
        do throws(WriteFault) {
            _ = try line.converter.write(value, at: line.places, into: &wires, context)
            return nil
        } catch {
            return FieldError(error.code, line.path, error.message, vendorField: line.vendorField)
        }
    }

    // MARK: - The plugin's rules, and whose entry it is

    private var authorizes: Bool {
        vendor.functions.contains(.authorize)
            && (credentials == .connection || call.caller.identities[call.connection.name] != nil)
    }

    private var validates: Bool { vendor.functions.contains(.validate) }

    /// Asks the rules about an entry that does not exist yet: as far as none of them waits for what it reads.
    func judgeCreate(_ reading: NativeReading, _ ports: NativePorts) throws(Problem) -> ScriptRun<Void> {
        if credentials == .connection { try checkUser(reading.entry) }
        let (authorizes, validates) = (authorizes, validates)
        guard authorizes || validates else { return .ended(()) }
        if reading.root == nil { try refuseUnchecked() }
        return try ports.scripts?.judge(
            reading.entry,
            ScriptCall(call),
            authorizes: authorizes,
            validates: validates
        ) ?? .ended(())
    }

    /// Asks the rules about what happens to entries that exist.
    func checkRules(_ reading: NativeReading, _ ports: NativePorts) async throws(Problem) {
        if call.operation.isRead { return }
        if credentials == .connection, carriesEntry { try checkUser(reading.entry) }
        let (authorizes, validates) = (authorizes, validates)
        let needsOwner = credentials == .connection && !pipeline.mayTouchOthers(call)
        guard authorizes || validates || needsOwner else { return }
        if carriesEntry, reading.root == nil { try refuseUnchecked() }
        for id in operation.entryID.map({ [$0] }) ?? reading.entryIDs {
            let current = try await current(id, ports)
            if needsOwner { try pipeline.checkOwner(current, call, vendor) }
            guard carriesEntry else {
                try await ask(current, before: nil, authorizes, validates, ports)
                continue
            }
            try await ask(current, before: nil, authorizes, false, ports)
            let whole = operation.operation == .update ? current.overlaid(by: reading.entry) : reading.entry
            try await ask(whole, before: current, authorizes, validates, ports)
        }
        if operation.entryID == nil, reading.entryIDs.isEmpty { try await checkTimer(authorizes, needsOwner, ports) }
    }

    /// A timer of a user, without an entry to look at: the rules see whose it is.
    private func checkTimer(_ authorizes: Bool, _ needsOwner: Bool, _ ports: NativePorts) async throws(Problem) {
        guard let user = operation.userID else { return try refuseUnchecked() }
        var timer = Entry()
        timer.userID = user
        timer[.timerState] = .string("running")
        if needsOwner { try pipeline.checkOwner(timer, call, vendor) }
        try await ask(timer, before: nil, authorizes, false, ports)
    }

    /// A write that rules have to look at and cannot.
    private func refuseUnchecked() throws(Problem) {
        throw Problem(
            .unsupportedOperation,
            "The rules of this connection have to look at the entry, and this request does not say which, or cannot be read.",
            origin: .gateway
        )
    }

    /// Whose time it is, where the connection's credentials could book for anybody.
    private func checkUser(_ entry: Entry) throws(Problem) {
        if operation.operation == .update {
            try pipeline.checkNewUser(entry, call, vendor)
        } else {
            var settled = entry
            var report = MappingReport()
            try pipeline.settleUser(&settled, &report, call, vendor)
        }
    }

    private func ask(
        _ entry: Entry,
        before: Entry?,
        _ authorizes: Bool,
        _ validates: Bool,
        _ ports: NativePorts
    ) async throws(Problem) {
        guard authorizes || validates, let scripts = ports.scripts else { return }
        var scriptCall = ScriptCall(call)
        scriptCall.before = before?.json
        if case .waits(let goOn) = try scripts.judge(
            entry,
            scriptCall,
            authorizes: authorizes,
            validates: validates
        ) {
            try await goOn(ports.reads?.lookUps(call))
        }
    }

    /// The entry as the vendor has it.
    private func current(_ id: String, _ ports: NativePorts) async throws(Problem) -> Entry {
        guard let rule = vendor.manifest.operations[.get], let reads = ports.reads else {
            throw Problem(
                .unsupportedOperation,
                "\(vendor.title) cannot be asked for one entry, which the rules of \(call.operation.rawValue) need.",
                origin: .gateway
            )
        }
        guard RequestTarget.isSafe(id) else { throw Problem(.malformedRequest, "\"\(id)\" is no id of an entry.") }
        let target = RequestTarget.make(rule, values: ["id": id])
        let answer = try await reads.fetch(NativeRead(method: rule.method, target: target, accept: rule.accept), call)
        let document = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
        guard rule.success.contains(answer.status) else {
            throw vendor.readRefusal(status: answer.status, body: document?.root, operation: .get)
        }
        guard
            let read = document.flatMap({
                vendor.readAnswer($0.root, operation: .get, zones: zones, connection: call.connection)
            })
        else {
            throw Problem(
                .vendorAnswerInvalid,
                "\(vendor.title) answered \(answer.status) to the read that a rule needs, but holds no entry.",
                origin: .vendor
            )
        }
        return read.entry
    }
}

extension Entry {
    /// The entry with what another names put over it.
    func overlaid(by other: Entry) -> Entry {
        var whole = self
        for slot in other.slots {
            switch slot.value {
            case .subjects(let subjects):
                for subject in subjects {
                    if subject.isNull {
                        whole.subjects.removeAll { $0.type == subject.type }
                    } else {
                        whole.setSubject(subject.type, id: subject.id, name: subject.name)
                    }
                }
            case .null: whole[slot.member] = nil
            case .json(let value) where value.object != nil:
                whole[slot.member] = .json((whole[slot.member]?.json ?? .object(JSONObject())).merging(value))
            case .kept(let fields):
                whole[slot.member] = .json((whole[slot.member]?.json ?? .object(JSONObject())).merging(fields.json))
            default: whole[slot.member] = slot.value
            }
        }
        return whole
    }
}
