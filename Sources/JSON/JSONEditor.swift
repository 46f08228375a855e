/// Changes members of a document and leaves every other byte as it stands: order, white space, the spelling of numbers
/// and escapes, and members that nobody asked about.
///
/// Edits are noted and made at once by ``finish()``. A later edit of one place takes the place of an earlier one.
public struct JSONEditor {
    private let document: JSONDocument
    /// New values, by the position of the value that they stand for.
    private var replaced: [Int32: Draft] = [:]
    /// The positions of values whose members go.
    private var removed: Set<Int32> = []
    /// New members, by the position of their object.
    private var added: [Int32: [Draft.Member]] = [:]

    public init(_ document: JSONDocument) {
        self.document = document
    }

    /// Whether nothing is to be changed.
    public var isEmpty: Bool { replaced.isEmpty && removed.isEmpty && added.isEmpty }

    /// Sets a member inside objects: where it is there, its value is replaced; where it is not, it is added behind the
    /// last member, with the objects that lead to it. What stands in the way and is no object is replaced by one.
    ///
    /// - Parameters:
    ///   - path: the names of the members from `object` on; an empty path means `object` itself.
    ///   - object: a value of this editor's document.
    public mutating func set(_ value: JSONValue, at path: [String], in object: JSONView) {
        var view = object
        for (index, name) in path.enumerated() {
            let rest = path[(index + 1)...]
            if var draft = replaced[view.index] {
                draft.set(value, at: path[index...])
                replaced[view.index] = draft
                return
            }
            guard view.kind == .object else {
                replaced[view.index] = Draft(value, at: path[index...])
                return
            }
            guard let member = view[name] else {
                var members = added[view.index] ?? []
                Draft.set(value, named: name, at: rest, in: &members)
                added[view.index] = members
                return
            }
            if removed.remove(member.index) != nil {
                replaced[member.index] = Draft(value, at: rest)
                return
            }
            view = member
        }
        replaced[view.index] = .value(value)
    }

    /// Removes a member and one comma. A member that is not there stays so.
    public mutating func remove(at path: [String], in object: JSONView) {
        guard let last = path.last else { return }
        var view = object
        for (index, name) in path.dropLast().enumerated() {
            if var draft = replaced[view.index] {
                draft.remove(at: path[index...])
                replaced[view.index] = draft
                return
            }
            guard let member = view[name], !removed.contains(member.index) else {
                Draft.remove(at: path[index...], in: &added[view.index, default: []])
                if added[view.index]?.isEmpty == true { added[view.index] = nil }
                return
            }
            view = member
        }
        if var draft = replaced[view.index] {
            draft.remove(at: [last])
            replaced[view.index] = draft
        } else if let member = view[last] {
            replaced[member.index] = nil
            removed.insert(member.index)
        } else if added[view.index] != nil {
            Draft.remove(at: [last], in: &added[view.index, default: []])
            if added[view.index]?.isEmpty == true { added[view.index] = nil }
        }
    }

    /// Replaces one value of the document.
    public mutating func replace(_ view: JSONView, with value: JSONValue) {
        replaced[view.index] = .value(value)
    }

    /// Makes a value of the document into another with as few edits as possible: objects member by member, lists element
    /// by element where their length is the same, and what is equivalent already not at all.
    public mutating func merge(_ value: JSONValue, into view: JSONView) {
        switch (value, view.kind) {
        case (.object(let object), .object):
            for (key, member) in view.members {
                let name = key.string
                if let new = object[name] {
                    merge(new, into: member)
                } else {
                    remove(at: [name], in: view)
                }
            }
            for member in object where view[member.key] == nil { set(member.value, at: [member.key], in: view) }
        case (.array(let elements), .array) where elements.count == view.count:
            for (new, old) in zip(elements, view.elements) { merge(new, into: old) }
        default:
            if !view.value.isEquivalent(to: value) { replace(view, with: value) }
        }
    }

