internal import CLuaShims

/// Writes arguments straight into the flat form, without a `LuaValue` for each.
///
/// Each value written outside of an array or object is one argument. In an object, `name` comes before each value.
/// Whoever writes strings from bytes answers for their being UTF-8; the script's side checks and refuses otherwise.
public struct LuaMessageWriter: ~Copyable {
    private let message: LuaMessage
    private var start: UnsafeMutableRawPointer  // of the message
    private var capacity: Int  // of the message
    private var length = 4  // the number of arguments goes first
    private var count: UInt32 = 0
    private var open = 0  // how many arrays and objects are begun and not ended
    /// Where the count of each stands, and what had been counted outside of it. The first few need no memory of their own.
    private var outer = InlineArray<8, Level>(repeating: Level(place: 0, count: 0))
    private var deeper: [Level] = []

    private struct Level {
        let place: Int
        let count: UInt32
    }

    public init(reserving bytes: Int = 1024) {
        message = LuaMessage(capacity: max(bytes, 64))
        start = message.start
        capacity = message.capacity
    }

    /// Writes over a message that nobody reads any more.
    public init(over old: LuaMessage) {
        message = old
        start = old.start
        capacity = old.capacity
    }

    /// The message. Every array and object must have been ended.
    ///
    /// - Parameter number: of all messages that a state is handed only this one has it. Then a second function that is called with
    ///   it gets the arguments that are there; with 0 they are compared with it.
    public consuming func finish(number: UInt64 = 0) -> LuaMessage {
        precondition(open == 0, "an array or object was not ended")
        start.storeBytes(of: count.littleEndian, as: UInt32.self)
        message.end(at: length, number: number)
        return message
    }

    public mutating func nilValue() { tag(TIMEGATE_LUA_TAG_NIL) }

    public mutating func null() { tag(TIMEGATE_LUA_TAG_NULL) }

    public mutating func bool(_ value: Bool) { tag(value ? TIMEGATE_LUA_TAG_TRUE : TIMEGATE_LUA_TAG_FALSE) }

    public mutating func integer(_ value: Int64) {
        tag(TIMEGATE_LUA_TAG_INTEGER)
        append(value.littleEndian)
    }

    /// Must be finite, else the call is refused.
    public mutating func number(_ value: Double) {
        tag(TIMEGATE_LUA_TAG_NUMBER)
        append(value.bitPattern.littleEndian)
    }

    /// A JSON number as its source has it: an integer if it is one that fits, a float if that keeps its value, else a
    /// decimal.
    public mutating func number(text: UnsafeBufferPointer<UInt8>) {
        switch LuaDecimal.classify(text) {
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .decimal:
            tag(TIMEGATE_LUA_TAG_DECIMAL)
            appendText(text)
        }
    }

    public mutating func number(text: String) {
        var text = text
        text.withUTF8 { number(text: $0) }
    }

    public mutating func string(_ value: String) {
        tag(TIMEGATE_LUA_TAG_STRING)
        appendText(value)
    }

    public mutating func string(utf8: UnsafeBufferPointer<UInt8>) {
        tag(TIMEGATE_LUA_TAG_STRING)
        appendText(utf8)
    }

    /// A function that suspends the call under this name.
    public mutating func hostFunction(_ name: String) {
        tag(TIMEGATE_LUA_TAG_HOST_FUNCTION)
        appendText(name)
    }

    /// A global of the environment, such as `log`.
    public mutating func builtin(_ name: String) {
        tag(TIMEGATE_LUA_TAG_BUILTIN)
        appendText(name)
    }

    public mutating func beginArray() { begin(TIMEGATE_LUA_TAG_ARRAY) }

    public mutating func endArray() { end() }

    public mutating func beginObject() { begin(TIMEGATE_LUA_TAG_OBJECT) }

    public mutating func endObject() { end() }

    /// Begins an object that has the members of another one, and those that follow.
    public mutating func beginObject(on base: LuaObjectBase) {
        tag(TIMEGATE_LUA_TAG_OBJECT_ON)
        appendText(UnsafeBufferPointer(start: base.message.bytes + 4, count: base.message.byteCount - 4))
        open(Level(place: length, count: count))
    }

    /// The name of the member whose value comes next.
    public mutating func name(_ name: StaticString) {
        appendText(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    public mutating func name(text: String) { appendText(text) }

    public mutating func name(_ name: LuaName) {
        let count = name.bytes.count
        reserve(count)
        start.advanced(by: length).copyMemory(from: name.bytes.baseAddress!, byteCount: count)
        length += count
    }

    public mutating func name(utf8: UnsafeBufferPointer<UInt8>) { appendText(utf8) }

    public mutating func value(_ value: LuaValue) {
        switch value {
        case .nil: nilValue()
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .decimal(let digits):
            tag(TIMEGATE_LUA_TAG_DECIMAL)
            appendText(digits)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                name(text: member.name)
                self.value(member.value)
            }
            endObject()
        case .table(let table): self.table(table)
        case .function(let function):
            tag(TIMEGATE_LUA_TAG_FUNCTION)
            append(function.number.littleEndian)
        case .hostFunction(let name): hostFunction(name)
        case .builtin(let name): builtin(name)
        }
    }

    private mutating func table(_ table: LuaTable) {
        let saved = count + 1
        tag(TIMEGATE_LUA_TAG_TABLE)
        append(UInt32(table.list.count).littleEndian)
        append(UInt32(table.fields.count).littleEndian)
        for element in table.list { value(element) }
        for field in table.fields {
            switch field.key {
            case .string(let key): string(key)
            case .integer(let key): integer(key)
            case .bool(let key): bool(key)
            }
            value(field.value)
        }
        count = saved  // its parts are no arguments
    }

    private mutating func begin(_ kind: Int) {
        tag(kind)
        open(Level(place: length, count: count))
    }

    private mutating func open(_ level: Level) {
        if open < 8 { outer[open] = level } else { deeper.append(level) }
        open += 1
        append(UInt32(0))
        count = 0
    }

    private mutating func end() {
        precondition(open > 0, "nothing was begun")
        open -= 1
        let last = open < 8 ? outer[open] : deeper.removeLast()
        start.storeBytes(of: count.littleEndian, toByteOffset: last.place, as: UInt32.self)
        count = last.count
    }

    private mutating func tag(_ tag: Int) {
        count &+= 1
        append(UInt8(truncatingIfNeeded: tag))
    }

    @inline(__always)
    private mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        start.storeBytes(of: value, toByteOffset: length, as: Value.self)
        length += MemoryLayout<Value>.size
    }

    private mutating func appendText(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { appendText($0) }
        if isWritten != nil { return }
        var copy = text
        copy.withUTF8 { appendText($0) }
    }

    private mutating func appendText(_ text: UnsafeBufferPointer<UInt8>) {
        append(UInt32(text.count).littleEndian)
        guard let source = text.baseAddress, !text.isEmpty else { return }
        reserve(text.count)
        start.advanced(by: length).copyMemory(from: source, byteCount: text.count)
        length += text.count
    }

    @inline(__always)
    private mutating func reserve(_ bytes: Int) {
        if capacity - length < bytes { grow(bytes) }
    }

    @inline(never)
    private mutating func grow(_ bytes: Int) {
        message.grow(to: length + bytes, keeping: length)
        start = message.start
        capacity = message.capacity
    }
}
