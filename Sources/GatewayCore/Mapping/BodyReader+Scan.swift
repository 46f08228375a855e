internal import JSON

/// One pass over a body.
extension BodyReader {
    /// The views at the places of the plan, and what the plan does not name.
    struct Scan {
        let plan: BodyPlan
        var views: PlaceViews
        var keptLists: [(place: Int, value: JSONValue)] = []
        private var rest = PlaceViews.Rest()

        /// Members that the plan does not name, or names as something else.
        var extras: [KeptFields.Extra] { rest.extras }
        /// Objects in whose place null stands.
        var nullNodes: [Int] { rest.nullNodes }

        init(plan: BodyPlan, document: JSONDocument) {
            self.plan = plan
            views = PlaceViews(document: document, places: plan.placesBeforeReading)
        }

        mutating func walk(_ view: JSONView, node: Int) {
            views.walk(view.position, plan, node: node, &rest)
        }

        mutating func take(_ places: [Int]) {
            for place in places { views.take(place) }
        }

        mutating func keep(_ place: Int) { views.keep(place) }

        /// Whether anything but null stands in one of the places.
        func holdsValue(_ places: [Int]) -> Bool {
            places.contains { place in views[place].map { !$0.isNull } ?? false }
        }

        /// Whether anything stands where a line reads, or null in place of the object that it reads in.
        func holdsAnything(_ line: BodyPlan.Line) -> Bool {
            if views.hasAny(of: line.allPlaces) { return true }
            return !nullNodes.isEmpty && line.object.map(nullNodes.contains) ?? false
        }

        /// Whether anything but null stands where a line reads.
        func holdsValue(_ line: BodyPlan.Line) -> Bool {
            holdsValue(line.places) || line.alternatives.contains { holdsValue($0.places) }
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
