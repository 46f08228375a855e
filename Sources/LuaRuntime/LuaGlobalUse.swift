/// A place in a chunk that names a global, found in its code: also where no call has come yet.
public struct LuaGlobalUse: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// A function reads it, or assigns to it; the chunk itself defines it while it loads.
        case read, write, define
    }

    public let name: String
    public let kind: Kind
    /// 1-based.
    public let line: Int

    /// From `global 12 read print`, as the inspection of the code notes it.
    init?(_ note: String) {
        let parts = note.split(separator: " ", maxSplits: 3)
        guard parts.count == 4, parts[0] == "global", let line = Int(parts[1]),
            let kind = Kind(rawValue: String(parts[2]))
        else { return nil }
        self.name = String(parts[3])
        self.kind = kind
        self.line = line
    }

    /// The globals that every script has.
    public static let known = [
        "assert", "error", "ipairs", "json", "log", "math", "next", "pairs", "pcall", "select", "string", "table",
        "tonumber", "tostring", "type", "utf8",
    ]

    /// What plain Lua has and scripts have not, and what takes its place.
    public static let leftOut = [
        "os": "the time is call.now", "print": "use log", "io": "a script reads no files",
        "require": "a plugin is one file", "unpack": "use table.unpack", "xpcall": "use pcall",
        "_G": "globals are named directly", "setmetatable": "there are no metatables", "null": "use json.null",
        "nill": "use nil", "continue": "use goto, or turn the condition round",
    ]
}
