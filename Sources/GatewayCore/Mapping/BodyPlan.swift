internal import JSON

/// A field table compiled for one kind of body (request or answer): the places of the vendor's JSON as a tree that is
/// walked once in either direction, and the lines that read and write those places.
final class BodyPlan: Sendable {
    enum Role: Sendable { case request, answer }

    /// What a name in an object leads to.
    enum Child: Sendable {
        case place(Int)
        case node(Int)
    }

    /// An object of the vendor's JSON. A class, so that walking the tree copies none; see ``withNode(_:_:)``.
    final class Node: Sendable {
        /// The members of the object, in the order of the table.
        let names: [String]
        let keys: JSONKeyTable
        /// The same names as a writer copies them.
        let writtenNames: JSONNames
        let children: [Child]

        init(names: [String], children: [Child]) {
            self.names = names
            self.keys = JSONKeyTable(names)
            self.writtenNames = JSONNames(names)
            self.children = children
        }
    }

    /// A place in the vendor's JSON that lines read or write.
    struct Place: Sendable {
        let path: VendorPath
        /// The line that owns the place for error messages and for `vendor_fields`.
        let line: Int
        /// Whether a line keeps what stands here in `vendor_fields`.
        let isKept: Bool
        /// What stands here says whether something was left out (`meta.included`), and nothing of the entry.
        let isMarker: Bool
    }

    /// A field line with its places. A class, so that walking the lines copies none.
    final class Line: Sendable {
        let field: FieldLine
        let target: FieldTarget
        let converter: Converter
        /// The unified member and the vendor's field, as reports name them.
        let path: String
        let vendorField: String
        /// What is missing where the vendor leaves the field out.
        let missingPath: String
        /// One place for each place of the converter; for a resource: id, type, marker.
        let places: [Int]
        let alternatives: [(places: [Int], converter: Converter)]
        /// Those of both.
        let allPlaces: [Int]
        /// Whether a request without the field says something all the same.
        let hasDefault: Bool
        /// For money: the place of the currency.
        let currency: Int?
        /// For a time of day: the place of its day, and for an end that of the time of day at which the entry starts.
        let day: Int?
        let start: Int?
        let isWritten: Bool
        let hasJoins: Bool
        let hasForms: Bool
        let hasFallbacks: Bool
        let hasLimits: Bool
        /// Whether its values have one form, whatever the vendor knows: a UUID, a whole number.
        let isIdentifier: Bool
        /// For a resource: the object that holds type and id; null in its place means that there is none.
        let object: Int?

        init(
            _ field: FieldLine,
            places: [Int],
            alternatives: [(places: [Int], converter: Converter)],
            currency: Int?,
            day: Int?,
            start: Int?,
            object: Int?
        ) {
            self.day = day
            self.start = start
            self.object = object
            self.field = field
            self.target = field.target
            self.converter = field.converter
            self.path = field.target.path
            self.vendorField = field.vendorField
            self.missingPath = field.target.missingPath
            self.places = places
            self.alternatives = alternatives
            allPlaces = places + alternatives.flatMap(\.places)
            hasDefault = field.whenAbsent != nil
            self.currency = currency
            isWritten = field.isWritten
            hasJoins = !field.joins.isEmpty
            hasForms = field.forms != nil
            hasFallbacks = !field.fallbacks.isEmpty
            hasLimits = field.minimum != nil || field.maximum != nil || field.maximumLength != nil
            switch field.converter {
            case .uuid, .integerIdentifier: isIdentifier = true
            default: isIdentifier = false
            }
        }
    }

    /// A list whose elements hold a subject and things that are kept: `project[].id`.
    struct List: Sendable {
        let place: Int
        let path: VendorPath
        /// The line that maps an element's member, and that member's name.
        let mapped: (line: FieldLine, name: String)?
        /// The members of an element that are kept, by name.
        let kept: Set<String>
    }

    /// A line that an operation writes.
    struct LineToWrite: Sendable {
        let line: Unmanaged<Line>
        /// Whether the operation needs the field.
        let isRequired: Bool
    }

    /// `subjects.task` and `subjects.task.id`.
    struct SubjectPath: Sendable {
        let type: String
        let path: String
        let id: String

        init(_ type: String) {
            self.type = type
            path = "subjects.\(type)"
            id = path + ".id"
        }
    }

    /// One mark for each object of a plan.
    typealias NodeMarks = UnsafeMutableBufferPointer<Bool>

