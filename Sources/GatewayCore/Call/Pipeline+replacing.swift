public import JSON

/// Replacing a whole entry where a part of it is changed.
extension Pipeline {
    /// Replaces an entry, or plans it: the path of a create, with no change of the entry in between.
    public func replace(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let call = begun(call)
        return try await inTurn(call) { () throws(Problem) in
            try await create(body, call, at: vendor, scripts: scripts, upstream: upstream)
        }
    }

    /// Fills a full replacement with what is not changed: the vendor's own values byte for byte where they stand in the place
    /// that is written, and else the entry's, written by the table. What no line names is reported: it is not sent back.
    func keep(
        _ current: Current,
        in wires: inout [WireValue],
        isTimed: Bool,
        _ report: inout MappingReport,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) {
        let shape = current.entry.shapeName.flatMap(TimeForm.init)
        var group = TimeGroup(form: shape ?? .dateDuration)
        group.zone =
            current.entry[.timeZone]?.string.flatMap { try? zones.zone(named: $0) } ?? call.connection.zone
        let writer = writer(call, vendor, group, isChange: true)
        var faults: [FieldError] = []
        var skipped: [BodyPlan.Line] = []
        for line in vendor.requests.lines where line.isWritten {
            if isTimed, line.target.isTime, line.target != .member(.timeZone) { continue }
            if let operations = line.field.operations, !operations.contains(call.operation) { continue }
            if let forms = line.field.forms, shape.map({ !forms.contains($0) }) ?? true {
                skipped.append(line)
                continue
            }
            var missing = 0
            let isShown = !Pipeline.isReadElsewhere(line, vendor)
            for place in line.places where wires[place].isAbsent {
                if isShown, let value = current.body.value(at: vendor.requests.places[place].path), !value.isNull {
                    wires[place] = WireValue(value)
                } else {
                    missing += 1
                }
            }
            // The vendor shows it elsewhere than it takes it.
            if missing == line.places.count, rewrite(line, current, writer, isShown: isShown, in: &wires) {
                missing = 0
            }
            if missing > 0, line.field.required.contains(call.operation) {
                faults.append(
                    FieldError(
                        .required,
                        line.path,
                        "\(vendor.title) replaces the whole entry and needs \(line.path), which the entry does not have.",
                        vendorField: line.vendorField
                    )
                )
            }
        }
        // An entry whose form of time nobody knows must not lose its start to a change of its note.
        for line in skipped where shape == nil && line.target.isTime && line.places.allSatisfy({ wires[$0].isAbsent }) {
            let path = line.places.map { vendor.requests.places[$0].path }.first {
                current.body.value(at: $0).map { !$0.isNull } ?? false
            }
            guard let path else { continue }
            faults.append(
                FieldError(
                    .unrepresentable,
                    line.path,
                    "\(vendor.title) replaces the whole entry, whose times have no form that the plugin knows: \(path.text) "
                        + "would be left out.",
                    vendorField: line.vendorField,
                    hint: "Name the times in the change, or tell the plugin of this form (times, forms of the line)."
                )
            )
        }
        if !faults.isEmpty { throw Problem(faults: faults) }
        for (path, value) in Pipeline.unnamed(in: current.body, vendor) {
            report.add(
                .dropped,
                "vendor_fields.\(path)",
                vendorField: path,
                asked: WireValue(value),
                why:
                    "\(vendor.title) replaces the whole entry, and no line of the plugin's table names this field: it is not "
                    + "sent back."
            )
        }
    }

    /// Whether answers hold the member of a line that stands in requests alone: what they have in its place is something else, an
    /// object around it for one.
    private static func isReadElsewhere(_ line: BodyPlan.Line, _ vendor: Vendor) -> Bool {
        guard line.field.scope == .request else { return false }
        return vendor.answers.lines.contains { $0.target == line.target }
    }

    /// Writes what the entry has for a line whose own place the vendor's body does not have. False where it has nothing.
    private func rewrite(
        _ line: BodyPlan.Line,
        _ current: Current,
        _ writer: BodyWriter,
        isShown: Bool,
        in wires: inout [WireValue]
    ) -> Bool {
        let places = line.places.map { writer.plan.places[$0] }
        // A null in its own place says that there is nothing.
        if isShown, places.contains(where: { current.body.value(at: $0.path) != nil }) { return false }
        var state = BodyWriter.State(count: wires.count)
        writer.write(line, current.entry, &state)
        guard state.faults.isEmpty, line.places.contains(where: { !state.wires[$0].isAbsent }) else { return false }
        for place in line.places where wires[place].isAbsent { wires[place] = state.wires[place] }
        return true
    }

    /// What of the vendor's own body no line of the table names, neither for requests nor for answers.
    private static func unnamed(in body: JSONValue, _ vendor: Vendor) -> [(path: String, value: JSONValue)] {
        var found: [(path: String, value: JSONValue)] = []
        func look(_ value: JSONValue, _ prefix: String, _ nodes: [(plan: BodyPlan, node: Int)]) {
            for member in value.object ?? JSONObject() where !member.value.isNull {
                var inner: [(plan: BodyPlan, node: Int)] = []
                var isNamed = false
                for (plan, node) in nodes {
                    guard let index = plan.nodes[node].names.firstIndex(of: member.key) else { continue }
                    switch plan.nodes[node].children[index] {
                    case .place: isNamed = true
                    case .node(let child): inner.append((plan, child))
                    }
                }
                if isNamed { continue }
                let path = prefix + member.key
                if inner.isEmpty || member.value.object == nil {
                    found.append((path, member.value))
                } else {
                    look(member.value, path + ".", inner)
                }
            }
        }
        look(body, "", [(vendor.requests, 0), (vendor.answers, 0)])
        return found
    }
}
