internal import JSON

/// What no place of the body has taken: the vendor's own members, and what a request cannot say.
extension BodyEditor {
    /// The vendor's own members, where a hook changed them.
    mutating func editVendorFields(_ root: JSONView, _ editor: inout JSONEditor) {
        guard let new = after[.vendorFields] else { return }
        let old = before[.vendorFields]?.json ?? .object(JSONObject())
        editVendorFields(new.json, old, [], root, &editor)
    }

    private mutating func editVendorFields(
        _ new: JSONValue,
        _ old: JSONValue,
        _ path: [String],
        _ root: JSONView,
        _ editor: inout JSONEditor
    ) {
        if new.isEquivalent(to: old) { return }
        let text = path.joined(separator: ".")
        if let list = plan.lists.first(where: { $0.path.text == text }) {
            faults.append(
                FieldError(
                    .unrepresentable,
                    "vendor_fields.\(text)",
                    "What stands in the elements of \(list.path.text) cannot be changed here.",
                    vendorField: text
                )
            )
            return
        }
        guard let object = new.object, let known = old.object else {
            if let line = plan.line(at: text), line.target != .keep, old.isNull {
                faults.append(
                    FieldError(
                        .unknownMember,
                        "vendor_fields.\(text)",
                        "\(text) has a member of its own: set \(line.target.path).",
                        vendorField: text
                    )
                )
            } else {
                editor.set(new, at: path, in: root)
            }
            return
        }
        for member in known where object[member.key] == nil { editor.remove(at: path + [member.key], in: root) }
        for member in object {
            let inner = path + [member.key]
            let fallback: JSONValue = member.value.object == nil ? nil : .object(JSONObject())
            editVendorFields(member.value, known[member.key] ?? fallback, inner, root, &editor)
        }
    }

    mutating func checkLeftOver() {
        for member in Member.allCases where BodyEditor.differs(before[member], after[member]) {
            switch member {
            case .vendorFields, .money, .raw: break
            case .subjects: checkSubjects()
            case .moreSubjects:
                let types = Set((after[.moreSubjects]?.json.array ?? []).compactMap { $0["type"]?.string })
                for type in types.sorted() where !handled.contains("more_subjects.\(type)") {
                    lose("more_subjects", .critical)
                }
            case .externalRefs, .customFields: checkReferences(member)
            default:
                if timesFollow, TimeGroup.members.contains(member), member != .breakSeconds { continue }
                if !handled.contains(member.path) { lose(member.path, member.lossClass) }
            }
        }
    }

    private mutating func checkSubjects() {
        for subject in after.subjects where !subject.isNull {
            let old = before.subject(subject.type)
            if let id = subject.id, !isSameID(id, old?.id ?? ""), !handled.contains("subjects.\(subject.type).id") {
                lose("subjects.\(subject.type).id", .critical)
            }
            if subject.name != old?.name, !handled.contains("subjects.\(subject.type).name") {
                lose("subjects.\(subject.type).name", .advisory)
            }
        }
        for subject in before.subjects where !subject.isNull && after.subject(subject.type) == nil {
            if !handled.contains("subjects.\(subject.type).id") { lose("subjects.\(subject.type).id", .critical) }
        }
    }

    private mutating func checkReferences(_ member: Member) {
        for system in after[member]?.json.object ?? JSONObject() {
            let old = before[member]?.json[system.key]
            if member == .customFields {
                let path = "custom_fields.\(system.key)"
                if old?.isEquivalent(to: system.value) != true, !handled.contains(path) { lose(path, .value) }
                continue
            }
            if system.value.object == nil, !system.value.isNull, old?.isEquivalent(to: system.value) != true {
                lose("external_refs.\(system.key)", .value)
            }
            for line in system.value.object ?? JSONObject() {
                let path = "external_refs.\(system.key).\(line.key)"
                if old?[line.key]?.isEquivalent(to: line.value) != true, !handled.contains(path) { lose(path, .value) }
            }
        }
    }

    private mutating func lose(_ path: String, _ lossClass: LossClass) {
        if plan.role == .answer || lossClass == .bookkeeping || lossClass == .advisory
            || (lossClass == .value && handling.isLenient)
        {
            report.add(.dropped, path, why: "The body of \(title) that it was read from has no place for it.")
            return
        }
        faults.append(
            FieldError(
                .unrepresentable,
                path,
                "\(path) was changed, and a request to \(title) has no field for it.",
                hint: "Let the hook leave \(path) alone at this connection."
            )
        )
    }
}
