public import JSON

/// How a value of the vendor becomes a value of the unified entry and back.
///
/// Each converter knows both directions; a converter that loses something says so when it writes.
public enum Converter: Sendable, Equatable {
    /// An opaque identifier: text, or on reading also an integer.
    case identifier
    /// An identifier that the vendor holds as an integer.
    case integerIdentifier
    /// An identifier that must be a UUID.
    case uuid
    case text
    /// Text that the vendor holds as HTML.
    case html
    /// A boolean; with `alsoText`, the texts "true" and "false" are read too.
    case boolean(alsoText: Bool)
    /// `YYYY-MM-DD`; on reading also the date of a date-time.
    case date
    /// RFC 3339 with offset.
    case rfc3339
    /// An instant as RFC 3339 in UTC.
    case rfc3339UTC
    /// An instant in one spelling of that.
    case instantText(InstantText)
    /// An instant in whole seconds since 1970-01-01T00:00:00Z.
    case unixSeconds
    /// An instant in whole milliseconds since 1970-01-01T00:00:00Z.
    case unixMilliseconds
    /// A length in seconds; with `alsoText`, digits in a string are read too.
    case seconds(alsoText: Bool)
    /// A length in milliseconds; with `alsoText`, digits in a string are read too.
    case milliseconds(alsoText: Bool)
    /// A length in whole minutes.
    case minutes
    /// A length in hours with so many decimal places; with `alsoText`, a number in a string is read too.
    case hours(decimals: Int, alsoText: Bool)
    /// A length as text (`1h30m`): read, and written in whole seconds' canonical form.
    case durationText
    /// A date and a time of day, both in UTC.
    case utcDateAndTime
    /// A date and a time of day, both in the entry's zone.
    case localDateAndTime
    /// A time of day in the entry's zone, beside a day that is another line's.
    case timeOfDay(TimeOfDay)
    /// A date and a time of day in one text without an offset, in UTC or in the entry's zone; on reading, one with an offset is
    /// the instant that it says.
    case dateTime(isLocal: Bool, separator: DateTimeSeparator)
    /// A date alone, written as midnight (with `Z` if it is said to be UTC).
    case midnight(isUTC: Bool)
    /// An IANA zone name.
    case zone
    case integer
    /// An integer that is text in the unified entry, because it exceeds what JavaScript can hold.
    case integerAsText
    /// Any JSON value, passed on untouched.
    case json
    /// A list of texts.
    case textList
    /// A list of texts that the vendor holds as one, with this between them; on reading also a list.
    case joinedList(separator: String)
    case enumeration(Enumeration)
    /// The type and the id of a subject in two fields.
    case typedReference(TypedReference)
    /// A JSON:API relationship: `{data: {type, id}}`, or `{meta: {included: false}}` where it was left out.
    /// Its id is text, of digits only if the vendor's ids are numbers.
    case resource(type: String, isNumber: Bool = false)
    /// A JSON:API relationship that is kept as it is.
    case relationship
    /// The first flag that is set decides. On writing, one flag is set and the others are not.
    case firstTrue(FirstTrue)
    /// Several texts joined by a space; reading only.
    case joinedText
    /// Minor units of a currency.
    case money

    /// What stands between a date and a time of day.
    public enum DateTimeSeparator: String, Sendable, CaseIterable {
        case letter = "T"
        case space = " "
    }

    public struct Enumeration: Sendable, Equatable {
        /// Pairs of the vendor's value and the unified one, in order: the first pair with a unified value is the one
        /// that is written.
        public var values: [Pair]
        /// The unified value for a vendor value that is not listed.
        public var otherwise: Value?
        public var isCaseInsensitive: Bool

        public struct Pair: Sendable, Equatable {
            public var vendor: JSONValue
            public var unified: Value

            public init(vendor: JSONValue, unified: Value) {
                self.vendor = vendor
                self.unified = unified
            }
        }

        public init(values: [Pair], otherwise: Value? = nil, isCaseInsensitive: Bool = false) {
            self.values = values
            self.otherwise = otherwise
            self.isCaseInsensitive = isCaseInsensitive
        }
    }

    public struct TypedReference: Sendable, Equatable {
        /// The types as the vendor spells them, which are the unified types too.
        public var types: [String]
        public var isCaseInsensitive: Bool
        /// What the vendor's ids look like.
        public var id: IdentifierForm

        public enum IdentifierForm: String, Sendable, CaseIterable {
            case id, uuid
            case integerID = "integer_id"

            var converter: Converter {
                switch self {
                case .id: .identifier
                case .uuid: .uuid
                case .integerID: .integerIdentifier
                }
            }
        }

        public init(types: [String], isCaseInsensitive: Bool, id: IdentifierForm = .id) {
            self.types = types
            self.isCaseInsensitive = isCaseInsensitive
            self.id = id
        }
    }

    public struct FirstTrue: Sendable, Equatable {
        public var values: [String]
        public var otherwise: String

        public init(values: [String], otherwise: String) {
            self.values = values
            self.otherwise = otherwise
        }
    }

    /// How many places of the vendor one value is spread over; `nil` where the line decides.
    public var placeCount: Int? {
        switch self {
        case .utcDateAndTime, .localDateAndTime, .typedReference: 2
        case .firstTrue(let flags): flags.values.count
        case .joinedText: nil
        default: 1
        }
    }

    /// Whether what was read can be written again.
    var isReversible: Bool { self != .joinedText }

    /// How finely a vendor tells values apart: what differs by less is the same to it.
    enum Precision: Sendable, Equatable {
        case exact
        /// An instant to the minute.
        case instantMinutes
        /// An instant to the second.
        case instantSeconds
        /// An instant to the millisecond.
        case instantMilliseconds
        /// A length to so many seconds.
        case length(step: Int64)
    }

    var precision: Precision {
        switch self {
        case .minutes: .length(step: 60)
        case .hours(let decimals, _): .length(step: DecimalHours(decimals: decimals).step)
        case .timeOfDay(let time) where !time.clock.holdsSeconds: .instantMinutes
        case .unixSeconds, .timeOfDay: .instantSeconds
        case .unixMilliseconds: .instantMilliseconds
        case .instantText(let form): form.precision
        default: .exact
        }
    }
}

/// One value on its way into a vendor's JSON.
public enum WireValue: Sendable, Equatable {
    case absent
    case null
    /// Null in place of the object that the field stands in (JSON:API's empty relationship).
    case nullObject
    case string(String)
    case integer(Int64)
    case number(String)
    case bool(Bool)
    case json(JSONValue)

    public var isAbsent: Bool { if case .absent = self { true } else { false } }

    var isNullObject: Bool { if case .nullObject = self { true } else { false } }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .absent, .null, .nullObject: writer.null()
        case .string(let text): writer.string(text)
        case .integer(let number): writer.integer(number)
        case .number(let digits): writer.number(text: digits)
        case .bool(let flag): writer.bool(flag)
        case .json(let value): writer.value(value)
        }
    }

    public var json: JSONValue {
        switch self {
        case .absent, .null, .nullObject: .null
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        case .number(let digits): .number(digits)
        case .bool(let flag): .bool(flag)
        case .json(let value): value
        }
    }

    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = .integer(number)
        case .number(let digits): self = .number(digits)
        case .string(let text): self = .string(text)
        case .array, .object: self = .json(value)
        }
    }
}
