internal import CLuaShims

/// A call that waits for a host function's answer. It is resumed once; let go without that, the call is given up.
///
/// Belongs to the thread of its state, like the state itself.
public final class LuaSuspension {
    /// The host function's name.
    public let name: String
    public let arguments: [LuaValue]
    /// What the call has used up to here.
    public let usage: LuaUsage
    /// The function that the host called, by the name that the host gave.
    public let function: String

    private let state: LuaState
    private var call: OpaquePointer?

    init(
        name: String,
        arguments: [LuaValue],
        usage: LuaUsage,
        function: String,
        state: LuaState,
        call: OpaquePointer
    ) {
        self.name = name
        self.arguments = arguments
        self.usage = usage
        self.function = function
        self.state = state
        self.call = call
    }

    deinit {
        if let call { timegate_lua_abandon(call) }
    }

    /// The host function returns `values`, and the script goes on.
    public func resume(returning values: LuaValue...) -> LuaStep {
        var writer = LuaMessageWriter()
        for value in values { writer.value(value) }
        return resume(message: writer.finish(), raising: false)
    }

    /// The host function returns the values of `message`, and the script goes on.
    public func resume(returning message: LuaMessage) -> LuaStep {
        resume(message: message, raising: false)
    }

    /// The host function raises `text` as an error at the script's line, which may catch it with `pcall`.
    public func resume(throwing text: String) -> LuaStep {
        var writer = LuaMessageWriter()
        writer.string(text)
        return resume(message: writer.finish(), raising: true)
    }

    private func resume(message: LuaMessage, raising: Bool) -> LuaStep {
        guard let call else {
            return .failed(
                state.error(.refusedValue, "a suspended call was resumed a second time", function: function),
                usage
            )
        }
        self.call = nil
        return state.step(function) { outcome in
            timegate_lua_resume(call, message.bytes, message.byteCount, raising, &outcome)
            withExtendedLifetime(message) {}
        }
    }
}
