/// How a vendor is asked whether it has recorded an entry whose answer was lost.
public struct ReconcileRule: Sendable, Equatable {
    /// Pages that are looked through.
    static let maximumPages = 10

    /// The filters of the list that narrow it down: `user`, `from`, `to`, `project`, `task`, `service`, `subject`.
    public var filters: [String]
    /// Whether the vendor documents that a list shows everything recorded before: only then is an entry that two reads do
    /// not find provably not recorded.
    public var isConsistent: Bool

    public init(filters: [String], isConsistent: Bool) {
        self.filters = filters
        self.isConsistent = isConsistent
    }

    /// The list in which the entry must stand; `nil` where the entry lacks what a filter needs.
    func query(for entry: Entry) -> ListQuery? {
        var query = ListQuery()
        query.limit = 200
        for name in filters {
            switch name {
            case "from", "to":
                guard let day = entry.workDate ?? entry.startedAt?.localDateTime.date else { return nil }
                query.filters.append(ListQuery.Filter(name, day.description))
            case "user":
                guard let user = entry.userID else { return nil }
                query.filters.append(ListQuery.Filter(name, user))
            case "subject":
                guard let subject = entry.subjects.first(where: { $0.id != nil }), let id = subject.id else {
                    return nil
                }
                query.filters.append(ListQuery.Filter(subject.type, id))
            default:
                guard let id = entry.subject(name)?.id else { return nil }
                query.filters.append(ListQuery.Filter(name, id))
            }
        }
        return query
    }
}
