/// An object in the flat form that many objects are built on: what one call after the other is handed the same.
///
/// A state makes its tables once and shares them between calls for as long as no call writes them.
public struct LuaObjectBase: Sendable {
    let message: LuaMessage

    /// - Parameter write: writes one object.
    public init(_ write: (inout LuaMessageWriter) -> Void) {
        var writer = LuaMessageWriter(reserving: 256)
        write(&writer)
        message = writer.finish()
    }
}
