internal import GatewayCore

/// How the vendor is asked what it has recorded, where an answer was lost.
extension ManifestReader {
    private static let reconcileExample = "reconcile = { filters = { \"user\", \"from\", \"to\" } }"

    mutating func readReconcile(_ top: Definition, _ operations: [Operation: OperationRule]) -> ReconcileRule? {
        // A function looks by itself.
        guard let value = top["reconcile"], value.kindName != "a function" else { return nil }
        guard let table = Definition(value, path: "reconcile") else {
            fault("reconcile", "reconcile must be a table or a function: \(Self.reconcileExample).")
            return nil
        }
        checkKeys(table, Contract.reconcile.names)
        guard let list = operations[.list]?.list else {
            fault("reconcile", "reconcile needs operations.list: the entry is looked for in it.")
            return nil
        }
        guard let filters = table["filters"].flatMap({ Definition($0, path: "reconcile.filters") }),
            !filters.list.isEmpty
        else {
            fault("reconcile", "reconcile.filters must name filters of the list: \(Self.reconcileExample).")
            return nil
        }
        let known =
            list.filters.map(\.name) + (operations[.list]?.path.contains("{subject.") == true ? ["subject"] : [])
        var names: [String] = []
        for value in filters.list {
            guard let name = value.text, known.contains(name) else {
                fault(
                    "reconcile",
                    "reconcile.filters has \(value.text.map { "\"\($0)\"" } ?? value.kindName), which is no filter of the "
                        + "list; there are \(known.joined(separator: ", "))."
                        + Suggestion.sentence(for: value.text ?? "", among: known),
                    near: value.text
                )
                continue
            }
            names.append(name)
        }
        return ReconcileRule(filters: names, isConsistent: bool(table, "consistent") ?? false)
    }
}