    /// The document with all edits.
    public consuming func finish() -> [UInt8] {
        if isEmpty { return document.bytes }
        var splices: [Splice] = replaced.map { position, draft in
            Splice(range: document.view(at: position).sourceRange, bytes: draft.bytes)
        }
        for object in editedObjects() { splices += memberSplices(of: object) }
        splices.sort {
            $0.range.lowerBound == $1.range.lowerBound
                ? $0.range.upperBound < $1.range.upperBound : $0.range.lowerBound < $1.range.lowerBound
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(document.bytes.count + 256)
        var position = 0
        for splice in splices {
            // What lies inside something that is gone or replaced is gone with it.
            if splice.range.lowerBound < position { continue }
            bytes += document.bytes[position..<splice.range.lowerBound]
            bytes += splice.bytes
            position = splice.range.upperBound
        }
        bytes += document.bytes[position...]
        return bytes
    }

    // MARK: - Where the bytes change

    private struct Splice {
        var range: Range<Int>
        var bytes: [UInt8]
    }

    /// A member as it stands: from the quote of its name to the end of its value.
    private struct Extent {
        var range: Range<Int>
        var nameEnd: Int
        var valueStart: Int
        var isRemoved: Bool
    }

    /// The objects that get or lose members.
    private func editedObjects() -> [JSONView] {
        var positions = Set(added.keys)
        if !removed.isEmpty {
            for index in 0..<document.nodes.count {
                let view = JSONView(document: document, index: index)
                guard document.nodes.base[index].tag == JSONNode.objectTag else { continue }
                if view.members.contains(where: { removed.contains($0.value.index) }) { positions.insert(Int32(index)) }
            }
        }
        return positions.map { document.view(at: $0) }
    }

    private func memberSplices(of object: JSONView) -> [Splice] {
        let extents = object.members.map { key, value in
            let name = key.node
            return Extent(
                range: (name.offset - 1)..<value.sourceRange.upperBound,
                nameEnd: name.offset + name.length + 1,
                valueStart: value.sourceRange.lowerBound,
                isRemoved: removed.contains(value.index)
            )
        }
        let drafts = added[object.index] ?? []
        guard let first = extents.first, let last = extents.last else {
            let start = object.sourceRange.lowerBound + 1
            return [Splice(range: start..<start, bytes: Draft.bytes(of: drafts))]
        }
        guard let firstKept = extents.firstIndex(where: { !$0.isRemoved }) else {
            return [Splice(range: first.range.lowerBound..<last.range.upperBound, bytes: Draft.bytes(of: drafts))]
        }
        var splices: [Splice] = []
        for (index, extent) in extents.enumerated() where extent.isRemoved {
            let range =
                index < firstKept
                ? extent.range.lowerBound..<extents[index + 1].range.lowerBound
                : extents[index - 1].range.upperBound..<extent.range.upperBound
            splices.append(Splice(range: range, bytes: []))
        }
        if !drafts.isEmpty {
            let end = last.range.upperBound
            splices.append(Splice(range: end..<end, bytes: separated(drafts, like: last)))
        }
        return splices
    }

    /// New members behind the last one, with the white space that it has.
    private func separated(_ drafts: [Draft.Member], like last: Extent) -> [UInt8] {
        var start = last.range.lowerBound
        while start > 0, document.bytes[start - 1] <= UInt8(ascii: " ") { start -= 1 }
        let lead = document.bytes[start..<last.range.lowerBound]
        let colon = document.bytes[last.nameEnd..<last.valueStart]
        var bytes: [UInt8] = []
        for draft in drafts {
            bytes.append(UInt8(ascii: ","))
            bytes += lead
            bytes += Array(JSONValue.string(draft.name).serialized(.compact).utf8)
            bytes += colon
            bytes += draft.value.bytes
        }
        return bytes
    }
}

/// A value that is to be written.
private indirect enum Draft {
    struct Member {
        var name: String
        var value: Draft
    }

    case value(JSONValue)
    case object([Member])

    /// The value inside as many objects as the path has names.
    init(_ value: JSONValue, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = .value(value)
            return
        }
        self = .object([Member(name: first, value: Draft(value, at: path.dropFirst()))])
    }

    mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = .value(value)
            return
        }
        var members = asMembers
        Draft.set(value, named: first, at: path.dropFirst(), in: &members)
        self = .object(members)
    }

    mutating func remove(at path: ArraySlice<String>) {
        var members = asMembers
        Draft.remove(at: path, in: &members)
        self = .object(members)
    }

    static func set(_ value: JSONValue, named name: String, at path: ArraySlice<String>, in members: inout [Member]) {
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value.set(value, at: path)
        } else {
            members.append(Member(name: name, value: Draft(value, at: path)))
        }
    }

    static func remove(at path: ArraySlice<String>, in members: inout [Member]) {
        guard let first = path.first, let index = members.firstIndex(where: { $0.name == first }) else { return }
        if path.count == 1 {
            members.remove(at: index)
        } else {
            members[index].value.remove(at: path.dropFirst())
        }
    }

    private var asMembers: [Member] {
        switch self {
        case .object(let members): members
        case .value(let value): (value.object ?? JSONObject()).map { Member(name: $0.key, value: .value($0.value)) }
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .value(let value): Array(value.serialized(.compact).utf8)
        case .object(let members): [UInt8(ascii: "{")] + Draft.bytes(of: members) + [UInt8(ascii: "}")]
        }
    }

    /// Members without the braces.
    static func bytes(of members: [Member]) -> [UInt8] {
        var bytes: [UInt8] = []
        for member in members {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += Array(JSONValue.string(member.name).serialized(.compact).utf8)
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value.bytes
        }
        return bytes
    }
}
