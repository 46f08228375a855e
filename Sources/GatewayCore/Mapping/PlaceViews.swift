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

    subscript(place: Int) -> JSONView? {
        let position = places[place].position
        return position < 0 ? nil : document.view(at: position)
    }

    mutating func put(_ position: Int32, at place: Int) { places[place].position = position }

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

    /// Whether something stands in a place and is kept.
    func isKept(_ place: Int) -> Bool { places[place].isKept && places[place].position >= 0 }
}
