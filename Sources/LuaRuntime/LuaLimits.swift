internal import CLuaShims

/// What a script may use. The first three apply to one load or one call, over all of its suspensions; hitting one of
/// them ends the whole state, since a script that was stopped in the middle leaves nothing that can be trusted.
public struct LuaLimits: Sendable, Equatable {
    /// Instructions of the virtual machine, and what library functions do counted as instructions.
    public var instructionsPerCall: UInt64 = 1_000_000
    /// Running time in nanoseconds; time suspended is left out. Noticed up to about 10 ms late.
    public var softDeadlineNanoseconds: UInt64 = 50_000_000
    /// Bytes that the state may hold, its environment (about 16 KiB) and its definition included.
    public var memoryBytes: Int = 16 << 20
    /// Bytes of source text.
    public var sourceBytes: Int = 256 << 10
    /// Bytes of one string that a library function builds.
    public var stringBytes: Int = 1 << 20
    /// Bytes of one list of results, or of arguments of a host function.
    public var resultBytes: Int = 1 << 20
    /// Values in one list of results.
    public var resultNodes: Int = 10_000
    /// Nesting of results, at most 64.
    public var resultDepth: Int = 32
    /// Log lines of one call; more are counted and dropped.
    public var logLines: Int = 100
    /// Bytes of one log line; the rest is cut off, marked with "…".
    public var logLineBytes: Int = 1024

    public init() {}

    var shimLimits: timegate_lua_limits {
        var limits = timegate_lua_limits()
        limits.instructions = instructionsPerCall
        limits.deadline_nanoseconds = softDeadlineNanoseconds
        limits.memory = max(memoryBytes, 0)
        limits.source = max(sourceBytes, 0)
        limits.string = max(stringBytes, 0)
        limits.result = max(resultBytes, 0)
        limits.nodes = UInt32(clamping: resultNodes)
        limits.depth = UInt32(clamping: resultDepth)
        limits.log_lines = UInt32(clamping: logLines)
        limits.log_line = UInt32(clamping: logLineBytes)
        return limits
    }
}
