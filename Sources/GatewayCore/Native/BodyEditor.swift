internal import JSON

/// Writes what changed of an entry back into the body that it was read from: into the places that the body has, in the
/// spelling that it uses, and nowhere else.
struct BodyEditor {
    let plan: BodyPlan
    let title: String
    let operation: Operation
    let handling: Handling
    /// The zone of local times.
    let zone: Zone?
    let before: Entry
    let after: Entry
    /// Whether a time that the body has no place for is left to its other times.
    var timesFollow = false
    var report = MappingReport()
    var faults: [FieldError] = []
    /// Paths of the members that a place of the body has taken.
    var handled: Set<String> = []

    init(
        plan: BodyPlan,
        title: String,
        operation: Operation,
        handling: Handling,
        zone: Zone?,
        before: Entry,
        after: Entry
    ) {
        self.plan = plan
        self.title = title
        self.operation = operation
        self.handling = handling
        self.zone = zone
        self.before = before
        self.after = after
    }

    /// - Throws: one `Problem` with everything that the body cannot hold.
    mutating func edit(_ root: JSONView, with editor: inout JSONEditor) throws(Problem) {
        var scan = BodyReader.Scan(plan: plan, document: root.document)
        scan.walk(root, node: 0)
        for line in plan.lines { editPresent(line, scan, root, &editor) }
        for line in plan.lines { addMissing(line, root, &editor) }
        for list in plan.lists { editList(list, scan, root, &editor) }
        editVendorFields(root, &editor)
        checkLeftOver()
        if !faults.isEmpty { throw Problem(faults: faults, origin: .gateway) }
    }

    // MARK: - Places that the body has

    private mutating func editPresent(
        _ line: BodyPlan.Line,
        _ scan: BodyReader.Scan,
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        if case .anySubject(let types) = line.target {
            editReference(line, types, scan, root, &editor)
            return
        }
        guard let value = change(of: line) else { return }
        for style in [(places: line.places, converter: line.converter)] + line.alternatives {
            let isObjectNull = line.object.map(scan.nullNodes.contains) ?? false
            let isPresent = style.places.contains { scan.views.has($0) && !plan.places[$0].isMarker }
            guard isPresent || (isObjectNull && style.places == line.places) else { continue }
            handled.insert(line.path)
            write(value, line, style.places, style.converter, scan, root, &editor)
        }
    }

    /// The new value of a line whose member changed; `nil` where it did not, or where the line is about something else.
    private func change(of line: BodyPlan.Line) -> Value?? {
        switch line.target {
        case .constant, .money, .keep, .anySubject: return nil
        default: break
        }
        // Several texts cannot be told apart again once they are joined.
        if case .joinedText = line.converter { return nil }
        if let condition = line.field.condition, !condition.holds(in: after) { return nil }
        if case .midnight = line.converter, after.has(.startedAt) { return nil }
        let new = after.value(of: line.target)
        guard BodyEditor.differs(before.value(of: line.target), new) else { return nil }
        return .some(new)
    }

    /// Whether a member is another than before. A hook cannot tell null from nothing: null that is gone is no change.
    static func differs(_ old: Value?, _ new: Value?) -> Bool {
        guard let old, !old.isNull else { return new.map { !$0.isNull } ?? false }
        guard let new else { return true }
        if let a = old.time, let b = new.time { return !a.isWritten(like: b) }
        if let a = old.string, let b = new.string, isSameID(a, b) { return false }
        return !old.json.isEquivalent(to: new.json)
    }

    // MARK: - Places that it has not

    private mutating func addMissing(_ line: BodyPlan.Line, _ root: JSONView, _ editor: inout JSONEditor) {
        guard plan.role == .request, line.isWritten, !handled.contains(line.path), let value = change(of: line),
            let value
        else { return }
        if case .anySubject = line.target { return }
        if let operations = line.field.operations, !operations.contains(operation) { return }
        if line.target.isTime, timesFollow || line.hasForms { return }
        handled.insert(line.path)
        write(value, line, line.places, line.converter, nil, root, &editor)
    }

