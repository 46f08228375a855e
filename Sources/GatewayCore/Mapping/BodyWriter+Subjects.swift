internal import JSON

/// What the time was spent on: one subject in two fields, and lists of them.
extension BodyWriter {
    func writeReference(_ line: BodyPlan.Line, _ types: [String], _ entry: Entry, _ state: inout State) {
        let fitting = entry.subjects.filter { types.contains($0.type) && !$0.isNull && $0.id != nil }
        guard let subject = fitting.first else {
            // A subject without an id is refused by name later.
            let isNamed = entry.subjects.contains { types.contains($0.type) && !$0.isNull }
            if times != nil, line.field.required.contains(operation), !isNamed {
                state.faults.append(
                    FieldError(
                        .required,
                        "subjects",
                        "\(title) needs one subject of these types: \(types.joined(separator: ", ")).",
                        vendorField: line.field.vendorField
                    )
                )
            }
            return
        }
        if fitting.count > 1 {
            state.faults.append(
                FieldError(
                    .unrepresentable,
                    "subjects",
                    "\(title) takes one subject, and the entry has \(fitting.count): "
                        + fitting.map(\.type).joined(separator: ", ") + ".",
                    vendorField: line.field.vendorField,
                    hint: "Leave all but one away; a subject is never dropped."
                )
            )
            return
        }
        state.wires[line.places[0]] = .string(subject.type)
        if case .typedReference(let reference) = line.converter {
            let context = WriteContext(vendorTitle: title, handling: handling, zone: nil)
            do throws(WriteFault) {
                _ = try reference.id.converter.write(
                    .string(subject.id ?? ""),
                    at: [line.places[1]],
                    into: &state.wires,
                    context
                )
            } catch {
                state.faults.append(
                    FieldError(
                        error.code,
                        "subjects.\(subject.type).id",
                        error.message,
                        vendorField: line.vendorField
                    )
                )
            }
        }
        state.took(idOf: subject.type)
        state.sent.insert(.subjects)
    }

    func writeList(_ list: BodyPlan.List, _ entry: Entry, _ state: inout State) {
        guard let mapped = list.mapped, case .subject(let type, _) = mapped.line.target else { return }
        var ids: [String] = []
        if let id = entry.subject(type)?.id { ids.append(id) }
        for element in entry[.moreSubjects]?.json.array ?? [] {
            if let subject = Subject(listElement: element), subject.type == type, let id = subject.id { ids.append(id) }
        }
        let given = entry[.vendorFields]?.json.value(at: list.path)
        if let given, given.array == nil, times != nil {
            state.faults.append(
                FieldError(
                    .wrongType,
                    "vendor_fields.\(list.path.text)",
                    "vendor_fields.\(list.path.text) must be a list of objects, one for each element.",
                    vendorField: list.path.text
                )
            )
            return
        }
        let kept = given?.array ?? []
        if ids.isEmpty && kept.isEmpty {
            if mapped.line.required.contains(operation), times != nil {
                state.faults.append(mapped.line.missing(at: title))
            }
            return
        }
        state.took(idOf: type)
        if !ids.isEmpty { state.sent.insert(.subjects) }
        if ids.count > 1 { state.sent.insert(.moreSubjects) }
        var elements: [JSONValue] = []
        let context = WriteContext(vendorTitle: title, handling: handling, zone: nil)
        for index in 0..<max(ids.count, kept.count) {
            var object = JSONObject()
            if index < ids.count {
                var wires = [WireValue.absent]
                do throws(WriteFault) {
                    _ = try mapped.line.converter.write(.string(ids[index]), at: [0], into: &wires, context)
                } catch {
                    state.faults.append(
                        FieldError(
                            error.code,
                            mapped.line.target.path,
                            error.message,
                            vendorField: mapped.line.vendorField
                        )
                    )
                }
                object.append(mapped.name, wires[0].json)
            }
            if index < kept.count {
                for member in kept[index].object ?? JSONObject() {
                    guard list.kept.contains(member.key) || times == nil else {
                        refuse(member.key, at: index, of: list, mapped, &state)
                        continue
                    }
                    object.append(member.key, member.value)
                }
            }
            elements.append(.object(object))
        }
        state.wires[list.place] = .json(.array(elements))
    }

    func refuse(
        _ name: String,
        at index: Int,
        of list: BodyPlan.List,
        _ mapped: (line: FieldLine, name: String),
        _ state: inout State
    ) {
        let path = "\(list.path.text)[\(index)].\(name)"
        if name == mapped.name {
            state.faults.append(memberOfItsOwn(path, mapped.line.target.path))
        } else if answers.lists.contains(where: { $0.path == list.path && $0.kept.contains(name) }) {
            state.report.add(
                .dropped,
                "vendor_fields.\(path)",
                vendorField: path,
                why: "Only \(title) sets it; it is not sent."
            )
        } else {
            state.faults.append(unknownVendorField(path, name, list.kept.sorted()))
        }
    }

    func memberOfItsOwn(_ path: String, _ member: String) -> FieldError {
        FieldError(
            .unknownMember,
            "vendor_fields.\(path)",
            "\(path) has a member of its own: set \(member).",
            vendorField: path,
            hint: "Move the value to \(member)."
        )
    }
}
