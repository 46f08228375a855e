extension Converter {
    /// As plugins write it, and as capabilities name it.
    public var contractName: String {
        switch self {
        case .identifier: "id"
        case .integerIdentifier: "integer_id"
        case .uuid: "uuid"
        case .text: "text"
        case .html: "html"
        case .boolean: "boolean"
        case .date: "date"
        case .rfc3339: "rfc3339"
        case .rfc3339UTC: "rfc3339_utc"
        case .unixSeconds: "unix_seconds"
        case .unixMilliseconds: "unix_milliseconds"
        case .seconds: "seconds"
        case .milliseconds: "milliseconds"
        case .minutes: "minutes"
        case .hours: "hours"
        case .durationText: "duration_text"
        case .utcDateAndTime: "utc_date_and_time"
        case .localDateAndTime: "local_date_and_time"
        case .dateTime(let isLocal, _): isLocal ? "local_datetime" : "utc_datetime"
        case .midnight(let isUTC): isUTC ? "midnight_utc" : "midnight"
        case .zone: "time_zone"
        case .integer: "integer"
        case .integerAsText: "integer_as_text"
        case .json: "json"
        case .textList, .joinedList: "text_list"
        case .enumeration: "enum"
        case .typedReference: "typed_reference"
        case .resource: "resource"
        case .relationship: "relationship"
        case .firstTrue: "first_true"
        case .joinedText: "joined_text"
        case .money: "money"
        }
    }
}
