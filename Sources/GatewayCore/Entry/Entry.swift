public import JSON

/// A unified time entry: what a caller sends, and what every vendor's answer becomes.
///
/// Members are held as a short list in the order of `Member`, because an entry has some twenty of the fifty and the
/// mapping goes through them by member. The typed accessors are for code that knows which member it wants.
public struct Entry: Sendable, Equatable {
    public struct Slot: Sendable, Equatable {
        public let member: Member
        public var value: Value
    }

    /// The members that are there, in the order of `Member`.
    public private(set) var slots: [Slot]

    /// The same members as bits, which say at once where a member stands.
    private(set) var members: MemberSet = []

    public init() {
        slots = []
        slots.reserveCapacity(24)
    }

    public subscript(_ member: Member) -> Value? {
        get { members.contains(member) ? slots[members.count(before: member)].value : nil }
        set { if let newValue { set(member, newValue) } else { remove(member) } }
    }

    public func has(_ member: Member) -> Bool { members.contains(member) }

    mutating func set(_ member: Member, _ value: consuming Value) {
        let index = members.count(before: member)
        if members.contains(member) {
            slots[index].value = value
            return
        }
        members.insert(member)
        slots.append(Slot(member: member, value: value))
        let last = slots.count - 1
        if index == last { return }
        slots.withUnsafeMutableBufferPointer { slots in
            // Those behind it move up in one go; `insert(_:at:)` copies each.
            guard let first = slots.baseAddress else { return }
            let added = (first + last).move()
            (first + index + 1).moveInitialize(from: first + index, count: last - index)
            (first + index).initialize(to: added)
        }
    }

    private mutating func remove(_ member: Member) {
        guard members.contains(member) else { return }
        slots.remove(at: members.count(before: member))
        members.remove(member)
    }

    /// The vendor's identifier. An empty one is none.
    public var id: String? { self[.id]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    public var workDate: CivilDate? {
        get { self[.workDate]?.date }
        set { self[.workDate] = newValue.map { .date($0) } }
    }

    public var startedAt: Timestamp? {
        get { self[.startedAt]?.time }
        set { self[.startedAt] = newValue.map { .time($0) } }
    }

    public var endedAt: Timestamp? {
        get { self[.endedAt]?.time }
        set { self[.endedAt] = newValue.map { .time($0) } }
    }

    public var durationSeconds: Int64? {
        get { self[.durationSeconds]?.integer }
        set { self[.durationSeconds] = newValue.map { .integer($0) } }
    }

    public var breakSeconds: Int64? { self[.breakSeconds]?.integer }

    public var timeZone: String? { self[.timeZone]?.string }

    public var timerState: String? { self[.timerState]?.string }

    public var userID: String? {
        get { self[.userID]?.string }
        set { self[.userID] = newValue.map { .string($0) } }
    }

    public var subjects: [Subject] {
        get { if case .subjects(let list)? = self[.subjects] { list } else { [] } }
        set { self[.subjects] = newValue.isEmpty ? nil : .subjects(newValue) }
    }

    public func subject(_ type: String) -> Subject? {
        let list = subjects
        // By number, so that only the one that is meant is copied.
        for index in list.indices where list[index].type == type { return list[index] }
        return nil
    }

    /// The id or the name of a subject; null where the subject is said to be nothing.
    func subject(_ type: String, _ part: SubjectPart) -> Value? {
        let list = subjects
        for index in list.indices where list[index].type == type {
            if list[index].isNull { return .null }
            return (part == .id ? list[index].id : list[index].name).map { .string($0) }
        }
        return nil
    }

    public mutating func setSubject(_ type: String, id: String? = nil, name: String? = nil) {
        changeSubjects { list in
            guard let index = list.indices.first(where: { list[$0].type == type }) else {
                if list.isEmpty { list.reserveCapacity(4) }
                list.append(Subject(type: type, id: id, name: name))
                return
            }
            if let id { list[index].id = id }
            if let name { list[index].name = name }
            list[index].isNull = false
        }
    }

    mutating func setNullSubject(_ type: String) {
        changeSubjects { list in
            list.removeAll { $0.type == type }
            list.append(Subject(type: type, isNull: true))
        }
    }

    /// Changes the list of subjects where it stands.
    private mutating func changeSubjects(_ change: (inout [Subject]) -> Void) {
        var list = subjects
        // Nobody else may hold the list, or it would be copied to be changed.
        if has(.subjects) { set(.subjects, .null) }
        change(&list)
        set(.subjects, .subjects(list))
    }

    /// The object of references into other systems.
    public var externalRefs: JSONObject {
        get { self[.externalRefs]?.json.object ?? JSONObject() }
        set { self[.externalRefs] = newValue.isEmpty ? nil : .json(.object(newValue)) }
    }
}
