internal import GatewayCore

/// The contract as annotations that editors read (LuaCATS), made from the tables that plugins are checked with.
public enum ContractTypes {
    /// The text of `plugins/_meta/timegate.lua`.
    public static var text: String {
        var text = """
            ---@meta timegate
            -- What a plugin's table may hold, for editors with the Lua language server.
            -- Made by `timegate plugin types` from the tables that plugins are checked with: do not edit.


            """
        text += aliases
        for table in Contract.tables { text += annotation(table, adding: table.name == "Plugin" ? functions : []) }
        text += operations
        text += entry
        text += call
        text += tests
        text += globals
        return text
    }

    /// The text of `.luarc.json`, which stands above the plugins.
    ///
    /// - Parameter folder: the name of the directory of the plugins.
    public static func settings(plugins folder: String) -> String {
        """
        {
          "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
          "runtime.version": "Lua 5.4",
          "runtime.builtin": {
            "basic": "enable", "coroutine": "disable", "debug": "disable", "io": "disable", "os": "disable",
            "package": "disable", "bit32": "disable", "ffi": "disable", "jit": "disable"
          },
          "workspace.library": ["\(folder)/_meta"],
          "workspace.checkThirdParty": false,
          "diagnostics.disable": ["lowercase-global"]
        }

        """
    }

    // MARK: - Parts

    private static func alias(_ name: String, _ values: [String], open: Bool = false) -> String {
        let lines = values.map { "---| '\"\($0)\"'\n" }.joined()
        return "---@alias timegate.\(name)\n\(lines)\(open ? "---| string\n" : "")\n"
    }

    private static var aliases: String {
        let members =
            Member.allCases.map(\.path) + ["subjects.project.id", "subjects.task.id", "vendor_fields", "constant"]
        var seen: Set<String> = []
        return alias("Member", members.filter { seen.insert($0).inserted }, open: true)
            + alias("Converter", ManifestReader.converterNames)
            + alias("TimeForm", TimeForm.allCases.map(\.rawValue))
            + alias("AcceptedForm", TimeForm.allCases.filter { $0 != .running }.map(\.rawValue))
            + alias("OperationName", Operation.allCases.map(\.rawValue))
            + alias("FilterKind", Contract.filterKinds)
            + alias("ErrorKind", ErrorKind.allCases.map(\.rawValue))
            + alias("ProblemCode", ProblemCode.allCases.map(\.rawValue))
    }

    private static func annotation(_ table: ContractTable, adding more: [ContractTable.Key] = []) -> String {
        var text = "---\(table.about)\n---@class (exact) timegate.\(table.name)\n"
        for place in table.places { text += "---@field [\(place.name)] \(place.type) \(place.about)\n" }
        for key in table.keys + more {
            text += "---@field \(key.name)\(key.isRequired ? "" : "?") \(key.type) \(key.about)\n"
        }
        return text + "\n"
    }

    private static var functions: [ContractTable.Key] {
        // What may be data as well stands among the keys.
        PluginFunction.allCases.filter { !Contract.plugin.names.contains($0.rawValue) }.map { function in
            let (type, about) = Contract.signature(of: function)
            return ContractTable.Key(function.rawValue, type, about)
        }
    }

    private static var operations: String {
        var text = ""
        var seen: Set<String> = []
        for operation in Operation.allCases {
            let table = Contract.operation(operation)
            if seen.insert(table.name).inserted { text += annotation(table) }
        }
        let keys = Operation.allCases.map { operation in
            ContractTable.Key(operation.rawValue, "timegate.\(Contract.operation(operation).name)", "")
        }
        return text + annotation(ContractTable("Operations", "What can be done at the vendor.", keys: keys))
    }

    // MARK: - What functions get

    /// The entry, from the member table: an object for each group of members.
    private static var entry: String {
        var groups: [(name: String, fields: [(name: String, type: String, about: String)])] = [("Entry", [])]
        for member in Member.allCases {
            var parent = "Entry"
            let parts = member.path.split(separator: ".").map(String.init)
            for part in parts.dropLast() {
                let inner = parent == "Entry" ? "Entry.\(part)" : "\(parent).\(part)"
                if !groups.contains(where: { $0.name == inner }) {
                    groups.append((inner, []))
                    add((part, "timegate.\(inner)", ""), to: parent, in: &groups)
                }
                parent = inner
            }
            add((parts.last ?? "", luaType(member.type), member.description.summary), to: parent, in: &groups)
        }
        var text = ""
        for group in groups {
            let about = group.name == "Entry" ? "The unified time entry." : "A part of the entry."
            text += "---\(about)\n---@class timegate.\(group.name)\n"
            for field in group.fields { text += "---@field \(field.name)? \(field.type) \(field.about)\n" }
            text += "\n"
        }
        return text + """
            ---What the time was spent on.
            ---@class timegate.Subject
            ---@field id? string
            ---@field name? string


            """
    }

