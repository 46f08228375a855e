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

    public init() {
        slots = []
        slots.reserveCapacity(24)
    }

    public subscript(_ member: Member) -> Value? {
        get { index(of: member).map { slots[$0].value } }
        set {
            var index = slots.count
            while index > 0, slots[index - 1].member.rawValue >= member.rawValue { index -= 1 }
            let isThere = index < slots.count && slots[index].member == member
            switch (isThere, newValue) {
            case (true, let value?): slots[index].value = value
            case (true, nil): slots.remove(at: index)
            case (false, let value?): slots.insert(Slot(member: member, value: value), at: index)
            case (false, nil): break
            }
        }
    }

    public func has(_ member: Member) -> Bool { index(of: member) != nil }

    /// Where a member stands; the list is short and in order.
    private func index(of member: Member) -> Int? {
        var index = 0
        while index < slots.count {
            let found = slots[index].member.rawValue
            if found >= member.rawValue { return found == member.rawValue ? index : nil }
            index += 1
        }
        return nil
    }

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
        guard case .subjects(let list)? = self[.subjects] else { return nil }
        for subject in list where subject.type == type { return subject }
        return nil
    }

    public mutating func setSubject(_ type: String, id: String? = nil, name: String? = nil) {
        var list = subjects
        self[.subjects] = nil
        if let index = list.firstIndex(where: { $0.type == type }) {
            if let id { list[index].id = id }
            if let name { list[index].name = name }
            list[index].isNull = false
        } else {
            list.append(Subject(type: type, id: id, name: name))
        }
        self[.subjects] = .subjects(list)
    }

    /// The object of references into other systems.
    public var externalRefs: JSONObject {
        get { self[.externalRefs]?.json.object ?? JSONObject() }
        set { self[.externalRefs] = newValue.isEmpty ? nil : .json(.object(newValue)) }
    }
}
