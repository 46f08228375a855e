internal import JSON

/// What of a native client's request cannot be read for certain. Rules that looked at a guess would be no rules: the vendor
/// might read the other one.
extension BodyReader {
    /// Remembers which place of a native request says nothing that its field could hold.
    func noteUnreadable(_ places: [Int], _ why: String, _ scan: Scan, _ result: inout Result) {
        guard plan.role == .request, let place = places.first(where: scan.views.has) else { return }
        result.unreadable.append(UnreadableField(path: plan.places[place].path, document, why))
    }

    /// Who the time is of and what it was spent on must be said once: of two that differ, the vendor may take the other.
    func noteTwice(_ line: BodyPlan.Line, _ vendorField: String, _ result: inout Result) {
        guard plan.role == .request else { return }
        switch line.target {
        case .member(.userID), .subject(_, .id): break
        default: return
        }
        let path = VendorPath(String(vendorField.prefix { $0 != " " })) ?? VendorPath(name: vendorField)
        result.unreadable.append(
            UnreadableField(path: path, document, "The request says two things for \(line.path).")
        )
    }

    /// Names that differ from those of the table in their letters' case only: some servers take them for the same.
    func noteOtherSpellings(_ scan: Scan, _ result: inout Result) {
        for extra in scan.extras {
            let name = extra.name.lowercased()
            guard let known = plan.nodes[extra.node].names.first(where: { $0.lowercased() == name && $0 != extra.name })
            else { continue }
            let segments = path(of: extra.node) + [VendorPath.Segment(name: extra.name, isList: false)]
            result.unreadable.append(
                UnreadableField(path: VendorPath(segments: segments), document, "It is spelled \"\(known)\".")
            )
        }
    }

    /// The names that lead to an object of the plan.
    private func path(of node: Int, from start: Int = 0) -> [VendorPath.Segment] {
        if node == start { return [] }
        for (index, child) in plan.nodes[start].children.enumerated() {
            guard case .node(let inner) = child else { continue }
            let segment = VendorPath.Segment(name: plan.nodes[start].names[index], isList: false)
            if inner == node { return [segment] }
            let rest = path(of: node, from: inner)
            if !rest.isEmpty { return [segment] + rest }
        }
        return []
    }
}
