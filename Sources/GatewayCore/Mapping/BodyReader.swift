internal import JSON

/// Reads a body in the vendor's dialect into an entry: a vendor's answer, or a native client's request.
///
/// A vendor's values are never refused. What cannot be read, or contradicts something, is reported and kept as it came.
struct BodyReader {
    let plan: BodyPlan
    let title: String
    let document: DocumentRule?
    let zones: ZoneDatabase
    /// The connection's zone, for local times that come without one.
    let connectionZone: Zone?
    /// The members of a running timer, if the vendor has one.
    var running: [Member: Value]?
    /// Whether amounts are read; a default answer has none.
    var includesMoney = true
    /// Whether the body names only what changes, so that nothing follows from what it leaves away.
    var isPartial = false

    /// What reading gives.
    struct Result {
        var entry = Entry()
        var report = MappingReport()
        /// Members that the vendor left out on purpose.
        var missing: [String] = []
        /// Members and subjects that the vendor says are nothing.
        var nulls: MemberSet = []
        var nullSubjects: Set<String> = []
        /// What of a native client's request is not what its field holds.
        var unreadable: [UnreadableField] = []
    }

    func read(_ body: JSONView) -> Result {
        var scan = Scan(plan: plan, document: body.document)
        return read(body, &scan)
    }

    /// - Parameter scan: of the plan and the body's document; afterwards with what stands in the body.
    func read(_ body: JSONView, _ scan: inout Scan) -> Result {
        if body.kind == .object {
            scan.walk(body, node: 0)
        }
        var result = Result()
        var context = ReadContext(zone: connectionZone)
        for line in plan.linesToRead {
            line._withUnsafeGuaranteedRef { read($0, &scan, &context, &result) }
        }
        for list in plan.lists {
            if let view = scan.views[list.place] { readList(list, view, &scan, &result) }
        }
        if plan.role == .request { noteOtherSpellings(scan, &result) }
        let kept = scan.kept()
        if includesMoney { readMoney(scan, &result) }
        checkDocumentType(scan, &result)
        if let kept { result.entry[.vendorFields] = .kept(kept) }
        checkTimes(&result, context.zone)
        return result
    }

    // MARK: - Lines

    func read(
        _ line: BodyPlan.Line,
        _ scan: inout Scan,
        _ context: inout ReadContext,
        _ result: inout Result
    ) {
        // Most lines of most bodies: no converter makes something of nothing.
        guard line.hasDefault || scan.holdsAnything(line) else { return }
        switch line.target {
        case .money, .keep: return
        case .constant(let value):
            // What others have written there is kept.
            if let found = scan.firstView(line.places), found.value.isEquivalent(to: value) { scan.take(line.places) }
            return
        case .anySubject(let types):
            if case .typedReference(let reference) = line.converter {
                readReference(line, reference, types, &scan, &result)
            }
            return
        default: break
        }
        // A field that says something else in this state (a rejection's time while approved) stays the vendor's own.
        if let condition = line.field.condition, !condition.holds(in: result.entry) { return }
        if isRunning(line, scan, &result) { return scan.take(line.places) }
        // A day without a time of day is one only where there is no time of day.
        if case .midnight = line.converter, result.entry.has(.startedAt) { return }
        var outcome =
            line.day.map { readTimeOfDay(line, day: $0, scan.views, context) }
            ?? line.converter.read(line.places, scan.views, context)
        if case .absent = outcome, let object = line.object, scan.nullNodes.contains(object) { outcome = .null }
        if case .absent = outcome, plan.role == .request, !isPartial, let value = line.field.whenAbsent {
            outcome = .value(Value(constant: value))
            result.report.add(
                .derived,
                line.path,
                vendorField: line.vendorField,
                sent: WireValue(value),
                why: "\(title) takes this where the field is left away."
            )
        }
        var holdsSomething = outcome.holdsSomething
        accept(outcome, line, line.places, &scan, &context, &result)
        for alternative in line.alternatives {
            let other = alternative.converter.read(alternative.places, scan.views, context)
            if holdsSomething {
                // The first place counts; the others are compared with it.
                scan.take(alternative.places)
                compare(other, line, alternative, &result)
                continue
            }
            holdsSomething = other.holdsSomething
            accept(other, line, alternative.places, &scan, &context, &result)
        }
    }

