internal import JSON

/// Writes an entry as a body in the vendor's dialect: the request for the vendor, or the answer for a native client.
struct BodyWriter {
    let plan: BodyPlan
    /// The plan of the answers, which tells the fields that only the vendor sets.
    let answers: BodyPlan
    let title: String
    let operation: Operation
    let handling: Handling
    let settings: Settings
    /// The times as they are sent; `nil` writes whatever the entry has (answers for native clients).
    let times: TimeGroup?
    /// The members of a running timer.
    let running: [Member: Value]
    /// The implied user of the connection: a create cannot name another.
    let impliedUser: ImpliedUser?
    /// Whether only what is named is written: nothing is filled in, and nothing is required.
    var isChange = false
    /// The zone of the connection, and in an answer for a native client that of the entry.
    var answerZone: Zone?

    /// The zone of local times. Where the vendor is not told the entry's own, they are read again in the connection's, and
    /// without one nobody knows what they would be taken for.
    var localZone: Zone? {
        guard let times, plan.writesTimeZone else { return answerZone }
        return times.zone ?? answerZone
    }

    /// A vendor that records time for the token's own user only.
    struct ImpliedUser {
        let settingName: String
        let id: String?
    }

    /// A value inside `external_refs` or `custom_fields`.
    struct Reference: Hashable {
        let member: Member
        let path: [String]

        var text: String { ([member.path] + path).joined(separator: ".") }
    }

    /// The wires by place.
    struct Result {
        var wires: [WireValue]
        var report = MappingReport()
        /// The members that were sent, for echoing and for comparison with the answer.
        var sentMembers: MemberSet = []
        /// Members whose text another was joined to, and the members that were joined to another's text.
        var joinedMembers: MemberSet = []
        var joinedAway: MemberSet = []
        /// External references and custom fields that were sent.
        var references: [Reference] = []
        /// What the vendor will hold in place of what the entry says.
        var held = HeldValues()
    }

    /// - Throws: one `Problem` that holds every fault.
    func write(_ entry: Entry) throws(Problem) -> Result {
        var state = State(count: plan.places.count)
        for written in plan.linesToWrite(in: operation) {
            written.line._withUnsafeGuaranteedRef { write($0, isRequired: written.isRequired, entry, &state) }
        }
        if times == nil { writeMoney(entry, &state) }
        for list in plan.lists { writeList(list, entry, &state) }
        if let fields = entry[.vendorFields] { writeVendorFields(fields, &state) }
        if times != nil { checkLeftOver(entry, &state) }
        if plan.writesLocalStart { noteClockChange(entry, &state) }
        if !state.faults.isEmpty { throw Problem(faults: state.faults) }
        return Result(
            wires: state.wires,
            report: state.report,
            sentMembers: state.sent,
            joinedMembers: state.joined,
            joinedAway: state.joinedAway,
            references: state.references,
            held: state.held
        )
    }

    // MARK: - Lines

    struct State {
        var wires: [WireValue]
        var report = MappingReport()
        var faults: [FieldError] = []
        /// Members that a line has taken.
        var sent: MemberSet = []
        var joined: MemberSet = []
        var joinedAway: MemberSet = []
        var references: [Reference] = []
        var held = HeldValues()
        /// The types of subject whose id or name a line has taken: a handful.
        var subjects: [String] = []
        var subjectNames: [String] = []

        /// - Parameter count: how many places the plan has. Nothing stands in them yet.
        init(count: Int) {
            // `init(repeating:count:)` would copy the value each time, with all that a copy of one may need.
            wires = [WireValue](unsafeUninitializedCapacity: count) { wires, initialized in
                for place in 0..<count { wires.initializeElement(at: place, to: .absent) }
                initialized = count
            }
        }

        mutating func took(idOf type: String) {
            if subjects.isEmpty { subjects.reserveCapacity(4) }
            subjects.append(type)
        }
    }

    /// Writes a line, if the operation writes it.
    func write(_ line: BodyPlan.Line, _ entry: Entry, _ state: inout State) {
        if plan.role == .request {
            guard line.isWritten, line.field.operations?.contains(operation) ?? true else { return }
        }
        write(line, isRequired: line.field.required.contains(operation), entry, &state)
    }

