/// What came of running a script up to its next stop.
public enum LuaStep {
    /// It returned, with all of its results.
    case returned([LuaValue], LuaUsage)
    /// It called a host function and waits for the answer.
    case suspended(LuaSuspension)
    indirect case failed(LuaError, LuaUsage)
}

/// What a call has used so far, over all of its runs.
public struct LuaUsage: Sendable, Equatable {
    /// Counted in steps of 100: up to 100 too many for each run.
    public var instructions: UInt64 = 0
    /// Running time, time suspended left out.
    public var nanoseconds: UInt64 = 0
    /// Bytes that the state holds, all calls together.
    public var memoryInUse = 0
    public var logLines = 0
    /// Log lines over `LuaLimits.logLines`.
    public var logLinesDropped = 0
}