    func accept(
        _ outcome: consuming ReadOutcome,
        _ line: BodyPlan.Line,
        _ places: [Int],
        _ scan: inout Scan,
        _ context: inout ReadContext,
        _ result: inout Result
    ) {
        switch outcome {
        case .absent: break
        case .null:
            scan.take(places)
            if plan.role == .request, line.field.null == .clears { set(.null, line, &result) }
            if case .member(let member) = line.target { result.nulls.insert(member) }
            if case .subject(let type, _) = line.target { result.nullSubjects.insert(type) }
        case .notIncluded:
            scan.take(places)
            let path = line.missingPath
            if result.missing.isEmpty { result.missing.reserveCapacity(8) }
            if !result.missing.contains(path) { result.missing.append(path) }
        case .invalid(let why):
            result.report.add(
                .inconsistent,
                line.path,
                vendorField: line.vendorField,
                sent: scan.firstView(places).map { WireValue($0.value) },
                why: why + " It is kept in vendor_fields."
            )
            noteUnreadable(places, why, scan, &result)
            for place in places where scan.views.has(place) { scan.keep(place) }
        case .value(let value):
            scan.take(places)
            guard case .member(.timeZone) = line.target, let name = value.string else {
                return set(value, line, &result)
            }
            set(value, line, &result)
            takeZone(named: name, line, &context, &result)
        case .noted(let value, let kind, let why):
            scan.take(places)
            set(value, line, &result)
            result.report.add(
                kind,
                line.path,
                vendorField: line.vendorField,
                asked: kind == .converted ? scan.firstView(places).map { WireValue($0.value) } : nil,
                sent: WireValue(value.json),
                why: why
            )
        }
    }

    /// The zone that the body names is the one for its local times.
    private func takeZone(
        named name: String,
        _ line: BodyPlan.Line,
        _ context: inout ReadContext,
        _ result: inout Result
    ) {
        if let zone = try? zones.zone(named: name) {
            context.zone = zone
            return
        }
        result.report.add(
            .inconsistent,
            "time_zone",
            vendorField: line.vendorField,
            sent: .string(name),
            why: "The time zone is not known here; the vendor's value is passed on."
        )
    }

    /// Sets a member, or compares with what an earlier line has set.
    func set(_ value: consuming Value, _ line: BodyPlan.Line, _ result: inout Result) {
        switch line.target {
        case .member(let member):
            if !result.entry.has(member) {
                result.entry.set(member, value)
            } else if let known = result.entry[member] {
                // Of two spellings of one instant, the one that says the offset says more.
                if let a = known.time, let b = value.time, a.isSameInstant(as: b), !a.isOffsetKnown, b.isOffsetKnown {
                    result.entry[member] = value
                    return
                }
                reportDifference(known, value, line, line.vendorField, &result)
            }
        case .subject(let type, let part):
            guard let text = value.string else {
                if value.isNull { result.entry.setNullSubject(type) }
                return
            }
            if part == .id, let old = result.entry.subject(type)?.id {
                reportDifference(.string(old), value, line, line.vendorField, &result)
            } else {
                result.entry.setSubject(type, id: part == .id ? text : nil, name: part == .name ? text : nil)
            }
        case .externalRef(let system, let key):
            var refs = result.entry.externalRefs
            var object = refs[system]?.object ?? JSONObject()
            object[key] = value.json
            refs[system] = .object(object)
            result.entry.externalRefs = refs
        case .customField(let name):
            var fields = result.entry[.customFields]?.json.object ?? JSONObject()
            fields[name] = value.json
            result.entry[.customFields] = .json(.object(fields))
        case .keep, .constant, .money, .anySubject: break
        }
    }

