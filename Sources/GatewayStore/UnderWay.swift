/// The writes whose requests are under way, by their numbers. Used on the store's thread only.
///
/// No index has them, since each write would have to pay for it twice. They are the latest rows: what a start has to look
/// through begins at a mark that the file holds. Of what is sent again long after, and stands below the mark, there is an index.
struct UnderWay {
    /// The mark is written again when so many rows have come since.
    static let distance: Int64 = 4096
    /// The most that it goes forward by at once: what is written with it holds up a commit.
    private static let longest = 4 * distance

    private var ids: Set<Int64> = []
    /// Of the open transaction, in order.
    private var changes: [(id: Int64, isUnderWay: Bool)] = []
    private var last: Int64 = 0
    private(set) var marked: Int64

    /// - Parameter marked: the mark that the file holds.
    init(marked: Int64) { self.marked = marked }

    var numbers: [Int64] { ids.sorted() }

    /// Whether it was under way at the last commit, and the open transaction has not ended it.
    func contains(_ id: Int64) -> Bool {
        ids.contains(id) && !changes.contains { $0.id == id && !$0.isUnderWay }
    }

    mutating func add(_ id: Int64) {
        changes.append((id, true))
        last = max(last, id)
    }

    mutating func remove(_ id: Int64) { changes.append((id, false)) }

    /// The mark that the open transaction should write, where it is time for one: all rows below it have been committed as
    /// something else. What the open transaction ends itself still counts as under way.
    func nextMark() -> Int64? {
        guard last - marked >= UnderWay.distance else { return nil }
        var lowest = ids.min() ?? last + 1
        for change in changes where change.isUnderWay { lowest = min(lowest, change.id) }
        return lowest - marked >= UnderWay.distance ? min(lowest, marked + UnderWay.longest) : nil
    }

    /// - Parameter mark: what the transaction wrote.
    mutating func commit(mark: Int64?) {
        for change in changes {
            if change.isUnderWay { ids.insert(change.id) } else { ids.remove(change.id) }
        }
        changes.removeAll(keepingCapacity: true)
        if let mark { marked = mark }
    }

    mutating func rollBack() { changes.removeAll(keepingCapacity: true) }
}
