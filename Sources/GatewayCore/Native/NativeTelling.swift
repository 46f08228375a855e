internal import JSON

/// Tells operations at one address apart by the body that the plugin's table gives them: `PATCH /entries/{id}` is a change,
/// and with `{"status": "approved"}` an approval.
struct NativeTelling: Sendable {
    private struct Told: Sendable {
        let operation: Operation
        let body: JSONValue
        /// Members that may stand beside it.
        let beside: [[String]]
    }

    private struct Address: Sendable {
        /// The operation of bodies that are none of those below; `nil` where there is none.
        let plain: Operation?
        let told: [Told]
    }

    /// A member by which an action is told, and which is no field of the vendor's requests.
    private struct Mark: Sendable {
        let operation: Operation
        /// In lower case.
        let path: [String]
    }

    /// Of the operations whose address alone does not tell.
    private let addresses: [Operation: Address]
    /// What a request about an entry must not hold, unless it is nothing but that action: whoever may write an entry would
    /// approve it so, and a vendor that takes names in any case would take them in any case here.
    private let marks: [Mark]
    private let document: DocumentRule?

    /// - Parameter isField: whether a place is a field of requests, which the field table reads.
    init(
        _ operations: [Operation: OperationRule],
        _ document: DocumentRule?,
        isField: ([String]) -> Bool
    ) {
        var known: [String: [Operation]] = [:]
        for operation in Operation.allCases {
            guard let rule = operations[operation] else { continue }
            known["\(rule.method) \(rule.path.lowercased())", default: []].append(operation)
        }
        var addresses: [Operation: Address] = [:]
        for same in known.values {
            let told: [Told] = same.compactMap { operation in
                guard let rule = operations[operation], let body = rule.body else { return nil }
                var beside = [rule.reasonPath, rule.ids?.path].compactMap { $0?.segments.map(\.name) }
                // Of a resource that a document holds.
                if document != nil, rule.ids == nil { beside += [["id"], ["type"]] }
                return Told(operation: operation, body: .object(body.template), beside: beside)
            }
            if told.isEmpty { continue }
            let address = Address(plain: same.first { operations[$0]?.body == nil }, told: told)
            for operation in same { addresses[operation] = address }
        }
        self.addresses = addresses
        self.document = document
        var marks: [Mark] = []
        for operation in Operation.actions {
            guard let body = operations[operation]?.body else { continue }
            for place in NativeTelling.places(.object(body.template), []) where !isField(place) {
                marks.append(Mark(operation: operation, path: place.map { $0.lowercased() }))
            }
        }
        self.marks = marks
    }

    func operations(at found: Operation) -> [Operation] { addresses[found]?.told.map(\.operation) ?? [] }

    /// - Parameter found: what the address says.
    func tell(_ found: NativeOperation, _ request: NativeRequest) -> NativeRecognition {
        let address = addresses[found.operation]
        if address == nil, marks.isEmpty { return .operation(found) }
        let body = NativeReader.mediaFault(request) == nil ? try? JSONDocument(parsing: request.body).root.value : nil
        guard let address else { return marked(found, body) }
        var found = found
        if let body {
            var more: Operation?
            for told in address.told {
                let isBulk = Operation.onSeveral.contains { $0.bulk == told.operation }
                let inner = document.flatMap { isBulk ? nil : body.object?[$0.at] } ?? body
                switch NativeTelling.compare(told.body, inner, [], told.beside) {
                case .same:
                    found.operation = told.operation
                    return .operation(found)
                case .more: more = told.operation
                case .other: break
                }
            }
            // A change that approves as well is held to neither's rules.
            if let more {
                return .doubtful(
                    "The body holds what asks the vendor to \(more.rawValue) the entry, and more; send that alone."
                )
            }
        }
        guard let plain = address.plain else {
            let names = address.told.map(\.operation.rawValue).joined(separator: ", ")
            return .doubtful("Its body is none of those that the plugin knows at this address (\(names)).")
        }
        found.operation = plain
        return marked(found, body)
    }

    private func marked(_ found: NativeOperation, _ body: JSONValue?) -> NativeRecognition {
        guard [.create, .update, .replace].contains(found.operation), let body else { return .operation(found) }
        let inner = document.flatMap { body.object?[$0.at] } ?? body
        guard let mark = marks.first(where: { NativeTelling.holds(inner, $0.path[...]) }) else {
            return .operation(found)
        }
        return .doubtful(
            "The body holds \(mark.path.joined(separator: ".")), by which the vendor is asked to \(mark.operation.rawValue) an "
                + "entry; send that alone, as it asks for it."
        )
    }

    /// The places of all values in a body.
    private static func places(_ value: JSONValue, _ path: [String]) -> [[String]] {
        guard let object = value.object else { return [path] }
        return object.flatMap { places($0.value, path + [$0.key]) }
    }

    /// Whether a value has something at a place, whatever the case of its names.
    private static func holds(_ value: JSONValue, _ path: ArraySlice<String>) -> Bool {
        guard let name = path.first else { return true }
        return value.object?.contains { $0.key.lowercased() == name && holds($0.value, path.dropFirst()) } ?? false
    }

    private enum Likeness { case same, more, other }

    private static func compare(
        _ expected: JSONValue,
        _ given: JSONValue,
        _ path: [String],
        _ beside: [[String]]
    ) -> Likeness {
        guard let wanted = expected.object else { return ActionBody.isSame(expected, given) ? .same : .other }
        guard let object = given.object else { return .other }
        var likeness = Likeness.same
        for member in wanted {
            guard let value = object[member.key] else { return .other }
            switch compare(member.value, value, path + [member.key], beside) {
            case .same: break
            case .more: likeness = .more
            case .other: return .other
            }
        }
        for member in object where wanted[member.key] == nil {
            let place = path + [member.key]
            if beside.contains(place) { continue }
            // A member around one that may be there holds nothing else.
            let inner = beside.filter { $0.starts(with: place) }
            if !inner.isEmpty, compare(.object(JSONObject()), member.value, place, inner) == .same { continue }
            likeness = .more
        }
        return likeness
    }
}

extension Vendor {
    /// What a recognised request is, now that its body is there: several operations may have one address.
    public func tell(_ found: NativeOperation, _ request: NativeRequest) -> NativeRecognition {
        telling.tell(found, request)
    }

    /// The operations that a body can make of a request, where its address does not tell.
    public func toldByBody(_ found: Operation) -> [Operation] { telling.operations(at: found) }
}
