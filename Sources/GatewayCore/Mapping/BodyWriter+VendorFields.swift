internal import JSON

/// The vendor's own members, which the caller gives under `vendor_fields`.
extension BodyWriter {
    func writeVendorFields(_ fields: Value, _ state: inout State) {
        state.sent.insert(.vendorFields)
        guard let object = fields.json.object else { return }
        writeVendorFields(object, node: 0, prefix: "", &state)
    }

    func writeVendorFields(_ object: JSONObject, node: Int, prefix: String, _ state: inout State) {
        for member in object {
            let path = prefix.isEmpty ? member.key : "\(prefix).\(member.key)"
            guard let index = plan.nodes[node].keys.index(of: member.key) else {
                let known = answers.line(at: path)
                if let known, known.target != .keep, times != nil {
                    state.faults.append(memberOfItsOwn(path, known.target.path))
                } else if known != nil || times == nil {
                    // The vendor sets it; sending an entry back as it was read must work.
                    state.report.add(
                        .dropped,
                        "vendor_fields.\(path)",
                        vendorField: path,
                        why: "Only \(title) sets it; it is not sent."
                    )
                } else {
                    state.faults.append(unknownVendorField(path, member.key, plan.nodes[node].names))
                }
                continue
            }
            switch plan.nodes[node].children[index] {
            case .node(let inner):
                if let inside = member.value.object {
                    writeVendorFields(inside, node: inner, prefix: path, &state)
                } else {
                    state.faults.append(
                        FieldError(.wrongType, "vendor_fields.\(path)", "vendor_fields.\(path) must be an object.")
                    )
                }
            case .place(let place):
                if plan.listAtPlace[place] != nil { continue }
                if plan.places[place].isMarker { continue }
                let line = plan.lines[plan.places[place].line].field
                if plan.places[place].isKept {
                    if line.operations?.contains(operation) ?? true { state.wires[place] = WireValue(member.value) }
                } else {
                    state.faults.append(memberOfItsOwn(path, line.target.path))
                }
            }
        }
    }

    func unknownVendorField(_ path: String, _ name: String, _ known: [String]) -> FieldError {
        FieldError(
            .unknownMember,
            "vendor_fields.\(path)",
            "\(title) has no field \"\(path)\" here." + Suggestion.sentence(for: name, among: known),
            vendorField: path
        )
    }
}
