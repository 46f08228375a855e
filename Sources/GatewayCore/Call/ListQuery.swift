/// What a caller asks of a list.
public struct ListQuery: Sendable, Equatable {
    public struct Filter: Sendable, Equatable {
        /// `from`, `user`, a type of subject.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A filter in the vendor's own words: `vendor[time][gt]=60`.
    public struct VendorFilter: Sendable, Equatable {
        public var name: String
        public var operation: String?
        public var value: String

        public init(_ name: String, operation: String? = nil, _ value: String) {
            self.name = name
            self.operation = operation
            self.value = value
        }
    }

    public struct SortKey: Sendable, Equatable {
        public var member: String
        public var isDescending: Bool

        /// `work_date`, `-updated_at`.
        public init(_ text: some StringProtocol) {
            isDescending = text.hasPrefix("-")
            member = String(isDescending ? text.dropFirst() : text[...])
        }

        var text: String { (isDescending ? "-" : "") + member }
    }

    public var filters: [Filter] = []
    public var vendorFilters: [VendorFilter] = []
    public var sort: [SortKey] = []
    /// Entries in one answer, 1 to 1,000.
    public var limit = ListQuery.defaultLimit
    public var cursor: String?

    public static let defaultLimit = 50
    public static let limits = 1...1000

    public init() {}

    func value(of name: String) -> String? { filters.first { $0.name == name }?.value }
}

/// A part of a list, and where it goes on.
public struct ListPage: Sendable {
    public var entries: [RecordedEntry]
    public var nextCursor: String?
}
