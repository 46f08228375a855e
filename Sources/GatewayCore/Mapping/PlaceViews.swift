internal import JSON

/// The values at the places of a plan, as positions in one document: no reference count is taken for each of them.
struct PlaceViews: Sendable {
    let document: JSONDocument
    private var positions: [Int32]

    init(document: JSONDocument, count: Int) {
        self.document = document
        positions = [Int32](repeating: -1, count: count)
    }

    var count: Int { positions.count }

    func has(_ place: Int) -> Bool { positions[place] >= 0 }

    subscript(place: Int) -> JSONView? {
        get {
            let position = positions[place]
            return position < 0 ? nil : document.view(at: position)
        }
        set { positions[place] = newValue?.position ?? -1 }
    }

    /// The same table with some of the places only.
    func keeping(_ places: [Int]) -> PlaceViews {
        var kept = PlaceViews(document: document, count: positions.count)
        for place in places { kept.positions[place] = positions[place] }
        return kept
    }

    func hasAny() -> Bool { positions.contains { $0 >= 0 } }
}