    let role: Role
    let nodes: [Node]
    /// The same, held by `nodes`.
    private let walkedNodes: [Unmanaged<Node>]
    let places: [Place]
    /// The object that each place stands in, and the one that each object stands in; -1 around the whole.
    let nodeOfPlace: [Int]
    private let parents: [Int]
    let lines: [Line]
    /// The lines that are read, in that order: the zone first, then by the table. Neither amounts, which are read only when
    /// asked for, nor what stays as it is.
    ///
    /// `lines` holds them: going through them takes no reference count for each.
    let linesToRead: [Unmanaged<Line>]
    /// The lines that are written, by operation, in the order of the table; held by `lines` too.
    private let linesToWrite: [Operation: [LineToWrite]]
    /// The lines that say of a request what must stand there and within which limits; held by `lines` too.
    let linesToCheck: [Unmanaged<Line>]
    let lists: [List]
    /// The list that stands at a place, if any.
    let listAtPlace: [Int?]
    /// The members that lines of this body have.
    let members: MemberSet
    /// The converter of the first line of each member.
    private let converterByMember: [Converter?]
    /// How finely the vendor tells values of each member apart.
    private let precisionByMember: [Converter.Precision]
    /// Whether the zone of an entry is written.
    let writesTimeZone: Bool
    /// Whether the start is written as the clocks of a zone show it, so that the vendor's day is that zone's.
    let writesLocalStart: Bool
    /// Seconds below which a difference of the vendor's duration is none.
    let lengthStep: Int64
    /// The types of subject that the body can hold, and those of them that can be several.
    let subjectTypes: [String]
    let listTypes: [String]
    /// By place: what is so before anything is read. Markers and amounts say nothing that an entry would have to keep;
    /// what the table keeps needs nobody to take it.
    let placesBeforeReading: [PlaceViews.Place]
    /// How subjects are named in reports and in what is missing, by type.
    private let subjectPaths: [SubjectPath]
    /// The money lines, which are read only when asked for.
    let moneyLines: [Line]
    /// The index of the member lines, for error pointers and for what a vendor can hold.
    private let lineByPlacePath: [String: Int]

    /// The place of a document's `type`, which says what kind of thing the entry is and nothing of the entry.
    let documentType: Int?

    init(_ fields: [FieldLine], role: Role, document: DocumentRule? = nil) throws(PlanError) {
        var builder = BodyPlanBuilder()
        documentType = document == nil ? nil : builder.addDocumentType()
        self.role = role
        for field in fields where field.scope.covers(role) { try builder.add(field) }
        try builder.finish()
        nodes = builder.nodes.map { Node(names: $0.names, children: $0.children) }
        walkedNodes = nodes.map { .passUnretained($0) }
        places = builder.places
        var nodeOfPlace = [Int](repeating: 0, count: builder.places.count)
        var parents = [Int](repeating: -1, count: builder.nodes.count)
        for (index, node) in builder.nodes.enumerated() {
            for child in node.children {
                switch child {
                case .place(let place): nodeOfPlace[place] = index
                case .node(let inner): parents[inner] = index
                }
            }
        }
        self.nodeOfPlace = nodeOfPlace
        self.parents = parents
        lines = builder.lines
        lists = builder.lists
        var atPlace = [Int?](repeating: nil, count: builder.places.count)
        for (index, list) in builder.lists.enumerated() { atPlace[list.place] = index }
        listAtPlace = atPlace
        moneyLines = builder.lines.filter(\.isMoney)
        linesToRead = builder.lines.indices.filter { !builder.lines[$0].isMoney && builder.lines[$0].target != .keep }
            .sorted { left, right in
                let a = builder.lines[left].field.readingRank
                let b = builder.lines[right].field.readingRank
                return a == b ? left < right : a < b
            }
            .map { .passUnretained(builder.lines[$0]) }
        linesToCheck = builder.lines.filter { $0.hasLimits || $0.isIdentifier || !$0.field.required.isEmpty }
            .map { .passUnretained($0) }
        linesToWrite = Dictionary(
            uniqueKeysWithValues: Operation.allCases.map { operation in
                let written = builder.lines.filter { line in
                    role == .answer || (line.isWritten && line.field.operations?.contains(operation) ?? true)
                }
                return (
                    operation,
                    written.map { line in
                        LineToWrite(line: .passUnretained(line), isRequired: line.field.required.contains(operation))
                    }
                )
            }
        )
        var before = builder.places.map { PlaceViews.Place(isTaken: $0.isMarker) }
        for line in moneyLines { for place in line.places { before[place].isTaken = true } }
        for line in builder.lines where line.target == .keep {
            for place in line.places { before[place] = .init(isTaken: true, isKept: builder.places[place].isKept) }
        }
        placesBeforeReading = before
        var members: MemberSet = []
        var converters = [Converter?](repeating: nil, count: Member.allCases.count)
        var subjects: [String] = []
        for line in builder.lines {
            switch line.target {
            case .member(let member):
                members.insert(member)
                if converters[Int(member.rawValue)] == nil { converters[Int(member.rawValue)] = line.converter }
            case .subject(let type, _): subjects.append(type)
            case .anySubject(let types): subjects += types
            default: break
            }
        }
        listTypes = builder.lists.compactMap { list in
            if case .subject(let type, _)? = list.mapped?.line.target { type } else { nil }
        }
        self.members = members
        converterByMember = converters
        precisionByMember = converters.map { $0?.precision ?? .exact }
        writesTimeZone = builder.lines.contains { $0.target == .member(.timeZone) && $0.field.isWritten }
        writesLocalStart = builder.lines.contains { line in
            line.target == .member(.startedAt) && line.field.isWritten && line.field.converter.isLocal
        }
        lengthStep =
            if case .length(let step) = precisionByMember[Int(Member.durationSeconds.rawValue)] { step } else { 1 }
        subjectTypes = subjects + listTypes
        subjectPaths = subjectTypes.map(SubjectPath.init)
        var byPath: [String: Int] = [:]
        for (index, line) in builder.lines.enumerated() {
            for place in line.places + line.alternatives.flatMap(\.places)
            where byPath[builder.places[place].path.text] == nil {
                byPath[builder.places[place].path.text] = index
            }
        }
        lineByPlacePath = byPath
    }

