/// A value that crosses between the host and a script.
///
/// Integers and floats stay what they are. A string is UTF-8. `array` and `object` are what a plain table becomes;
/// `table` and `function` only come out of a loaded definition.
public enum LuaValue: Sendable, Equatable {
    /// Nothing there.
    case `nil`
    /// `json.null`: there, and empty.
    case null
    case bool(Bool)
    case integer(Int64)
    /// Finite.
    case number(Double)
    /// A JSON number that no double holds exactly; scripts can compare it with `==` and turn it into text.
    case decimal(String)
    case string(String)
    case array([LuaValue])
    case object(LuaObject)
    case table(LuaTable)
    case function(LuaFunction)
    /// To a script only: a function that suspends the call under this name.
    case hostFunction(String)
    /// To a script only: a global of the environment, such as `log`, to be found under another name too.
    case builtin(String)
}

extension LuaValue {
    public var isNil: Bool { self == .nil }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var array: [LuaValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: LuaObject? {
        if case .object(let value) = self { value } else { nil }
    }

    public var table: LuaTable? {
        if case .table(let value) = self { value } else { nil }
    }

    public var function: LuaFunction? {
        if case .function(let value) = self { value } else { nil }
    }
}

extension LuaValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(arrayLiteral elements: LuaValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, LuaValue)...) {
        self = .object(LuaObject(elements.map { LuaObject.Member(name: $0.0, value: $0.1) }))
    }
}

/// Named values. From a script they come sorted by name, in byte order.
public struct LuaObject: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: LuaValue

        public init(name: String, value: LuaValue) {
            self.name = name
            self.value = value
        }
    }

    public var members: [Member]

    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of the first member of that name, nil if there is none.
    public subscript(name: String) -> LuaValue? {
        members.first { $0.name == name }?.value
    }
}

/// A table of a definition: a list part, elements 1 to n, and everything else by key.
public struct LuaTable: Sendable, Equatable {
    public enum Key: Sendable, Hashable {
        case string(String)
        case integer(Int64)
        case bool(Bool)
    }

    public struct Field: Sendable, Equatable {
        public var key: Key
        public var value: LuaValue

        public init(key: Key, value: LuaValue) {
            self.key = key
            self.value = value
        }
    }

    public var list: [LuaValue]
    /// Sorted: integers, then strings in byte order, then false and true.
    public var fields: [Field]

    public init(list: [LuaValue] = [], fields: [Field] = []) {
        self.list = list
        self.fields = fields
    }

    public var isEmpty: Bool { list.isEmpty && fields.isEmpty }

    public subscript(name: String) -> LuaValue? {
        self[.string(name)]
    }

    /// The value at a key, elements of the list part included; nil if there is none.
    public subscript(key: Key) -> LuaValue? {
        if case .integer(let index) = key, index >= 1, index <= Int64(list.count) { return list[Int(index) - 1] }
        return fields.first { $0.key == key }?.value
    }

    /// Everything by key, the list part as 1 to n: for tables such as `{[1] = "manual", [2] = "timer", [5] = "generated"}`,
    /// whose first two would else look like a list.
    public var entries: [Field] {
        list.enumerated().map { Field(key: .integer(Int64($0.offset) + 1), value: $0.element) } + fields
    }
}

/// A function of a loaded definition. It can be called on every state that has loaded the same chunk: loading gives the
/// same functions the same numbers.
public struct LuaFunction: Sendable, Hashable {
    let number: UInt32
    /// Of the chunk's name and text.
    let digest: UInt64
}
