/// One line that a script logged: escaped, valid UTF-8, at most `LuaLimits.logLineBytes`.
public struct LuaLogLine: Sendable, Equatable {
    public enum Level: Int, Sendable {
        case trace, debug, info, notice, warning, error
    }

    public let level: Level
    public let text: String
}

/// Holds the host's closure where C can find it.
final class LuaLogSink: Sendable {
    private let receive: @Sendable (LuaLogLine) -> Void

    init(_ receive: @escaping @Sendable (LuaLogLine) -> Void) {
        self.receive = receive
    }

    /// What C calls with the address of a sink. It runs above Lua frames: it returns, throws nothing, and calls no Lua.
    static let forward: @convention(c) (UnsafeMutableRawPointer?, CInt, UnsafePointer<UInt8>?, Int) -> Void = {
        context,
        level,
        text,
        length in
        guard let context else { return }
        let sink = Unmanaged<LuaLogSink>.fromOpaque(context).takeUnretainedValue()
        let bytes = UnsafeBufferPointer(start: text, count: length)
        sink.receive(
            LuaLogLine(
                level: LuaLogLine.Level(rawValue: Int(level)) ?? .info,
                text: String(decoding: bytes, as: UTF8.self)
            )
        )
    }
}
