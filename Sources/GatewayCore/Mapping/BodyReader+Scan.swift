internal import JSON

/// One pass over a body.
extension BodyReader {
    /// The views at the places of the plan, and what the plan does not name.
    struct Scan {
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

        /// Whether anything but null stands in one of the places.
        func holdsValue(_ places: [Int]) -> Bool {
            places.contains { place in views[place].map { !$0.isNull } ?? false }
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
