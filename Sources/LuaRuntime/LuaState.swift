internal import CLuaShims
internal import Synchronization

/// One Lua state with one loaded chunk, closed to everything but the functions of its environment.
///
/// Not `Sendable`: one state per script and event loop, used on that loop only. Its calls may be suspended and interleave,
/// and never run at the same time. Use one state for one script; two scripts in one state would see each other's strings
/// and share limits. When `isDead`, make a new one.
///
/// No Lua function is ever called from Swift: see `CLuaShims.h` for why, and for what crosses.
public final class LuaState {
    public let limits: LuaLimits
    /// What loading found that may be a mistake: file-level locals that a function assigns to.
    public private(set) var warnings: [String] = []
    /// The globals that the chunk's functions name, and those that the chunk itself defines.
    public private(set) var globals: [LuaGlobalUse] = []

    private let handle: OpaquePointer
    private let sink: LuaLogSink?
    private var source = LuaSource(name: "", bytes: [])
    private var digest: UInt64 = 0

    /// Makes a state. `log` takes the lines that scripts log, on the thread that runs the script, while it runs.
    ///
    /// - Throws: `.memory` if the limit does not even hold the environment.
    public convenience init(
        limits: LuaLimits = LuaLimits(),
        log: (@Sendable (LuaLogLine) -> Void)? = nil
    ) throws(LuaError) {
        try self.init(limits: limits, log: log, failingAllocations: 0..<0)
    }

    /// For tests: lets the allocations with these 1-based numbers fail.
    package init(
        limits: LuaLimits,
        log: (@Sendable (LuaLogLine) -> Void)?,
        failingAllocations: Range<UInt64>
    ) throws(LuaError) {
        var shimLimits = limits.shimLimits
        shimLimits.fail_from = failingAllocations.lowerBound
        shimLimits.fail_count = UInt64(failingAllocations.count)
        let sink = log.map(LuaLogSink.init)
        let context = sink.map { Unmanaged.passUnretained($0).toOpaque() }
        guard let handle = timegate_lua_open(&shimLimits, sink == nil ? nil : LuaLogSink.forward, context) else {
            throw LuaError(kind: .memory, message: "no memory left for a Lua state's environment", chunk: "")
        }
        self.limits = limits
        self.sink = sink
        self.handle = handle
        Self.living.add(1, ordering: .relaxed)
    }

    deinit {
        timegate_lua_close(handle)
        Self.living.subtract(1, ordering: .relaxed)
    }

    private static let living = Atomic(0)

    /// How many states there are in the process.
    public static var count: Int { living.load(ordering: .relaxed) }

    /// True once a limit was hit: every further call fails with `.dead`.
    public var isDead: Bool { timegate_lua_is_dead(handle) }

    /// Bytes that the state holds.
    public var memoryInUse: Int { timegate_lua_memory(handle) }

    /// For tests: how many allocations were asked for so far.
    package var allocations: UInt64 { timegate_lua_allocations(handle) }

    /// For tests: a full collection, so that two readings of `memoryInUse` can be compared.
    package func collect() { timegate_lua_collect(handle) }

