/// Arguments or results in the flat form that `CLuaShims.h` describes. Written by `LuaMessageWriter`.
///
/// `@unchecked Sendable`: only the one writer changes it, and that cannot be copied and gives it away when it finishes;
/// from then on nobody does.
public final class LuaMessage: @unchecked Sendable {
    private(set) var start: UnsafeMutableRawPointer
    private(set) var capacity: Int
    public private(set) var byteCount = 0
    /// Tells it from the other messages that a state is handed; 0 tells it from none.
    private(set) var number: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
        start = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        start.deallocate()
    }

    var bytes: UnsafePointer<UInt8> {
        UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
    }

    func end(at byteCount: Int, number: UInt64) {
        self.byteCount = byteCount
        self.number = number
    }

    /// Makes room for at least `needed` bytes and keeps the first `used`.
    func grow(to needed: Int, keeping used: Int) {
        while capacity < needed { capacity *= 2 }
        let grown = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        grown.copyMemory(from: start, byteCount: used)
        start.deallocate()
        start = grown
    }
}
