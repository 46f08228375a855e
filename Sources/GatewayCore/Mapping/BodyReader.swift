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

    /// What reading gives.
    struct Result {
        var entry = Entry()
        var report = MappingReport()
        /// Members that the vendor left out on purpose.
        var missing: [String] = []
        /// Members and subjects that the vendor says are nothing.
        var nulls: MemberSet = []
        var nullSubjects: Set<String> = []
    }

    func read(_ body: JSONView) -> Result {
        var scan = Scan(plan: plan, document: body.document)
        if body.kind == .object {
            scan.walk(body, node: 0)
        }
        var result = Result()
        var context = ReadContext(zone: connectionZone)
        for index in plan.readingOrder {
            read(plan.lines[index], &scan, &context, &result)
        }
        for list in plan.lists {
            if let view = scan.views[list.place] { readList(list, view, &scan, &result) }
        }
        scan.keepWhatNoLineTook()
        if includesMoney { readMoney(scan, &result) }
        checkDocumentType(scan, &result)
        if !scan.isEmpty {
            result.entry[.vendorFields] = .kept(scan.kept())
        }
        checkTimes(&result, context.zone)
        return result
    }

    // MARK: - Lines

    private func read(
        _ line: BodyPlan.Line,
        _ scan: inout Scan,
        _ context: inout ReadContext,
        _ result: inout Result
    ) {
        switch line.target {
        case .constant, .money: return
        case .keep:
            for place in line.places where plan.places[place].isKept && scan.views.has(place) { scan.keep(place) }
            scan.take(line.places)
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
        // A day without a time of day is one only where there is no time of day.
        if case .midnight = line.converter, result.entry.has(.startedAt) { return }
        var outcome = line.converter.read(line.places, scan.views, context)
        if case .absent = outcome, let object = line.object, scan.nullNodes.contains(object) { outcome = .null }
        if case .absent = outcome, plan.role == .request, let value = line.field.whenAbsent {
            outcome = .value(Value(constant: value))
            result.report.add(
                .derived,
                line.path,
                vendorField: line.vendorField,
                sent: WireValue(value),
                why: "\(title) takes this where the field is left away."
            )
        }
        accept(outcome, line, line.places, &scan, &context, &result)
        for alternative in line.alternatives {
            if case .notIncluded = outcome {
            } else if case .absent = outcome {
            } else if case .null = outcome {
            } else {
                // The first place counts; the others are compared with it.
                scan.take(alternative.places)
                compare(alternative.converter.read(alternative.places, scan.views, context), line, alternative, &result)
                continue
            }
            outcome = alternative.converter.read(alternative.places, scan.views, context)
            accept(outcome, line, alternative.places, &scan, &context, &result)
        }
    }

    private func accept(
        _ outcome: ReadOutcome,
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
            let path = line.target.missingPath
            if !result.missing.contains(path) { result.missing.append(path) }
        case .invalid(let why):
            result.report.add(
                .inconsistent,
                line.path,
                vendorField: line.vendorField,
                sent: scan.firstView(places).map { WireValue($0.value) },
                why: why + " It is kept in vendor_fields."
            )
            for place in places where scan.views.has(place) { scan.keep(place) }
        case .value(let value):
            scan.take(places)
            set(value, line, &result)
            if case .member(.timeZone) = line.target, let name = value.string {
                if let zone = try? zones.zone(named: name) {
                    context.zone = zone
                } else {
                    result.report.add(
                        .inconsistent,
                        "time_zone",
                        vendorField: line.vendorField,
                        sent: .string(name),
                        why: "The time zone is not known here; the vendor's value is passed on."
                    )
                }
            }
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

    /// Sets a member, or compares with what an earlier line has set.
    private func set(_ value: Value, _ line: BodyPlan.Line, _ result: inout Result) {
        switch line.target {
        case .member(let member):
            if let known = result.entry[member] {
                // Of two spellings of one instant, the one that says the offset says more.
                if let a = known.time, let b = value.time, a.isSameInstant(as: b), !a.isOffsetKnown, b.isOffsetKnown {
                    result.entry[member] = value
                    return
                }
                reportDifference(known, value, line, line.vendorField, &result)
            } else {
                result.entry[member] = value
            }
        case .subject(let type, let part):
            guard let text = value.string else {
                if value.isNull { result.entry.setNullSubject(type) }
                return
            }
            let known = result.entry.subject(type)
            if part == .id, let old = known?.id {
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

    private func compare(
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

    private func reportDifference(
        _ known: Value,
        _ other: Value,
        _ line: BodyPlan.Line,
        _ vendorField: String,
        converter: Converter? = nil,
        _ result: inout Result
    ) {
        guard !known.means(other, converter: converter ?? line.converter) else { return }
        result.report.add(
            .inconsistent,
            line.path,
            vendorField: vendorField,
            asked: WireValue(known.json),
            sent: WireValue(other.json),
            why: "The vendor says both; the first counts."
        )
    }

    private func readReference(
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
            for place in line.places where scan.views.has(place) { scan.keep(place) }
        }
    }

    // MARK: - Lists and money

    private func readList(_ list: BodyPlan.List, _ view: JSONView, _ scan: inout Scan, _ result: inout Result) {
        scan.take([list.place])
        guard view.kind == .array, view.elements.allSatisfy({ $0.kind == .object }) else {
            if view.isNull { return }
            scan.keep(list.place)
            result.report.add(
                .inconsistent,
                list.mapped?.line.target.path ?? "vendor_fields",
                vendorField: list.path.text,
                sent: WireValue(view.value),
                why: "It should be a list of objects. It is kept in vendor_fields."
            )
            return
        }
        var residue: [JSONValue] = []
        var isResidueEmpty = true
        var ids: [String] = []
        for element in view.elements {
            var rest = JSONObject()
            for (key, value) in element.members {
                let name = key.string
                if name == list.mapped?.name, let id = value.string ?? value.numberText {
                    ids.append(id)
                } else {
                    rest.append(name, value.value)
                }
            }
            if !rest.isEmpty { isResidueEmpty = false }
            residue.append(.object(rest))
        }
        if !isResidueEmpty { scan.keptLists.append((list.place, .array(residue))) }
        guard case .subject(let type, _)? = list.mapped?.line.target, let first = ids.first else { return }
        result.entry.setSubject(type, id: first)
        if ids.count > 1 {
            var more = result.entry[.moreSubjects]?.json.array ?? []
            more += ids.dropFirst().map { Subject(type: type, id: $0).listElement }
            result.entry[.moreSubjects] = .json(.array(more))
        }
    }

    private func readMoney(_ scan: Scan, _ result: inout Result) {
        var amounts: [JSONValue] = []
        for line in plan.moneyLines {
            guard case .money(let kind, let basis, _) = line.target, let view = scan.views[line.places[0]],
                let amount = view.int64
            else { continue }
            var object = JSONObject()
            object["kind"] = .string(kind)
            object["basis"] = .string(basis)
            object["minor_units"] = .integer(amount)
            if let currency = line.currency.flatMap({ scan.views[$0]?.string }) {
                object["currency"] = .string(currency)
            }
            amounts.append(.object(object))
        }
        if !amounts.isEmpty { result.entry[.money] = .json(.array(amounts)) }
    }

    private func checkDocumentType(_ scan: Scan, _ result: inout Result) {
        guard let document, let place = plan.documentType, let type = scan.views[place]?.string,
            !document.readTypes.contains(type)
        else { return }
        result.report.add(
            .inconsistent,
            "id",
            vendorField: "type",
            asked: .string(document.type),
            sent: .string(type),
            why: "The vendor names another type of document."
        )
    }

    // MARK: - Times

    /// Reports what contradicts itself, and works out what follows: never more than the vendor said.
    private func checkTimes(_ result: inout Result, _ zone: Zone?) {
        let start = result.entry.startedAt
        let end = result.entry.endedAt
        let pause = result.entry.breakSeconds ?? 0
        if let start, let end {
            let length = end.epochSeconds - start.epochSeconds - pause
            if let duration = result.entry.durationSeconds {
                if abs(length - duration) >= 60 || (length != duration && !plan.countsMinutes) {
                    result.report.add(
                        .inconsistent,
                        "duration_seconds",
                        asked: .integer(duration),
                        sent: .integer(length),
                        why: "started_at and ended_at are that far apart."
                    )
                }
            } else if length >= 0 {
                result.entry.durationSeconds = length
                result.report.add(
                    .derived,
                    "duration_seconds",
                    sent: .integer(length),
                    why: "Worked out from started_at and ended_at."
                )
            } else {
                result.report.add(
                    .inconsistent,
                    "ended_at",
                    asked: .string(start.description),
                    sent: .string(end.description),
                    why: "The entry ends before it starts."
                )
            }
        } else if let start, let duration = result.entry.durationSeconds, duration > 0, !plan.has(.endedAt),
            let end = start.adding(seconds: duration + pause)
        {
            result.entry.endedAt = end
            result.report.add(
                .derived,
                "ended_at",
                sent: .string(end.description),
                why: "Worked out from started_at and the duration."
            )
        }
        checkTimer(&result)
        if let date = result.entry.workDate, let start, !WorkDay.fits(date, start, zone) {
            result.report.add(
                .inconsistent,
                "work_date",
                asked: .string(date.description),
                sent: .string(start.description),
                why: "The entry starts on another day."
            )
        }
        if result.entry.workDate == nil, let start {
            let date = zone.map { $0.localDate(of: start) } ?? (start.isOffsetKnown ? start.localDate : nil)
            if let date {
                result.entry.workDate = date
                result.report.add(
                    .derived,
                    "work_date",
                    sent: .string(date.description),
                    why: zone.map { "The day of started_at in \($0.name)." } ?? "The day of started_at in its offset."
                )
            }
        }
    }

    /// A running timer, as the plugin's times describe one: a start, no end, and the members that it is sent with.
    private func checkTimer(_ result: inout Result) {
        if result.entry.timerState == "running", let end = result.entry.endedAt {
            result.report.add(
                .inconsistent,
                "timer_state",
                asked: .string("running"),
                sent: .string(end.description),
                why: "The vendor says that the timer runs, and when it ended."
            )
        }
        guard let running, !running.isEmpty, !plan.has(.timerState), result.entry.has(.startedAt),
            !result.entry.has(.endedAt), running.allSatisfy({ result.entry[$0.key] == $0.value })
        else { return }
        result.entry[.timerState] = .string("running")
        result.report.add(
            .derived,
            "timer_state",
            sent: .string("running"),
            why: "This is how the vendor shows a running timer."
        )
    }

    // MARK: - One pass over the body

    /// The views at the places of the plan, and what the plan does not name.
    private struct Scan {
        let plan: BodyPlan
        var views: PlaceViews
        var keptPlaces: [Int] = []
        var keptLists: [(place: Int, value: JSONValue)] = []
        var extras: [KeptFields.Extra] = []
        /// Objects in whose place null stands.
        var nullNodes: [Int] = []
        /// By place: whether a line has taken what stands there.
        private var taken: [Bool]

        init(plan: BodyPlan, document: JSONDocument) {
            self.plan = plan
            views = PlaceViews(document: document, count: plan.places.count)
            taken = plan.isTakenByDefault
        }

        mutating func walk(_ view: JSONView, node: Int) {
            let names = plan.nodes[node]
            view.forEachMember { key, value in
                guard let index = names.keys.index(of: key) else {
                    extras.append(KeptFields.Extra(node: node, name: key.string, view: value))
                    return
                }
                switch names.children[index] {
                case .place(let place): views[place] = value
                case .node(let inner):
                    if value.kind == .object {
                        walk(value, node: inner)
                    } else if value.isNull {
                        nullNodes.append(inner)
                    } else {
                        extras.append(KeptFields.Extra(node: node, name: key.string, view: value))
                    }
                }
            }
        }

        mutating func take(_ places: [Int]) {
            for place in places { taken[place] = true }
        }

        /// What stands in a place of the table and was no use to its line is kept as it came.
        mutating func keepWhatNoLineTook() {
            for place in taken.indices where !taken[place] {
                if let view = views[place], !view.isNull { keep(place) }
            }
        }

        mutating func keep(_ place: Int) {
            taken[place] = true
            if !keptPlaces.contains(place) { keptPlaces.append(place) }
        }

        func firstView(_ places: [Int]) -> JSONView? {
            for place in places { if let view = views[place] { return view } }
            return nil
        }

        var isEmpty: Bool { keptPlaces.isEmpty && keptLists.isEmpty && extras.isEmpty }

        func kept() -> KeptFields {
            KeptFields(plan: plan, views: views.keeping(keptPlaces), lists: keptLists, extras: extras)
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

extension Entry {
    mutating func setNullSubject(_ type: String) {
        var list = subjects
        list.removeAll { $0.type == type }
        list.append(Subject(type: type, isNull: true))
        self[.subjects] = .subjects(list)
    }
}

extension Value {
    /// Whether two values say the same, as far as the vendor's unit can tell.
    func means(_ other: Value, converter: Converter) -> Bool {
        switch (self, other) {
        case (.time(let a), .time(let b)):
            if converter == .unixSeconds { return a.epochSeconds == b.epochSeconds }
            return a.isSameInstant(as: b)
        case (.integer(let a), .integer(let b)) where converter == .minutes: return abs(a - b) < 60
        default: return self == other
        }
    }
}
