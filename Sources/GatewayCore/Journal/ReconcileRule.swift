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
    ///
    /// Where the vendor takes instants, or the entry has them, a day is that of the account's zone, which need not be the
    /// entry's: the days beside it are looked through too.
    func query(for entry: Entry, _ list: ListRule?) -> ListQuery? {
        var query = ListQuery()
        query.limit = 200
        for name in filters {
            switch name {
            case "from", "to":
                guard let day = entry.workDate ?? entry.startedAt?.localDateTime.date else { return nil }
                let isInstant = list?.filters.first { $0.name == name }?.format.isInstant ?? false
                let wide = isInstant || entry.startedAt != nil ? day.adding(days: name == "from" ? -1 : 1) : day
                query.filters.append(ListQuery.Filter(name, (wide ?? day).description))
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