    /// For tests: one line for each thing that a script can reach.
    package func reachable() -> [String] {
        var outcome = timegate_lua_outcome()
        timegate_lua_reachable(handle, &outcome)
        let text = String(decoding: UnsafeBufferPointer(start: outcome.bytes, count: outcome.length), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    /// Compiles and runs a chunk of source text under the limits, and returns the value that it returns. Then globals,
    /// libraries, the returned tables and every table that a function holds on to become read-only.
    ///
    /// - Parameter chunkName: what errors call it, such as `plugins/acme/plugin.lua`.
    /// - Throws: `.syntax`, `.runtime`, `.badResult`, a limit, or `.refusedValue` on a second load.
    public func load(source bytes: [UInt8], chunkName: String) throws(LuaError) -> LuaValue {
        if source.name.isEmpty {
            source = LuaSource(name: chunkName, bytes: bytes)
            digest = Self.digest(chunkName, bytes)
        }
        var outcome = timegate_lua_outcome()
        bytes.withUnsafeBufferPointer { buffer in
            "@\(chunkName)".withCString { timegate_lua_load(handle, buffer.baseAddress, buffer.count, $0, &outcome) }
        }
        guard outcome.status == TIMEGATE_LUA_RETURNED else { throw error(outcome, function: nil) }
        var reader = LuaMessageReader(start: outcome.bytes, count: outcome.length, digest: digest)
        let definition = reader.values()
        let notes = reader.value().array?.compactMap(\.string) ?? []
        globals = notes.compactMap(LuaGlobalUse.init)
        warnings = notes.filter { LuaGlobalUse($0) == nil }
        return definition.first ?? .nil
    }

    /// Calls a function of the definition. `name` is what errors call it.
    public func call(_ function: LuaFunction, named name: String, _ arguments: [LuaValue]) -> LuaStep {
        var writer = LuaMessageWriter()
        for argument in arguments { writer.value(argument) }
        return call(function, named: name, message: writer.finish())
    }

    /// Calls a function of the definition with arguments that are already in the flat form.
    ///
    /// - Parameter keepsArgument: the first result is then the first argument as the function left it, or nil where that
    ///   is as it was, before the function's own results.
    public func call(
        _ function: LuaFunction,
        named name: String,
        message: LuaMessage,
        keepsArgument: Bool = false
    ) -> LuaStep {
        guard function.digest == digest else {
            return .failed(error(.refusedValue, "this function belongs to another script", function: name), LuaUsage())
        }
        return step(name) { outcome in
            timegate_lua_start(
                handle,
                function.number,
                message.bytes,
                message.byteCount,
                message.number,
                keepsArgument,
                &outcome
            )
            withExtendedLifetime(message) {}
        }
    }

    /// Runs the script by `run` and reads the outcome before the state's buffer is used again.
    func step(_ function: String, run: (inout timegate_lua_outcome) -> Void) -> LuaStep {
        var outcome = timegate_lua_outcome()
        run(&outcome)
        let usage = LuaUsage(
            instructions: outcome.instructions,
            nanoseconds: outcome.nanoseconds,
            memoryInUse: outcome.memory,
            logLines: Int(outcome.log_lines),
            logLinesDropped: Int(outcome.log_lines_dropped)
        )
        switch outcome.status {
        case TIMEGATE_LUA_RETURNED:
            var reader = LuaMessageReader(start: outcome.bytes, count: outcome.length, digest: digest)
            return .returned(reader.results(), usage)
        case TIMEGATE_LUA_SUSPENDED:
            var reader = LuaMessageReader(start: outcome.bytes, count: outcome.length, digest: digest)
            let name = reader.text()
            return .suspended(
                LuaSuspension(
                    name: name,
                    arguments: reader.values(),
                    usage: usage,
                    function: function,
                    state: self,
                    call: outcome.suspended!
                )
            )
        default:
            return .failed(error(outcome, function: function), usage)
        }
    }

    func error(_ kind: LuaError.Kind, _ message: String, function: String?) -> LuaError {
        LuaError(kind: kind, message: message, chunk: source.name, function: function)
    }

    private func error(_ outcome: timegate_lua_outcome, function: String?) -> LuaError {
        let text = UnsafeBufferPointer(start: outcome.bytes, count: outcome.length)
        let frames = UnsafeBufferPointer(start: outcome.traceback, count: outcome.traceback_length)
        let line = outcome.line == 0 ? nil : Int(outcome.line)
        return LuaError(
            kind: LuaError.Kind(outcome.status),
            message: String(decoding: text, as: UTF8.self),
            chunk: source.name,
            line: line,
            excerpt: line.map(source.excerpt(around:)) ?? "",
            function: function,
            traceback: String(decoding: frames, as: UTF8.self).split(separator: "\n").map(String.init)
        )
    }

    /// FNV-1a: tells scripts apart, no more.
    private static func digest(_ name: String, _ bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in name.utf8 { add(byte) }
        add(0)
        for byte in bytes { add(byte) }
        return hash
    }
}

extension LuaError.Kind {
    fileprivate init(_ status: timegate_lua_status) {
        switch status {
        case TIMEGATE_LUA_SYNTAX: self = .syntax
        case TIMEGATE_LUA_INSTRUCTIONS: self = .instructions
        case TIMEGATE_LUA_DEADLINE: self = .deadline
        case TIMEGATE_LUA_MEMORY: self = .memory
        case TIMEGATE_LUA_BAD_RESULT: self = .badResult
        case TIMEGATE_LUA_DEAD: self = .dead
        case TIMEGATE_LUA_REFUSED_VALUE: self = .refusedValue
        default: self = .runtime
        }
    }
}
