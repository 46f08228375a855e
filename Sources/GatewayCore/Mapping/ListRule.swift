/// A parameter of a query, not yet escaped.
public struct QueryItem: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How a vendor lists entries: what it filters and sorts by, and how it pages.
public struct ListRule: Sendable, Equatable {
    public var filters: [FilterRule] = []
    public var vendorFilters: VendorFilters?
    /// The parameter that sorts are sent in; `nil` where the vendor does not sort.
    public var sortParameter: String?
    /// How a descending sort is written: `-${value}`, `${value} desc`.
    public var descending = "-${value}"
    public var sorts: [SortRule] = []
    /// What is sorted by where the caller does not say, so that pages have an order: `-work_date`.
    public var defaultSort: String?
    /// Whether lists come in that order and in no other, without a parameter.
    public var hasFixedOrder: Bool { defaultSort != nil && sortParameter == nil && sorts.isEmpty }
    public var paging: PagingRule?
    /// Whether the plugin says that one answer holds the whole list.
    public var isWhole = false

    public init() {}

    public struct SortRule: Sendable, Equatable {
        /// The unified member: `work_date`.
        public var member: String
        public var vendor: String

        public init(member: String, vendor: String) {
            self.member = member
            self.vendor = vendor
        }
    }

    /// Filters of the vendor that the unified API has no name for: `vendor[approver_id]=7`.
    public struct VendorFilters: Sendable, Equatable {
        /// `filter[${name}]`
        public var template: String
        public var filters: [VendorFilter]
        /// Written behind the name: `vendor[time][gt]=60`.
        public var operators: [String]

        public init(template: String, filters: [VendorFilter], operators: [String]) {
            self.template = template
            self.filters = filters
            self.operators = operators
        }

        public var names: [String] { filters.map(\.name) }
    }

    /// One filter in the vendor's own words: its value is the vendor's, and is checked before it is sent.
    public struct VendorFilter: Sendable, Equatable {
        public var name: String
        /// `values` holds the vendor's own values, and what each stands for.
        public var format: FilterRule.Format
        /// Whether several values may be given, with commas between them.
        public var takesSeveral: Bool

        public init(name: String, format: FilterRule.Format = .text, takesSeveral: Bool = false) {
            self.name = name
            self.format = format
            self.takesSeveral = takesSeveral
        }
    }
}

/// One filter of a list: a unified name, and how its value goes into the vendor's query.
public struct FilterRule: Sendable, Equatable {
    /// `from`, `to`, `user`, `approval`, `billable`, `billing`, `updated_since`, `search`, or a type of subject.
    public var name: String
    /// The vendor's query parameter.
    public var parameter: String
    public var format: Format
    /// `startDate ge datetime'${value}'`: several expressions in one parameter are joined by `and`.
    public var expression: String?
    /// Only some of the vendor's tokens may use it: it is sent when asked for, and never added by the gateway.
    public var isPrivileged = false
    /// Where the end of a list is an instant at the vendor: whether what is recorded in that instant is still shown. The last
    /// second of the day is sent then, and else the start of the next day.
    public var endsWithin = false
    /// Whether it stands in the path, `{filter.user}`, and is therefore needed; it has no parameter then.
    public var isInPath = false

    public enum Format: Sendable, Equatable {
        /// `utcDateTime` is an instant in UTC without a zone, `2026-11-20T09:00:00`, and `localDateTime` the same by the clocks of
        /// the connection's zone.
        case date, id, integerID, uuid, boolean, instant, utcDateTime, localDateTime, unixSeconds, unixMilliseconds
        case integer, text
        /// A day, or an instant as RFC 3339.
        case dateOrInstant
        /// The vendor's spelling of each unified value.
        case values([Pair])

        /// Whether the vendor takes an instant where the caller may give a day.
        public var isInstant: Bool {
            switch self {
            case .instant, .utcDateTime, .localDateTime, .unixSeconds, .unixMilliseconds: true
            default: false
            }
        }

        /// `integer_id`, as plugins and capabilities write it.
        public var name: String { FilterRule.kinds.first { $0.format == self }?.name ?? "enum" }
    }

    public struct Pair: Sendable, Equatable {
        public var vendor: String
        public var unified: String

        public init(vendor: String, unified: String) {
            self.vendor = vendor
            self.unified = unified
        }
    }

    public init(name: String, parameter: String, format: Format) {
        self.name = name
        self.parameter = parameter
        self.format = format
    }

    /// The name of the kind in a plugin's table: `integer_id`.
    public static let kinds: [(name: String, format: Format)] = [
        ("date", .date), ("date_or_rfc3339", .dateOrInstant), ("rfc3339", .instant), ("utc_datetime", .utcDateTime),
        ("local_datetime", .localDateTime), ("unix_seconds", .unixSeconds), ("unix_milliseconds", .unixMilliseconds),
        ("id", .id), ("integer_id", .integerID), ("uuid", .uuid),
        ("boolean", .boolean), ("integer", .integer), ("text", .text),
    ]

    /// The names that are no types of subjects.
    public static let names = ["from", "to", "user", "approval", "billable", "billing", "updated_since", "search"]
}

/// How a vendor's pages are asked for, and how their end is known.
public struct PagingRule: Sendable, Equatable {
    public enum Style: Sendable, Equatable {
        /// Page numbers from 1; how many there are.
        case page(parameter: String, end: End)
        /// An opaque text that the answer tells.
        case cursor(parameter: String, next: NextCursor)
    }

    public enum End: Sendable, Equatable {
        /// The path of the number of pages in the answer.
        case pages([String])
        /// The path of the number of entries.
        case total([String])
        /// The header with the number of entries, in lower case.
        case totalHeader(String)
        /// Nothing counts: a page with fewer entries than were asked for is the last.
        case shortPage
    }

    public var style: Style
    /// Whether the parameter of the page says how many entries come before it, and not which page it is.
    public var isByOffset = false
    public var sizeParameter: String
    /// The most that the vendor gives in one page.
    public var maximumSize: Int

    public init(style: Style, sizeParameter: String, maximumSize: Int) {
        self.style = style
        self.sizeParameter = sizeParameter
        self.maximumSize = maximumSize
    }
}
