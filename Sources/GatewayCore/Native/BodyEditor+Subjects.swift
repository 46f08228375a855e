internal import JSON

/// What the time was spent on: one subject in two fields, and lists of them.
extension BodyEditor {
    /// The subject whose type and id stand in two fields.
    mutating func editReference(
        _ line: BodyPlan.Line,
        _ types: [String],
        _ scan: BodyReader.Scan,
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        guard case .typedReference(let reference) = line.converter else { return }
        let old = before.subjects.filter { types.contains($0.type) && !$0.isNull }
        let new = after.subjects.filter { types.contains($0.type) && !$0.isNull }
        for subject in old + new { handled.insert("subjects.\(subject.type).id") }
        guard old.map(\.type) != new.map(\.type) || old.map(\.id) != new.map(\.id) else { return }
        guard new.count == 1, let subject = new.first, let id = subject.id else {
            faults.append(
                FieldError(
                    .unrepresentable,
                    "subjects",
                    "\(title) takes one subject with its id, and the entry has \(new.count).",
                    vendorField: line.vendorField
                )
            )
            return
        }
        if old.first?.type != subject.type { set(.string(subject.type), at: line.places[0], scan, root, &editor) }
        var wires = [WireValue](repeating: .absent, count: plan.places.count)
        let context = WriteContext(vendorTitle: title, handling: handling, zone: zone)
        do throws(WriteFault) {
            _ = try reference.id.converter.write(.string(id), at: [line.places[1]], into: &wires, context)
            set(wires[line.places[1]].json, at: line.places[1], scan, root, &editor)
        } catch {
            faults.append(
                FieldError(error.code, "subjects.\(subject.type).id", error.message, vendorField: line.vendorField)
            )
        }
    }

    /// A list of subjects is written anew where one of them changed; elements that stay keep what they hold.
    mutating func editList(
        _ list: BodyPlan.List,
        _ scan: BodyReader.Scan,
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        guard let mapped = list.mapped, case .subject(let type, _) = mapped.line.target else { return }
        let old = before.ids(of: type)
        let new = after.ids(of: type)
        handled.insert("subjects.\(type).id")
        handled.insert("more_subjects.\(type)")
        guard old != new else { return }
        let elements = Array(scan.views[list.place]?.elements ?? root.elements)
        var written: [JSONValue] = []
        for (index, id) in new.enumerated() {
            // An element goes with its id: what else stands in it belongs to that subject.
            let known = old.firstIndex(of: id).flatMap { $0 < elements.count ? elements[$0].value : Optional.none }
            if let known {
                written.append(known)
                continue
            }
            var wires = [WireValue.absent]
            let context = WriteContext(vendorTitle: title, handling: handling, zone: zone)
            do throws(WriteFault) {
                _ = try mapped.line.converter.write(.string(id), at: [0], into: &wires, context)
            } catch {
                let path = index == 0 ? mapped.line.target.path : "more_subjects"
                faults.append(FieldError(error.code, path, error.message, vendorField: mapped.line.vendorField))
            }
            written.append(.object(JSONObject([(key: mapped.name, value: wires[0].json)])))
        }
        if let view = scan.views[list.place] {
            editor.merge(.array(written), into: view)
        } else {
            editor.set(.array(written), at: names(list.place), in: root)
        }
    }
}