    /// The line for a vendor's path, also for a path inside it or around it (`relationships.person`).
    func line(at path: String) -> FieldLine? {
        if let index = lineByPlacePath[path] { return lines[index].field }
        for list in lists where path == list.path.text || path.hasPrefix(list.path.text + ".") {
            return list.mapped?.line
        }
        let around = path + "."
        for (candidate, index) in lineByPlacePath.sorted(by: { $0.key < $1.key })
        where candidate.hasPrefix(around) || path.hasPrefix(candidate + ".") {
            return lines[index].field
        }
        return nil
    }

    /// Lends an object to who walks through the plan, without a reference count for each object of each body.
    @inline(__always)
    func withNode<Result>(_ index: Int, _ body: (Node) -> Result) -> Result {
        walkedNodes[index]._withUnsafeGuaranteedRef(body)
    }

    /// Lends marks for the objects that have to be written so that something stands in places inside them, all unset.
    func withNodeMarks<Result>(_ body: (NodeMarks) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: nodes.count) { marks in
            marks.initialize(repeating: false)
            return body(marks)
        }
    }

    /// Marks an object and those around it.
    func mark(_ nodes: NodeMarks, from node: Int) {
        var node = node
        while node >= 0, !nodes[node] {
            nodes[node] = true
            node = parents[node]
        }
    }

    /// The lines that an operation writes.
    func linesToWrite(in operation: Operation) -> [LineToWrite] { linesToWrite[operation] ?? [] }

    /// How a subject is named in reports.
    func subjectPath(_ type: String) -> SubjectPath {
        for known in subjectPaths where known.type == type { return known }
        return SubjectPath(type)
    }

    /// Whether a line of this body has the member.
    func has(_ member: Member) -> Bool { members.contains(member) }

    func converter(of member: Member) -> Converter? { converterByMember[Int(member.rawValue)] }

    func precision(of member: Member) -> Converter.Precision { precisionByMember[Int(member.rawValue)] }

    /// The name that stands last in a path, as some vendors report it (`TypeOfWorkId`, `date`).
    func line(named name: String, caseInsensitive: Bool) -> FieldLine? {
        for line in lines {
            for place in line.places + line.alternatives.flatMap(\.places) {
                let last = places[place].path.segments.last?.name ?? ""
                if last == name || (caseInsensitive && last.lowercased() == name.lowercased()) { return line.field }
            }
        }
        return nil
    }
}

extension FieldScope {
    func covers(_ role: BodyPlan.Role) -> Bool {
        switch (self, role) {
        case (.both, _), (.request, .request), (.answer, .answer): true
        default: false
        }
    }
}

extension BodyPlan.Line {
    fileprivate var isMoney: Bool { if case .money = target { true } else { false } }
}

extension FieldLine {
    fileprivate var readingRank: Int {
        if target == .member(.timeZone) { return 0 }
        return isFirst ? 1 : 2
    }
}

/// Why a field table cannot be compiled.
public struct PlanError: Error, Sendable, Equatable {
    /// The line of the plugin file, 0 where unknown.
    public let line: Int
    public let message: String
}