    // MARK: - Writing

    private mutating func write(
        _ value: Value?,
        _ line: BodyPlan.Line,
        _ places: [Int],
        _ converter: Converter,
        _ scan: BodyReader.Scan?,
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        guard let value, !value.isNull else {
            clear(isNull: value != nil, line, places, converter, root, &editor)
            return
        }
        var context = WriteContext(vendorTitle: title, handling: handling, zone: zone)
        if line.day != nil { context.surroundings = .init(of: line.target, in: after) }
        var wires = [WireValue](repeating: .absent, count: plan.places.count)
        do throws(WriteFault) {
            if case .rounded(let asked, let sent, let why, _) = try converter.write(
                value,
                at: places,
                into: &wires,
                context
            ) {
                report.add(
                    .rounded,
                    line.path,
                    vendorField: line.vendorField,
                    asked: asked,
                    sent: sent,
                    why: why
                )
            }
        } catch {
            faults.append(
                FieldError(
                    error.code,
                    line.path,
                    error.message,
                    vendorField: line.vendorField,
                    hint: error.hint
                )
            )
            return
        }
        // In the order of the table: a type stands before its id.
        for place in places.sorted() where !wires[place].isAbsent {
            set(wires[place].json, at: place, scan, root, &editor)
        }
    }

    mutating func set(
        _ value: JSONValue,
        at place: Int,
        _ scan: BodyReader.Scan?,
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        let old = scan?.views[place]
        if let old, old.value.isEquivalent(to: value) { return }
        editor.set(BodyEditor.spelled(value, like: old), at: names(place), in: root)
    }

    /// A value in the spelling of the one that it replaces: digits in a string stay in a string, and so do true and false.
    static func spelled(_ value: JSONValue, like old: JSONView?) -> JSONValue {
        guard let old else { return value }
        switch (value, old.kind) {
        case (.integer(let number), .string) where old.string.flatMap { Int64($0) } != nil:
            return .string(String(number))
        case (.bool(let flag), .string): return .string(flag ? "true" : "false")
        case (.string(let text), .integer):
            if let number = Int64(text), String(number) == text { return .integer(number) }
            return value
        default: return value
        }
    }

    private mutating func clear(
        isNull: Bool,
        _ line: BodyPlan.Line,
        _ places: [Int],
        _ converter: Converter,
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        if isNull, line.field.null != .clears {
            faults.append(
                FieldError(
                    .nullNotAllowed,
                    line.path,
                    "\(title) cannot clear \(line.path).",
                    vendorField: line.vendorField
                )
            )
            return
        }
        if case .resource = converter {
            let base = names(places[0]).dropLast(2)
            if isNull {
                editor.set(["data": nil], at: Array(base), in: root)
            } else {
                editor.remove(at: Array(base), in: root)
            }
            return
        }
        for place in places where !plan.places[place].isMarker {
            if isNull {
                editor.set(nil, at: names(place), in: root)
            } else {
                editor.remove(at: names(place), in: root)
            }
        }
    }

    func names(_ place: Int) -> [String] { plan.places[place].path.segments.map(\.name) }
}

extension Entry {
    /// What a line of the field table has of the entry.
    func value(of target: FieldTarget) -> Value? {
        switch target {
        case .member(let member): return self[member]
        case .subject(let type, let part):
            guard let subject = subject(type) else { return nil }
            if subject.isNull { return .null }
            return (part == .id ? subject.id : subject.name).map { .string($0) }
        case .externalRef(let system, let key):
            return self[.externalRefs]?.json[system]?[key].map { Value(constant: $0) }
        case .customField(let name): return self[.customFields]?.json[name].map { Value(constant: $0) }
        case .anySubject, .money, .keep, .constant: return nil
        }
    }

    /// The ids of all subjects of a type, the first one first.
    func ids(of type: String) -> [String] {
        let more = (self[.moreSubjects]?.json.array ?? []).compactMap { Subject(listElement: $0) }
        return (subject(type)?.id.map { [$0] } ?? []) + more.filter { $0.type == type }.compactMap(\.id)
    }
}
