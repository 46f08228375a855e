/// The members of an object that is a ``JSONValue``, in order. Names are told apart byte by byte.
///
/// It is an array, not a dictionary: lookups go through the members one after the other.
public struct JSONObject: Sendable, Sequence, ExpressibleByDictionaryLiteral {
    public typealias Member = (key: String, value: JSONValue)

    /// The members in order. Whoever changes them sees to it that no name occurs twice.
    public var members: [Member]

    public init() {
        self.members = []
    }

    /// - Parameter members: in order; no name may occur twice.
    public init(_ members: [Member]) {
        self.members = members
    }

    /// Of a name that occurs twice the last value counts, at the place of the first.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.members = []
        for (name, value) in elements { self[name] = value }
    }

    /// The value of that name, nil if there is none. Setting nil removes the member; a new name goes last.
    public subscript(name: String) -> JSONValue? {
        get {
            for member in members where JSONBytes.areEqual(member.key, name) { return member.value }
            return nil
        }
        set {
            let position = members.firstIndex { JSONBytes.areEqual($0.key, name) }
            switch (position, newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): members.remove(at: position)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    public var isEmpty: Bool { members.isEmpty }

    public var count: Int { members.count }

    /// The names in order.
    public var keys: [String] { members.map(\.key) }

    /// Adds a member at the end without looking whether the name is there already: it must not be.
    public mutating func append(_ name: String, _ value: JSONValue) {
        members.append((name, value))
    }

    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }

    public var underestimatedCount: Int { members.count }
}

extension JSONObject: Equatable {
    /// The same members in the same order, strings byte by byte; see ``JSONValue/isEquivalent(to:)`` for the rest.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) { left, right in
            JSONBytes.areEqual(left.key, right.key) && left.value == right.value
        }
    }
}
