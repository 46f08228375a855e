/// The name of a member as messages have it, made once for the life of the process.
///
/// `@unchecked Sendable`: nobody writes its bytes.
public struct LuaName: @unchecked Sendable {
    /// The length, then the text.
    let bytes: UnsafeRawBufferPointer

    public init(_ text: String) {
        let utf8 = Array(text.utf8)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 + utf8.count, alignment: 4)
        memory.storeBytes(of: UInt32(utf8.count).littleEndian, as: UInt32.self)
        UnsafeMutableRawBufferPointer(rebasing: memory[4...]).copyBytes(from: utf8)
        bytes = UnsafeRawBufferPointer(memory)
    }
}
