internal import CLuaShims

/// Reads what `encode.c` wrote: trusted in its form, so a byte out of place is a mistake in this module and traps.
struct LuaMessageReader {
    private var rest: UnsafeRawBufferPointer
    private let digest: UInt64

    init(start: UnsafePointer<UInt8>?, count: Int, digest: UInt64) {
        rest = UnsafeRawBufferPointer(start: start, count: count)
        self.digest = digest
    }

    // What most functions return, made once.
    private static let justNil: [LuaValue] = [.nil]
    private static let justTrue: [LuaValue] = [.bool(true)]

    /// The results of a function: all that is left.
    mutating func results() -> [LuaValue] {
        let tag = rest.count == 5 ? Int(rest[4]) : -1
        if tag == TIMEGATE_LUA_TAG_NIL { return LuaMessageReader.justNil }
        if tag == TIMEGATE_LUA_TAG_TRUE { return LuaMessageReader.justTrue }
        return values()
    }

    mutating func values() -> [LuaValue] {
        let count = Int(take(UInt32.self))
        var values: [LuaValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(value()) }
        return values
    }

    mutating func text() -> String {
        let count = Int(take(UInt32.self))
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: rest[0..<count]), as: UTF8.self)
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return text
    }

    mutating func value() -> LuaValue {
        switch Int(take(UInt8.self)) {
        case TIMEGATE_LUA_TAG_NIL: return .nil
        case TIMEGATE_LUA_TAG_NULL: return .null
        case TIMEGATE_LUA_TAG_FALSE: return .bool(false)
        case TIMEGATE_LUA_TAG_TRUE: return .bool(true)
        case TIMEGATE_LUA_TAG_INTEGER: return .integer(take(Int64.self))
        case TIMEGATE_LUA_TAG_NUMBER: return .number(Double(bitPattern: take(UInt64.self)))
        case TIMEGATE_LUA_TAG_DECIMAL: return .decimal(text())
        case TIMEGATE_LUA_TAG_STRING: return .string(text())
        case TIMEGATE_LUA_TAG_ARRAY: return .array(values())
        case TIMEGATE_LUA_TAG_OBJECT:
            let count = Int(take(UInt32.self))
            var members: [LuaObject.Member] = []
            members.reserveCapacity(count)
            for _ in 0..<count {
                let name = text()
                members.append(LuaObject.Member(name: name, value: value()))
            }
            return .object(LuaObject(members))
        case TIMEGATE_LUA_TAG_TABLE: return .table(table())
        case TIMEGATE_LUA_TAG_FUNCTION: return .function(LuaFunction(number: take(UInt32.self), digest: digest))
        case let tag: preconditionFailure("unknown tag \(tag) in a message from Lua")
        }
    }

    private mutating func table() -> LuaTable {
        let listed = Int(take(UInt32.self))
        let fields = Int(take(UInt32.self))
        var table = LuaTable()
        table.list.reserveCapacity(listed)
        table.fields.reserveCapacity(fields)
        for _ in 0..<listed { table.list.append(value()) }
        for _ in 0..<fields {
            let key: LuaTable.Key
            switch value() {
            case .string(let name): key = .string(name)
            case .integer(let number): key = .integer(number)
            case .bool(let flag): key = .bool(flag)
            case let other: preconditionFailure("unexpected key \(other) in a message from Lua")
            }
            table.fields.append(LuaTable.Field(key: key, value: value()))
        }
        return table
    }

    private mutating func take<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) -> Value {
        let value = rest.loadUnaligned(as: type)
        rest = UnsafeRawBufferPointer(rebasing: rest[MemoryLayout<Value>.size...])
        return Value(littleEndian: value)
    }
}
