/// Builds the tree of places that a ``BodyPlan`` walks.
struct BodyPlanBuilder {
    struct Node {
        var names: [String] = []
        var children: [BodyPlan.Child] = []
    }

    var nodes = [Node()]
    var places: [BodyPlan.Place] = []
    private(set) var lines: [BodyPlan.Line] = []
    private var found: [FoundLine] = []
    var lists: [BodyPlan.List] = []
    private var placeByPath: [VendorPath: Int] = [:]

    /// A line with its places, before those of all lines are known.
    private struct FoundLine {
        let field: FieldLine
        let places: [Int]
        let alternatives: [(places: [Int], converter: Converter)]
        let currency: Int?
        let object: Int?
    }

    mutating func addDocumentType() -> Int {
        nodes[0].names.append("type")
        nodes[0].children.append(.place(places.count))
        places.append(BodyPlan.Place(path: VendorPath(name: "type"), line: -1, isKept: false, isMarker: true))
        return places.count - 1
    }

    mutating func add(_ field: FieldLine) throws(PlanError) {
        if let listIndex = field.paths.first?.listIndex {
            try addList(field, listIndex)
            return
        }
        let lineIndex = found.count
        var own: [Int] = []
        let isKept = field.target == .keep
        var object: Int?
        switch field.converter {
        case .resource:
            guard let path = field.paths.first, path.segments.count >= 3,
                path.segments[path.segments.count - 2].name == "data"
            else {
                throw PlanError(
                    line: field.line,
                    message: "A resource stands at a path that ends in \"….data.id\"; \(field.vendorField) does not."
                )
            }
            let base = path.dropping(2)
            // `type` before `id`, as JSON:API documents write it.
            let type = try place(path.dropping(1).appending("type"), lineIndex, isKept: false, field)
            let id = try place(path, lineIndex, isKept: false, field)
            let marker = try place(
                base.appending("meta").appending("included"),
                lineIndex,
                isKept: false,
                isMarker: true,
                field
            )
            own = [id, type, marker]
            object = node(holding: type)
        case .relationship:
            guard let base = field.paths.first else { return }
            let data = try place(base.appending("data"), lineIndex, isKept: true, field)
            let marker = try place(
                base.appending("meta").appending("included"),
                lineIndex,
                isKept: false,
                isMarker: true,
                field
            )
            own = [data, marker]
        default:
            for path in field.paths { own.append(try place(path, lineIndex, isKept: isKept, field)) }
        }
        var alternatives: [(places: [Int], converter: Converter)] = []
        for alternative in field.alternatives {
            var indices: [Int] = []
            for path in alternative.paths { indices.append(try place(path, lineIndex, isKept: false, field)) }
            alternatives.append((indices, alternative.converter))
        }
        var currency: Int?
        if case .money(_, _, let path) = field.target { currency = try place(path, lineIndex, isKept: false, field) }
        found.append(
            FoundLine(field: field, places: own, alternatives: alternatives, currency: currency, object: object)
        )
    }

    /// Makes the lines, when all places are known: a time of day stands beside a day that another line may add later.
    mutating func finish() throws(PlanError) {
        for (index, line) in found.enumerated() {
            var day: Int?
            var start: Int?
            if case .timeOfDay(let time) = line.field.converter {
                day = try place(time.day, index, isKept: false, line.field)
                if line.field.target == .member(.endedAt) { start = place(ofStartBeside: time.day) }
            }
            lines.append(
                BodyPlan.Line(
                    line.field,
                    places: line.places,
                    alternatives: line.alternatives,
                    currency: line.currency,
                    day: day,
                    start: start,
                    object: line.object
                )
            )
        }
    }

    private func place(ofStartBeside day: VendorPath) -> Int? {
        found.first { line in
            guard line.field.target == .member(.startedAt), case .timeOfDay(let time) = line.field.converter else {
                return false
            }
            return time.day == day
        }?.places.first
    }

    private mutating func addList(_ field: FieldLine, _ listIndex: Int) throws(PlanError) {
        let path = field.paths[0]
        let prefix = VendorPath(
            segments: path.segments[...listIndex].enumerated().map { index, segment in
                VendorPath.Segment(name: segment.name, isList: false)
            }
        )
        let rest = path.segments[(listIndex + 1)...]
        guard rest.count == 1, let name = rest.first?.name, rest.first?.isList == false else {
            throw PlanError(
                line: field.line,
                message: "\(path.text): a list's elements are reached one member deep, as in project[].id."
            )
        }
        let place = try place(prefix, found.count, isKept: true, field)
        let old = lists.first { $0.place == place }
        lists.removeAll { $0.place == place }
        let isKept = field.target == .keep
        if !isKept, let mapped = old?.mapped {
            throw PlanError(
                line: field.line,
                message: "\(path.text): the list already maps \(mapped.name); one member of an element can be mapped."
            )
        }
        lists.append(
            BodyPlan.List(
                place: place,
                path: prefix,
                mapped: isKept ? old?.mapped : (field, name),
                kept: (old?.kept ?? []).union(isKept ? [name] : [])
            )
        )
    }

    private mutating func place(
        _ path: VendorPath,
        _ line: Int,
        isKept: Bool,
        isMarker: Bool = false,
        _ field: FieldLine
    ) throws(PlanError) -> Int {
        if let known = placeByPath[path] {
            if isKept, !places[known].isKept {
                places[known] = BodyPlan.Place(path: path, line: line, isKept: true, isMarker: isMarker)
            }
            return known
        }
        var node = 0
        for segment in path.segments.dropLast() {
            if let index = nodes[node].names.firstIndex(of: segment.name) {
                guard case .node(let inner) = nodes[node].children[index] else {
                    throw conflict(path, segment.name, field)
                }
                node = inner
            } else {
                nodes.append(Node())
                nodes[node].names.append(segment.name)
                nodes[node].children.append(.node(nodes.count - 1))
                node = nodes.count - 1
            }
        }
        let name = path.segments[path.segments.count - 1].name
        if nodes[node].names.contains(name) { throw conflict(path, name, field) }
        let index = places.count
        places.append(BodyPlan.Place(path: path, line: line, isKept: isKept, isMarker: isMarker))
        nodes[node].names.append(name)
        nodes[node].children.append(.place(index))
        placeByPath[path] = index
        return index
    }

    /// The node that a place is a child of.
    private func node(holding place: Int) -> Int? {
        nodes.firstIndex { node in
            node.children.contains { child in
                if case .place(place) = child { true } else { false }
            }
        }
    }

    private func conflict(_ path: VendorPath, _ name: String, _ field: FieldLine) -> PlanError {
        PlanError(
            line: field.line,
            message: "\(path.text): \"\(name)\" is a value in one line of the table and an object in another."
        )
    }
}
