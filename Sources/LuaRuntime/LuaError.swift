/// Why a script did not load, or a call did not return.
///
/// Every text in it is bounded, valid UTF-8, on one line (the excerpt apart), with control characters escaped, and
/// free of memory addresses. It may hold what the script put into its message.
public struct LuaError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The chunk does not compile, is not text, or is too large.
        case syntax
        /// The script raised an error.
        case runtime
        /// More than `LuaLimits.instructionsPerCall`. The state is dead.
        case instructions
        /// More than `LuaLimits.softDeadlineNanoseconds`. The state is dead.
        case deadline
        /// More than `LuaLimits.memoryBytes`. The state is dead.
        case memory
        /// What the script returned cannot cross: too deep, too large, cyclic, mixed, not UTF-8, not finite.
        case badResult
        /// The state was stopped at a limit before.
        case dead
        /// The host handed over what it must not: a mistake of the host's.
        case refusedValue
    }

    public let kind: Kind
    /// What happened, at most 2 KiB, without the place.
    public let message: String
    /// The chunk's name as given to `LuaState.load`, such as `plugins/acme/plugin.lua`.
    public let chunk: String
    /// 1-based line of the chunk, where one is known.
    public let line: Int?
    /// The lines around `line` with a mark before it; empty where no line is known.
    public let excerpt: String
    /// The function that the host called, by the name that the host gave, such as `authorize`; nil for a load.
    public let function: String?
    /// The script's frames, innermost first, at most 12: `plugins/acme/plugin.lua:12: in local 'helper'`.
    public let traceback: [String]

    init(
        kind: Kind,
        message: String,
        chunk: String,
        line: Int? = nil,
        excerpt: String = "",
        function: String? = nil,
        traceback: [String] = []
    ) {
        self.kind = kind
        self.message = message
        self.chunk = chunk
        self.line = line
        self.excerpt = excerpt
        self.function = function
        self.traceback = traceback
    }

    /// `plugins/acme/plugin.lua:12: authorize: message`, as far as each is known.
    public var description: String {
        var text = chunk
        if let line { text += ":\(line)" }
        if !text.isEmpty { text += ": " }
        if let function { text += "\(function): " }
        return text + message
    }
}
