import Foundation
import LuaRuntime
import Synchronization
import Testing

/// A loaded script for tests, its functions called by name.
struct Script {
    let state: LuaState
    let definition: LuaValue

    /// Loads a whole chunk.
    init(
        _ source: String,
        limits: LuaLimits = .instructionsOnly,
        log: (@Sendable (LuaLogLine) -> Void)? = nil
    ) throws(LuaError) {
        let state = try LuaState(limits: limits, log: log)
        self.state = state
        definition = try CallGuard.watching { () throws(LuaError) in
            try state.load(source: Array(source.utf8), chunkName: "plugins/test/plugin.lua")
        }
    }

    /// Loads a chunk with one function `f` of that body.
    init(
        body: String,
        limits: LuaLimits = .instructionsOnly,
        log: (@Sendable (LuaLogLine) -> Void)? = nil
    ) throws(LuaError) {
        try self.init("return {f = function(...)\n\(body)\nend}", limits: limits, log: log)
    }

    func function(_ name: String = "f") throws -> LuaFunction {
        try #require(definition.table?[name]?.function)
    }

    func call(_ name: String, _ arguments: [LuaValue]) throws -> LuaStep {
        let function = try function(name)
        return CallGuard.watching { state.call(function, named: name, arguments) }
    }

    func call(_ name: String, _ message: LuaMessage) throws -> LuaStep {
        state.call(try function(name), named: name, message: message)
    }

    func step(_ name: String = "f", _ arguments: LuaValue...) throws -> LuaStep {
        try call(name, arguments)
    }

    /// Calls and expects results.
    func returns(_ name: String = "f", _ arguments: LuaValue...) throws -> [LuaValue] {
        try call(name, arguments).results()
    }

    /// Calls and expects an error.
    func fails(_ name: String = "f", _ arguments: LuaValue...) throws -> LuaError {
        try call(name, arguments).error()
    }
}

/// What one body returns, in a state of its own.
func evaluate(_ body: String, _ arguments: LuaValue..., limits: LuaLimits = .instructionsOnly) throws -> [LuaValue] {
    let script = try Script(body: body, limits: limits)
    return try script.call("f", arguments).results()
}

/// How one body fails, in a state of its own.
func failure(_ body: String, _ arguments: LuaValue..., limits: LuaLimits = .instructionsOnly) throws -> LuaError {
    let script = try Script(body: body, limits: limits)
    return try script.call("f", arguments).error()
}

/// How a chunk fails to load.
func loadFailure(_ source: String, limits: LuaLimits = .instructionsOnly) throws -> LuaError {
    try loadFailure(Array(source.utf8), limits: limits)
}

func loadFailure(_ source: [UInt8], limits: LuaLimits = .instructionsOnly) throws -> LuaError {
    let state = try LuaState(limits: limits)
    do {
        let value = try CallGuard.watching { () throws(LuaError) in
            try state.load(source: source, chunkName: "plugins/test/plugin.lua")
        }
        throw UnexpectedStep(description: "loaded \(value)")
    } catch let error as LuaError {
        return error
    }
}

struct UnexpectedStep: Error, CustomStringConvertible {
    let description: String
}

extension LuaStep {
    func results() throws -> [LuaValue] {
        switch self {
        case .returned(let values, _): return values
        case .suspended(let suspension): throw UnexpectedStep(description: "suspended in \(suspension.name)")
        case .failed(let error, _): throw error
        }
    }

    func error() throws -> LuaError {
        switch self {
        case .returned(let values, _): throw UnexpectedStep(description: "returned \(values)")
        case .suspended(let suspension): throw UnexpectedStep(description: "suspended in \(suspension.name)")
        case .failed(let error, _): return error
        }
    }

    func suspension() throws -> LuaSuspension {
        switch self {
        case .returned(let values, _): throw UnexpectedStep(description: "returned \(values)")
        case .suspended(let suspension): return suspension
        case .failed(let error, _): throw error
        }
    }

    var usage: LuaUsage {
        switch self {
        case .returned(_, let usage), .failed(_, let usage): usage
        case .suspended(let suspension): suspension.usage
        }
    }
}

extension LuaLimits {
    /// These limits with some changed.
    func with(_ change: (inout LuaLimits) -> Void) -> LuaLimits {
        var limits = self
        change(&limits)
        return limits
    }

    /// With a deadline that no machine reaches, so that the instruction count decides. It is two seconds of the processor's
    /// time, so that a test whose limit has failed ends all the same, and fails.
    static let instructionsOnly = LuaLimits().with { $0.softDeadlineNanoseconds = 2_000_000_000 }
}

extension LuaLimits {
    /// With more instructions than a machine gets done within the deadline, so that the deadline decides.
    static let deadlineOnly = LuaLimits().with {
        $0.instructionsPerCall = 200_000_000; $0.softDeadlineNanoseconds = 20_000_000
    }
}

extension LuaLimits {
    /// For scripts that are no test of a limit.
    static let unhurried = LuaLimits().with {
        $0.instructionsPerCall = 100_000_000; $0.softDeadlineNanoseconds = 60_000_000_000
    }
}

/// The bytes that this process has resident.
func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = try #require(Int(text.split(separator: " ")[1]))
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// By how many bytes the process grows when something is done again and again: the least of five times. What leaks shows each
/// time, and what other tests take meanwhile does not.
func leastGrowth(of round: () throws -> Void) throws -> Int {
    var least = Int.max
    for _ in 0..<5 {
        let before = try residentBytes()
        try round()
        least = min(least, try residentBytes() - before)
    }
    return least
}

/// Lines that scripts logged.
final class LogLines: Sendable {
    private let storage = Mutex<[LuaLogLine]>([])

    var all: [LuaLogLine] { storage.withLock { $0 } }

    func clear() { storage.withLock { $0.removeAll() } }

    var receive: @Sendable (LuaLogLine) -> Void {
        { line in self.storage.withLock { $0.append(line) } }
    }
}