    func compare(
        _ outcome: ReadOutcome,
        _ line: BodyPlan.Line,
        _ alternative: (places: [Int], converter: Converter),
        _ result: inout Result
    ) {
        let value: Value
        switch outcome {
        case .value(let found), .noted(let found, _, _): value = found
        default: return
        }
        let known: Value
        switch line.target {
        case .member(let member):
            guard let found = result.entry[member] else { return }
            known = found
        case .subject(let type, .id):
            guard let found = result.entry.subject(type)?.id else { return }
            known = .string(found)
        default: return
        }
        let name = alternative.places.map { plan.places[$0].path.text }.joined(separator: " + ")
        reportDifference(known, value, line, name, converter: alternative.converter, &result)
    }

    func reportDifference(
        _ known: Value,
        _ other: Value,
        _ line: BodyPlan.Line,
        _ vendorField: String,
        converter: Converter? = nil,
        _ result: inout Result
    ) {
        guard !known.means(other, within: (converter ?? line.converter).precision) else { return }
        noteTwice(line, vendorField, &result)
        result.report.add(
            .inconsistent,
            line.path,
            vendorField: vendorField,
            asked: WireValue(known.json),
            sent: WireValue(other.json),
            why: "The vendor says both; the first counts."
        )
    }

    func readReference(
        _ line: BodyPlan.Line,
        _ reference: Converter.TypedReference,
        _ types: [String],
        _ scan: inout Scan,
        _ result: inout Result
    ) {
        let typeView = scan.views[line.places[0]]
        let idView = scan.views[line.places[1]]
        guard typeView != nil || idView != nil else { return }
        scan.take(line.places)
        let text = typeView?.string ?? ""
        let wanted = reference.isCaseInsensitive ? text.lowercased() : text
        if let type = types.first(where: { $0 == wanted }) {
            if let id = idView?.string ?? idView?.numberText {
                result.entry.setSubject(type, id: id)
            } else if idView == nil {
                // The type without the id: some answers expand the subject elsewhere.
                result.entry[.subjects] = .subjects([Subject(type: type)])
            }
            if text != type {
                result.report.add(
                    .converted,
                    "subjects",
                    vendorField: plan.places[line.places[0]].path.text,
                    asked: .string(text),
                    sent: .string(type),
                    why: "The type is read in either case."
                )
            }
        } else {
            result.report.add(
                .inconsistent,
                "subjects",
                vendorField: line.vendorField,
                sent: .string(text),
                why: "The vendor's page does not list this type. It is kept in vendor_fields."
            )
            noteUnreadable(line.places, "It should be one of \(types.joined(separator: ", ")).", scan, &result)
            for place in line.places where scan.views.has(place) { scan.keep(place) }
        }
    }
}

extension FieldTarget {
    /// The object or member that is missing when the field was left out: `user`, `subjects.task`.
    var missingPath: String {
        switch self {
        case .member(let member):
            member.path.lastIndex(of: ".").map { String(member.path[..<$0]) } ?? member.path
        case .subject(let type, _): "subjects.\(type)"
        default: path
        }
    }
}

extension Value {
    /// Whether two values say the same, as far as the vendor's unit can tell.
    func means(_ other: Value, within precision: Converter.Precision) -> Bool {
        switch (self, other) {
        case (.time(let a), .time(let b)):
            if precision == .instantMinutes { return a.epochSeconds / 60 == b.epochSeconds / 60 }
            if precision == .instantSeconds { return a.epochSeconds == b.epochSeconds }
            if precision == .instantMilliseconds { return a.epochMilliseconds == b.epochMilliseconds }
            return a.isSameInstant(as: b)
        case (.integer(let a), .integer(let b)):
            if case .length(let step) = precision { return abs(a - b) < step }
            return a == b
        default: return self == other
        }
    }
}