    private func write(_ line: BodyPlan.Line, isRequired: Bool, _ entry: Entry, _ state: inout State) {
        // Several texts cannot be told apart again once they are joined.
        if case .joinedText = line.converter { return }
        if let condition = line.field.condition, !condition.holds(in: entry) { return }
        switch line.target {
        case .constant(let value):
            state.wires[line.places[0]] = WireValue(value)
            return
        case .keep, .money: return
        case .anySubject(let types):
            writeReference(line, types, entry, &state)
            return
        default: break
        }
        // A limit of the vendor holds in whichever form the time is sent.
        if case .member(.durationSeconds) = line.target, line.field.forms == nil, let times, times.form != .running,
            let value = entry[.durationSeconds], let fault = line.limitFault(value, at: title)
        {
            state.faults.append(fault)
            return
        }
        guard formAllows(line, entry) else { return }
        var value = self.value(of: line, in: entry, &state)
        if line.hasJoins {
            if case .string(let text)? = value {
                value = .string(joined(text, line.field, entry, &state))
            } else if value == nil, let text = joinedAlone(line.field, entry, &state) {
                value = .string(text)
            }
        }
        // On create there is nothing to clear: null is the same as leaving the member away.
        if operation == .create || operation == .replace, value?.isNull == true, line.field.null != .clears {
            if isRunningNull(line) {
                for place in line.places { state.wires[place] = .null }
                return
            }
            value = nil
        }
        guard let value else {
            if times != nil, !isChange, isRequired { state.faults.append(line.field.missing(at: title)) }
            return
        }
        markSent(line.target, &state)
        if value.isNull {
            // A timer that goes on running has no end, which is not taken away from it.
            if isRunningNull(line) {
                for place in line.places { state.wires[place] = .null }
            } else {
                writeNull(line, &state)
            }
            return
        }
        if times?.form != .running, let fault = line.limitFault(value, at: title) {
            state.faults.append(fault)
            return
        }
        var context = WriteContext(vendorTitle: title, handling: handling, zone: localZone)
        if line.day != nil { context.surroundings = .init(of: line.target, in: entry) }
        do throws(WriteFault) {
            switch try line.converter.write(value, at: line.places, into: &state.wires, context) {
            case .exact: break
            case .converted(let asked, let sent, let why):
                state.report.add(
                    .converted,
                    line.path,
                    vendorField: line.vendorField,
                    asked: asked,
                    sent: sent,
                    why: why
                )
            case .rounded(let asked, let sent, let why, let held):
                if let held, case .member(let member) = line.target { state.held.note(member, held) }
                state.report.add(
                    .rounded,
                    line.path,
                    vendorField: line.vendorField,
                    asked: asked,
                    sent: sent,
                    why: why
                )
            }
        } catch {
            if error.isDroppable, handling.isLenient, !isRequired {
                if case .member(let member) = line.target { state.held.note(member, nil) }
                state.report.add(
                    .dropped,
                    line.path,
                    vendorField: line.vendorField,
                    asked: WireValue(value.json),
                    why: error.message
                )
                return
            }
            state.faults.append(
                FieldError(
                    error.code,
                    line.path,
                    error.message,
                    vendorField: line.vendorField,
                    hint: error.hint
                )
            )
        }
    }

    /// Whether the vendor tells a timer that runs by a null in this place.
    private func isRunningNull(_ line: BodyPlan.Line) -> Bool {
        guard times?.form == .running, case .member(let member) = line.target else { return false }
        return running[member]?.isNull == true
    }

    /// The amounts of an answer for a native client, each in the field of its kind and basis.
    func writeMoney(_ entry: Entry, _ state: inout State) {
        let amounts = entry[.money]?.json.array ?? []
        for line in plan.moneyLines {
            guard case .money(let kind, let basis, _) = line.target,
                let amount = amounts.first(where: { $0["kind"]?.string == kind && $0["basis"]?.string == basis }),
                let units = amount["minor_units"]?.int64
            else { continue }
            state.wires[line.places[0]] = .integer(units)
            if let place = line.currency, let currency = amount["currency"]?.string {
                state.wires[place] = .string(currency)
            }
        }
    }

    /// Whether the form of time that is sent has this field.
    func formAllows(_ line: BodyPlan.Line, _ entry: Entry) -> Bool {
        guard let times else {
            guard let forms = line.field.forms, let form = entry.shapeName.flatMap(TimeForm.init) else { return true }
            return forms.contains(form)
        }
        if line.hasForms, let forms = line.field.forms { return forms.contains(times.form) }
        guard case .member(let member) = line.target else { return true }
        switch member {
        case .startedAt, .endedAt, .durationSeconds:
            return times.form.carries(member) || (times.form == .running && running[member] != nil)
        default: return true
        }
    }

