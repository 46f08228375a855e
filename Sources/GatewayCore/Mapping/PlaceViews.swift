internal import JSON

/// What stands at the places of a plan, and what becomes of it: positions in one document, in one table, so that a place
/// costs neither a reference count nor an array of its own.
struct PlaceViews: Sendable {
    /// One place of the plan.
    struct Place: Sendable {
        /// Where the value stands in the document, -1 where there is none.
        var position: Int32 = -1
        /// Whether a line has taken what stands here.
        var isTaken = false
        /// Whether what stands here stays in `vendor_fields` as it came.
        var isKept = false
    }

    let document: JSONDocument
    private var places: [Place]

    /// - Parameter places: the places as they are before the document is walked.
    init(document: JSONDocument, places: [Place]) {
        self.document = document
        self.places = places
    }

    func has(_ place: Int) -> Bool { places[place].position >= 0 }

    func hasAny(of wanted: [Int]) -> Bool {
        for place in wanted where places[place].position >= 0 { return true }
        return false
    }

    subscript(place: Int) -> JSONView? {
        let position = places[place].position
        return position < 0 ? nil : document.view(at: position)
    }

    /// What a walk finds beside what stands in places.
    struct Rest: Sendable {
        /// Members that the plan does not name, or names as something else.
        var extras: [KeptFields.Extra] = []
        /// Objects in whose place null stands.
        var nullNodes: [Int] = []
    }

    /// Notes what stands in an object of the document, by the plan's object of that number.
    mutating func walk(_ object: Int32, _ plan: BodyPlan, node: Int, _ rest: inout Rest) {
        let document = document
        places.withUnsafeMutableBufferPointer { places in
            PlaceViews.walk(object, in: document, plan, node: node, &places, &rest)
        }
    }

    private static func walk(
        _ object: Int32,
        in document: JSONDocument,
        _ plan: BodyPlan,
        node: Int,
        _ places: inout UnsafeMutableBufferPointer<Place>,
        _ rest: inout Rest
    ) {
        plan.withNode(node) { names in
            document.forEachMember(ofObjectAt: object, in: names.keys) { index, position in
                guard let index else { return rest.add(position, of: document, in: node) }
                switch names.children[index] {
                case .place(let place): places[place].position = position
                case .node(let inner):
                    switch document.kind(at: position) {
                    case .object: walk(position, in: document, plan, node: inner, &places, &rest)
                    case .null: rest.nullNodes.append(inner)
                    default: rest.add(position, of: document, in: node)
                    }
                }
            }
        }
    }

    // MARK: - What becomes of it

    mutating func take(_ place: Int) { places[place].isTaken = true }

    mutating func keep(_ place: Int) {
        places[place].isTaken = true
        places[place].isKept = true
    }

    /// What stands in a place and was no use to its line is kept as it came.
    ///
    /// - Returns: whether anything is kept.
    mutating func keepWhatNobodyTook() -> Bool {
        var isAnyKept = false
        for index in places.indices where places[index].position >= 0 {
            if !places[index].isTaken, !document.view(at: places[index].position).isNull { keep(index) }
            if places[index].isKept { isAnyKept = true }
        }
        return isAnyKept
    }

    /// The position of what stands in a place and is kept.
    func keptPosition(_ place: Int) -> Int32? {
        let found = places[place]
        return found.isKept && found.position >= 0 ? found.position : nil
    }
}

extension PlaceViews.Rest {
    fileprivate mutating func add(_ position: Int32, of document: JSONDocument, in node: Int) {
        extras.append(
            KeptFields.Extra(node: node, name: document.key(at: position).string, view: document.view(at: position))
        )
    }
}
