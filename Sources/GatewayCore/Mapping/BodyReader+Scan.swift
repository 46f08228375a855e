internal import JSON

/// One pass over a body.
extension BodyReader {
    /// The views at the places of the plan, and what the plan does not name.
    struct Scan {
        let plan: BodyPlan
        var views: PlaceViews
        var keptLists: [(place: Int, value: JSONValue)] = []
        var extras: [KeptFields.Extra] = []
        /// Objects in whose place null stands.
        var nullNodes: [Int] = []

        init(plan: BodyPlan, document: JSONDocument) {
            self.plan = plan
            views = PlaceViews(document: document, places: plan.placesBeforeReading)
        }

        mutating func walk(_ view: JSONView, node: Int) {
            plan.withNode(node) { names in
                view.forEachMember { key, value in
                    guard let index = names.keys.index(of: key) else { return note(key, value, in: node) }
                    switch names.children[index] {
                    case .place(let place): views.put(value.position, at: place)
                    case .node(let inner):
                        if value.kind == .object {
                            walk(value, node: inner)
                        } else if value.isNull {
                            nullNodes.append(inner)
                        } else {
                            note(key, value, in: node)
                        }
                    }
                }
            }
        }

        /// What the plan does not name, or names as something else.
        private mutating func note(_ key: JSONKey, _ value: JSONView, in node: Int) {
            extras.append(KeptFields.Extra(node: node, name: key.string, view: value))
        }

        mutating func take(_ places: [Int]) {
            for place in places { views.take(place) }
        }

        mutating func keep(_ place: Int) { views.keep(place) }

        /// Whether anything but null stands in one of the places.
        func holdsValue(_ places: [Int]) -> Bool {
            places.contains { place in views[place].map { !$0.isNull } ?? false }
        }

        func firstView(_ places: [Int]) -> JSONView? {
            for place in places { if let view = views[place] { return view } }
            return nil
        }

        /// What is left for `vendor_fields` when all lines have been read; `nil` if nothing is.
        mutating func kept() -> KeptFields? {
            let isAnyKept = views.keepWhatNobodyTook()
            guard isAnyKept || !keptLists.isEmpty || !extras.isEmpty else { return nil }
            return KeptFields(plan: plan, views: views, lists: keptLists, extras: extras)
        }
    }
}
