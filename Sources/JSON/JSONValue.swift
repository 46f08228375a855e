/// An owned JSON value. The order of members and the digits of numbers are kept.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// The source digits of a number that is not an Int64-exact integer literal. The text must be a JSON number:
    /// see ``JSONNumber/isValid(_:)``.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONDocument(parsing: text, limits: limits).root.value
    }

    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONDocument(parsing: bytes, limits: limits).root.value
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The value of an ``integer(_:)``, nil for all else.
    public var int64: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The digits of an ``integer(_:)`` or a ``number(_:)``.
    public var numberText: String? {
        switch self {
        case .integer(let value): String(value)
        case .number(let text): text
        default: nil
        }
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The member of that name; nil if there is none or this is no object.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// The element at that position from 0; nil beyond the ends or if this is no array.
    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

extension JSONValue: Equatable {
    /// The same kind and content: members in the same order, strings byte by byte, numbers with the same digits.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): JSONBytes.areEqual(left, right)
        case (.string(let left), .string(let right)): JSONBytes.areEqual(left, right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The compact text.
    public var description: String { serialized() }
}
