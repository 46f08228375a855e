internal import JSON

/// Lists of subjects, amounts of money, and the type of a document.
extension BodyReader {
    func readList(_ list: BodyPlan.List, _ view: JSONView, _ scan: inout Scan, _ result: inout Result) {
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
            noteUnreadable([list.place], "It should be a list of objects.", scan, &result)
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
                    if let mapped = list.mapped?.name, name.lowercased() == mapped.lowercased() {
                        noteUnreadable([list.place], "In an element, \"\(name)\" should be one id.", scan, &result)
                    }
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

    func readMoney(_ scan: Scan, _ result: inout Result) {
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

    func checkDocumentType(_ scan: Scan, _ result: inout Result) {
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
}