    func value(of line: BodyPlan.Line, in entry: Entry, _ state: inout State) -> Value? {
        if let own = ownValue(of: line.target, in: entry) {
            let isNothing = (own.isNull && line.field.null != .clears) || own.string?.isEmpty == true
            if !isNothing || !line.hasFallbacks || isChange { return own }
        }
        guard let times, !isChange else { return nil }
        if case .member(.timeZone) = line.target, let zone = times.zone {
            state.report.add(
                .defaulted,
                line.path,
                vendorField: line.vendorField,
                sent: .string(zone.name),
                why: "It was not given; it is the connection's time zone."
            )
            return .string(zone.name)
        }
        guard line.hasFallbacks else { return nil }
        let field = line.field
        for source in field.fallbacks {
            let found: Value?
            switch source {
            case .constant(let value): found = Value(constant: value)
            case .setting(let name): found = settings[name].map { Value(constant: $0) }
            case .member(let member):
                found = entry[member]
                if found != nil { state.sent.insert(member) }
            case .noteFirstLine:
                found = entry[.note]?.string.flatMap { note in
                    let first = note.prefix { !$0.isNewline }
                    return first.isEmpty ? nil : .string(String(first))
                }
            }
            guard let found, !found.isNull else { continue }
            let kind: MappingReport.Kind
            switch source {
            case .constant, .setting: kind = .defaulted
            case .member, .noteFirstLine: kind = .derived
            }
            state.report.add(
                kind,
                field.target.path,
                vendorField: field.vendorField,
                sent: WireValue(found.json),
                why: "It was not given; it is taken from \(source.text)."
            )
            return found
        }
        return nil
    }

    func ownValue(of target: FieldTarget, in entry: Entry) -> Value? {
        switch target {
        case .member(let member):
            if times?.form == .running, let value = running[member] { return value }
            return entry[member]
        case .subject(let type, let part):
            return entry.subject(type, part)
        case .externalRef(let system, let key):
            guard let value = entry[.externalRefs]?.json[system]?[key] else { return nil }
            return Value(constant: value)
        case .customField(let name):
            guard let value = entry[.customFields]?.json[name] else { return nil }
            return Value(constant: value)
        case .anySubject, .money, .keep, .constant: return nil
        }
    }

    func joined(_ text: String, _ field: FieldLine, _ entry: Entry, _ state: inout State) -> String {
        var parts: [String] = []
        for member in field.joins {
            guard let extra = entry[member]?.string, !extra.isEmpty, extra != text else { continue }
            parts.append(extra)
            state.joinedAway.insert(member)
            state.sent.insert(member)
        }
        if parts.isEmpty { return text }
        let whole = (parts + [text]).joined(separator: "\n")
        reportJoin(parts, whole, field, &state)
        return whole
    }

    func joinedAlone(_ field: FieldLine, _ entry: Entry, _ state: inout State) -> String? {
        var parts: [String] = []
        for member in field.joins {
            guard let extra = entry[member]?.string, !extra.isEmpty else { continue }
            parts.append(extra)
            state.joinedAway.insert(member)
            state.sent.insert(member)
        }
        if parts.isEmpty { return nil }
        let whole = parts.joined(separator: "\n")
        reportJoin(parts, whole, field, &state)
        return whole
    }

    func reportJoin(_ parts: [String], _ whole: String, _ field: FieldLine, _ state: inout State) {
        if case .member(let member) = field.target {
            state.joined.insert(member)
            state.held.note(member, .string(whole))
        }
        for member in field.joins { state.held.note(member, nil) }
        state.joined.formUnion(MemberSet(field.joins))
        state.report.add(
            .converted,
            field.joins.first?.path ?? "",
            vendorField: field.vendorField,
            asked: .string(parts.joined(separator: "\n")),
            sent: .string(whole),
            why: "\(title) has one text here; it is put before \(field.target.path)."
        )
    }

    func markSent(_ target: FieldTarget, _ state: inout State) {
        switch target {
        case .member(let member): state.sent.insert(member)
        case .subject(let type, let part):
            state.sent.insert(.subjects)
            if part == .id { state.took(idOf: type) } else { state.subjectNames.append(type) }
        case .externalRef(let system, let key):
            state.references.append(Reference(member: .externalRefs, path: [system, key]))
        case .customField(let name): state.references.append(Reference(member: .customFields, path: [name]))
        case .anySubject, .money, .keep, .constant: break
        }
    }

    func writeNull(_ line: BodyPlan.Line, _ state: inout State) {
        guard line.field.null == .clears else {
            state.faults.append(
                FieldError(
                    .nullNotAllowed,
                    line.field.target.path,
                    "\(title) cannot clear \(line.field.target.path).",
                    vendorField: line.field.vendorField
                )
            )
            return
        }
        if line.object != nil {
            state.wires[line.places[0]] = .nullObject
            return
        }
        for place in line.places where !plan.places[place].isMarker { state.wires[place] = .null }
    }
}

extension Value {
    init(constant value: JSONValue) {
        switch value {
        case .null: self = .null
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        case .bool(let flag): self = .bool(flag)
        default: self = .json(value)
        }
    }
}

extension JSONValue {
    /// The value at a path of object members.
    func value(at path: VendorPath) -> JSONValue? {
        var value = self
        for segment in path.segments {
            guard let next = value[segment.name] else { return nil }
            value = next
        }
        return value
    }
}
