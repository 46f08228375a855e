/// Arguments or results in the flat form that `CLuaShims.h` describes. Written by `LuaMessageWriter`.
///
/// `@unchecked Sendable`: only the one writer changes it, and that cannot be copied and gives it away when it finishes;
/// from then on nobody does.
public final class LuaMessage: @unchecked Sendable {
    /// What is written and asked in every call, beside the object: there each look would be an access that is checked.
    private struct Content {
        var start: UnsafeMutableRawPointer
        var capacity: Int
        var byteCount = 0
        var number: UInt64 = 0
    }

    private let content: UnsafeMutablePointer<Content>

    init(capacity: Int) {
        content = .allocate(capacity: 1)
        content.initialize(to: Content(start: .allocate(byteCount: capacity, alignment: 8), capacity: capacity))
    }

    deinit {
        content.pointee.start.deallocate()
        content.deallocate()
    }

    var start: UnsafeMutableRawPointer { content.pointee.start }
    var capacity: Int { content.pointee.capacity }
    public var byteCount: Int { content.pointee.byteCount }
    /// Tells it from the other messages that a state is handed; 0 tells it from none.
    var number: UInt64 { content.pointee.number }

    var bytes: UnsafePointer<UInt8> {
        UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
    }

    func end(at byteCount: Int, number: UInt64) {
        content.pointee.byteCount = byteCount
        content.pointee.number = number
    }

    /// Makes room for at least `needed` bytes and keeps the first `used`.
    func grow(to needed: Int, keeping used: Int) {
        var capacity = capacity
        while capacity < needed { capacity *= 2 }
        let grown = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        grown.copyMemory(from: start, byteCount: used)
        start.deallocate()
        content.pointee.start = grown
        content.pointee.capacity = capacity
    }
}