    private static func add(
        _ field: (name: String, type: String, about: String),
        to group: String,
        in groups: inout [(name: String, fields: [(name: String, type: String, about: String)])]
    ) {
        guard let index = groups.firstIndex(where: { $0.name == group }) else { return }
        groups[index].fields.append(field)
    }

    private static func luaType(_ type: MemberType) -> String {
        switch type {
        case .identifier, .text, .date, .instant, .zone, .durationText: "string"
        case .seconds: "integer"
        case .boolean: "boolean"
        case .enumeration(let values): values.map { "\"\($0)\"" }.joined(separator: "|")
        case .subjects: "table<string, timegate.Subject>"
        case .subjectList: "{ type: string, id: string, name?: string }[]"
        case .object: "table<string, any>"
        case .textList: "string[]"
        case .list: "table[]"
        case .any: "any"
        }
    }

    /// The members of `call` that are there in every call, as `LuaMessageWriter.call` writes them.
    static let callMembers: [(name: String, type: String, about: String)] = [
        ("id", "string", "The request's identifier."),
        ("operation", "timegate.OperationName", "What is being done."),
        ("connection", "string", "The connection's name."),
        ("settings", "table<string, any>", "What the operator set."),
        ("now", "string", "The host's clock, RFC 3339."),
        (
            "get", "fun(request: table): timegate.Answer",
            "Reads at the connection's own vendor, in `authorize`, `validate` and `reconcile`."
        ),
        ("log", "fun(text: string)", "Writes a line into the gateway's log."),
        ("handling", "{ lenient: boolean, rounding?: string }", "What becomes of a loss."),
        ("caller", "timegate.Caller", "Who calls."),
    ]

    private static var call: String {
        var text = "---What is going on.\n---@class timegate.Call\n"
        for member in callMembers { text += "---@field \(member.name) \(member.type) \(member.about)\n" }
        text += "---@field before? timegate.Entry The entry as it is, where the call changes one.\n"
        text +=
            "---@field key? string What tells this write from every other, for a mark at the vendor: in `to_vendor`, and the "
        text += "same in `reconcile`.\n"
        text += "---@field sent_at? string When the entry was sent that `reconcile` looks for, RFC 3339.\n\n"
        return text + """
            ---@class timegate.Caller
            ---@field name string The key's name.
            ---@field scopes table<string, true>
            ---@field identity? timegate.Identity Absent if the key has none at this connection.

            ---Who the caller is at the vendor, as the operator configures it.
            ---@class timegate.Identity
            ---@field user_id? string
            ---@field roles table<string, true>
            ---@field permissions table<string, string>
            ---@field tasks table<string, true>

            ---Why something is refused: `return nil, { code = …, message = … }`.
            ---@class timegate.Refusal
            ---@field code? timegate.ProblemCode
            ---@field field? timegate.Member The member that the caller sent.
            ---@field message string
            ---@field rule? string What it rests on.
            ---@field source? string Where the vendor says so.
            ---@field hint? string What the caller can do.

            ---@class timegate.Answer
            ---@field status integer
            ---@field body any

            ---@class timegate.VendorProblem
            ---@field kind timegate.ErrorKind
            ---@field message? string
            ---@field field? timegate.Member


            """
    }

    private static var tests: String {
        var text = "---What a test of `tests/*.lua` gets.\n---@class timegate.Test\n"
        for function in LuaTests.functions {
            let parameters = function.parameters.split(separator: ", ").map { "\($0): any" }.joined(separator: ", ")
            let result = function.name == "run" ? ": table" : ""
            text += "---@field \(function.name) fun(\(parameters))\(result) \(function.about)\n"
        }
        return text + "\n---@alias timegate.Tests table<string, fun(t: timegate.Test)>\n\n"
    }

    private static let globals = """
        ---@class timegate.json
        ---@field null any `null`, which is not nil: there, and empty.
        ---@field array fun(t: table): table Makes a table a list even when it is empty.
        json = {}

        ---Writes a line into the gateway's log.
        ---@param text string
        function log(text) end

        """
}
