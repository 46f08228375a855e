internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Reads the table that a `plugin.lua` returns into a manifest, and finds every mistake in it.
struct ManifestReader {
    let id: String
    /// How messages name the file: `plugins/acme/plugin.lua`.
    let file: String
    let source: PluginSource
    var faults: [PluginFault.Fault] = []
    /// The line of the field that is being read.
    var fieldPlace: Int?
    /// The functions by name, for the script host.
    var functions: [PluginFunction: LuaFunction] = [:]

    init(id: String, file: String, source: PluginSource) {
        self.id = id
        self.file = file
        self.source = source
    }

    /// - Returns: the manifest, or `nil` if there are faults.
    mutating func read(_ value: LuaValue) -> PluginManifest? {
        guard let top = Definition(value, path: "") else {
            fault("", "The file must return one table; it returned \(value.kindName).")
            return nil
        }
        checkKeys(top, Contract.plugin.names + PluginFunction.allCases.map(\.rawValue))
        if top["api"]?.whole != 1 {
            fault("api", "api must be 1, the version of the contract that this gateway speaks.")
        }
        let named = string(top, "id", required: true)
        if let named, named != id {
            fault("id", "id is \"\(named)\", but the folder is named \"\(id)\": they must agree.")
        }

        let origin = string(top, "origin", required: true) ?? ""
        if !origin.isEmpty, !origin.hasPrefix("https://") || origin.dropFirst(8).contains("/") {
            fault("origin", "origin must be https:// and a host, without a path: it is \"\(origin)\".")
        }
        var manifest = PluginManifest(
            id: id,
            title: string(top, "title", required: true) ?? id,
            docs: string(top, "docs", required: true) ?? "",
            origin: origin,
            times: readTimes(top),
            fields: [],
            operations: readOperations(top),
            errors: readErrors(top),
            file: file
        )
        manifest.settings = readDeclarations(top, "settings")
        manifest.secrets = readDeclarations(top, "secrets")
        manifest.headers = readHeaders(top, manifest)
        manifest.impliedUserSetting = readUser(top, manifest)
        manifest.document = readDocument(top)
        manifest.limits = readLimits(top)
        manifest.reconcile = readReconcile(top, manifest.operations)
        manifest.fields = readFields(top, manifest)
        readFunctions(top)
        manifest.functions = Set(functions.keys)
        checkTimes(manifest)
        // What follows looks at the table as a whole, and would only repeat what is wrong with a line of it.
        if faults.isEmpty {
            checkForms(manifest)
            checkWriters(manifest)
            checkFilters(manifest)
        }
        return faults.isEmpty ? manifest : nil
    }

    // MARK: - Settings, secrets, headers

    mutating func readDeclarations(_ top: Definition, _ key: String) -> [SettingDeclaration] {
        guard let value = top[key] else { return [] }
        guard let table = Definition(value, path: key), table.list.isEmpty else {
            fault(key, "\(key) must be a table of names: { token = { help = \"…\" } }.")
            return []
        }
        return table.named.compactMap { name, value in
            let path = "\(key).\(name)"
            guard let line = Definition(value, path: path) else {
                fault(path, "\(path) must be a table: { help = \"…\" }.")
                return nil
            }
            checkKeys(line, Contract.setting.names)
            let kindName = string(line, "type") ?? "string"
            let kind = SettingDeclaration.Kind(rawValue: kindName)
            if kind == nil {
                fault(path, "\(path).type is \"\(kindName)\"; it must be string, boolean, integer or map.")
            }
            if let format = string(line, "format"), !["uuid", "time_of_day"].contains(format) {
                fault(path, "\(path).format is \"\(format)\"; it must be uuid or time_of_day.")
            }
            return SettingDeclaration(
                name: name,
                kind: kind ?? .string,
                // A secret is needed unless it says otherwise; a setting only if it says so.
                isRequired: bool(line, "required") ?? (key == "secrets"),
                format: string(line, "format"),
                prefix: string(line, "prefix"),
                help: string(line, "help", required: true) ?? ""
            )
        }
    }

    private mutating func readHeaders(_ top: Definition, _ manifest: PluginManifest) -> [HeaderTemplate] {
        guard let value = top["headers"] else { return [] }
        guard let table = Definition(value, path: "headers"), table.list.isEmpty else {
            fault("headers", "headers must be a table: { Authorization = \"Bearer ${secret.token}\" }.")
            return []
        }
        var templates: [HeaderTemplate] = []
        for (name, value) in table.named {
            guard let text = value.text else {
                fault("headers.\(name)", "headers.\(name) must be a string.")
                continue
            }
            let isToken =
                !name.isEmpty && name.utf8.allSatisfy { "!#$%&'*+-.^_`|~".utf8.contains($0) || $0.isAlphanumeric }
            let lower = name.lowercased()
            if !isToken
                || ["host", "content-length", "transfer-encoding", "connection", "content-type", "accept"].contains(
                    lower
                )
            {
                fault("headers.\(name)", "\"\(name)\" is not a header that a plugin can set.")
                continue
            }
            if let other = templates.first(where: { $0.name.lowercased() == lower }) {
                fault(
                    "headers.\(name)",
                    "headers has \(other.name) and \(name), which are one header: it would be sent twice.",
                    hint: "Take one of the two away: the names of headers have no case."
                )
                continue
            }
            checkHeader(text, "headers.\(name)")
            templates.append(HeaderTemplate(name: name, parts: parts(of: text, "headers.\(name)", manifest)))
        }
        return templates
    }

    /// Splits `Bearer ${secret.token}`.
    private mutating func parts(of text: String, _ path: String, _ manifest: PluginManifest) -> [HeaderTemplate.Part] {
        var parts: [HeaderTemplate.Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                fault(path, "\(path): \"${\" has no \"}\".")
                return parts
            }
            let name = String(rest[start.upperBound..<end])
            if name.hasPrefix("secret."), manifest.secrets.contains(where: { $0.name == name.dropFirst(7) }) {
                parts.append(.secret(String(name.dropFirst(7))))
            } else if name.hasPrefix("setting."), manifest.settings.contains(where: { $0.name == name.dropFirst(8) }) {
                parts.append(.setting(String(name.dropFirst(8))))
            } else {
                let known =
                    manifest.secrets.map { "secret.\($0.name)" } + manifest.settings.map { "setting.\($0.name)" }
                fault(
                    path,
                    "\(path): there is no \"\(name)\"; declared are \(known.joined(separator: ", "))."
                        + Suggestion.sentence(for: name, among: known)
                )
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        return parts
    }

    // MARK: - Times, user, document

    /// `settings.assume_start`, without the prefix.
    mutating func settingName(_ table: Definition, _ key: String) -> String? {
        guard let text = string(table, key) else { return nil }
        guard text.hasPrefix("settings."), text.count > 9 else {
            fault(
                "\(table.path).\(key)",
                "\(table.path).\(key) must be \"settings.\" and the name of a declared setting.",
                near: text
            )
            return nil
        }
        return String(text.dropFirst(9))
    }

    private mutating func readUser(_ top: Definition, _ manifest: PluginManifest) -> String? {
        guard let value = top["user"] else { return nil }
        guard let table = Definition(value, path: "user") else {
            fault("user", "user must be a table: { implied = \"settings.user_id\" }.")
            return nil
        }
        checkKeys(table, Contract.user.names)
        _ = string(table, "implied", required: true)
        return settingName(table, "implied")
    }

    private mutating func readDocument(_ top: Definition) -> DocumentRule? {
        guard let value = top["document"] else { return nil }
        guard let table = Definition(value, path: "document") else {
            fault("document", "document must be a table: { at = \"data\", type = \"time_entries\" }.")
            return nil
        }
        checkKeys(table, Contract.document.names)
        guard let at = string(table, "at", required: true), let type = string(table, "type", required: true) else {
            return nil
        }
        let reads = table["reads"]?.texts
        if reads == nil, table["reads"] != nil { fault("document.reads", "document.reads must be a list of strings.") }
        return DocumentRule(at: at, type: type, readTypes: reads ?? [type])
    }

    /// Settings that rules refer to must be declared.
    private mutating func checkTimes(_ manifest: PluginManifest) {
        let declared = manifest.settings.map(\.name)
        let used = [
            ("times.length_only", manifest.times.lengthOnlySetting),
            ("times.assumed_start", manifest.times.assumedStartSetting),
            ("user.implied", manifest.impliedUserSetting),
        ]
        for case (let path, let name?) in used where !declared.contains(name) {
            fault(
                path,
                "\(path) refers to settings.\(name), which is not declared under settings."
                    + Suggestion.sentence(for: name, among: declared),
                near: name
            )
        }
        for operation in Operation.allCases {
            guard let rule = manifest.operations[operation] else { continue }
            let path = "operations.\(operation.rawValue)"
            for name in RequestTarget.settings(in: rule.path) {
                if manifest.settings.contains(where: { $0.name == name && $0.isRequired }) { continue }
                fault(
                    path,
                    declared.contains(name)
                        ? "\(path) has {settings.\(name)}, which is not required: without it there is no path."
                        : "\(path) has {settings.\(name)}, which is not declared under settings."
                            + Suggestion.sentence(for: name, among: declared),
                    hint: "Declare it: settings = { \(name) = { required = true, help = \"…\" } }."
                )
            }
        }
        for field in manifest.fields {
            for case .setting(let name) in field.fallbacks where !declared.contains(name) {
                faults.append(
                    PluginFault.Fault(
                        place: "\(file):\(field.line)",
                        message: "The field \(field.vendorField) falls back to settings.\(name), which is not declared."
                            + Suggestion.sentence(for: name, among: declared),
                        excerpt: source.excerpt(line: field.line),
                        hint: "Declare it: settings = { \(name) = { help = \"…\" } }."
                    )
                )
            }
        }
    }

    // MARK: - Functions

    private mutating func readFunctions(_ top: Definition) {
        for function in PluginFunction.allCases {
            guard let value = top[function.rawValue] else { continue }
            if case .function(let reference) = value {
                functions[function] = reference
            } else if function == .reconcile {
                // Data, which has been read.
                continue
            } else {
                fault(function.rawValue, "\(function.rawValue) must be a function; it is \(value.kindName).")
            }
        }
    }

    // MARK: - Help for the readers

    mutating func fault(_ path: String, _ message: String, near: String? = nil, hint: String? = nil) {
        let line: Int?
        if let fieldPlace {
            line = source.line(of: path.split(separator: ".").last.map(String.init), from: fieldPlace) ?? fieldPlace
        } else {
            let inside = source.line(ofPath: path) ?? 1
            let word = near.flatMap { source.line(of: $0, from: inside) ?? source.line(of: $0) }
            line = word ?? source.line(ofPath: path)
        }
        faults.append(
            PluginFault.Fault(
                place: line.map { "\(file):\($0)" } ?? file,
                message: message,
                excerpt: line.map { source.excerpt(line: $0) } ?? nil,
                hint: hint ?? ManifestReader.hint(path)
            )
        )
    }

    /// Where the contract speaks of a part of the table.
    static func hint(_ path: String) -> String {
        let sections = [
            "fields": "Fields", "times": "Times", "user": "The table", "operations": "Operations", "errors": "Errors",
            "limits": "Limits", "reconcile": "Lost answers",
        ]
        let part = path.prefix { $0 != "." && $0 != "[" }
        guard let section = sections[String(part)] else { return hint }
        return "plugins/README.md says under \"\(section)\" what can stand here."
    }

    /// What to do where the message itself says what would be right.
    static let hint =
        "plugins/README.md has the contract on one page; `timegate plugin show` shows a plugin that works."

    mutating func checkKeys(_ table: Definition, _ known: [String], allowsKeyed: Bool = false) {
        for (name, _) in table.named where !known.contains(name) {
            let at = table.path.isEmpty ? name : "\(table.path).\(name)"
            fault(
                at,
                "There is no \"\(at)\" in the contract." + Suggestion.sentence(for: name, among: known),
                near: name,
                hint: "The names here are: \(Set(known).sorted().joined(separator: ", "))."
            )
        }
        if !allowsKeyed, let first = table.keyed.first {
            fault(table.path, "\(table.path) has a key that is \(first.key.kindName); names are expected.")
        }
    }

    mutating func string(_ table: Definition, _ key: String, required: Bool = false) -> String? {
        let at = table.path.isEmpty ? key : "\(table.path).\(key)"
        switch table[key] {
        case .string(let text)?: return text
        case nil:
            if required { fault(table.path, "\(at) is missing: a string.") }
            return nil
        case let other?:
            fault(at, "\(at) must be a string; it is \(other.kindName).")
            return nil
        }
    }

    mutating func bool(_ table: Definition, _ key: String) -> Bool? {
        guard let value = table[key] else { return nil }
        guard let flag = value.flag else {
            fault("\(table.path).\(key)", "\(table.path).\(key) must be true or false; it is \(value.kindName).")
            return nil
        }
        return flag
    }

    mutating func integer(_ table: Definition, _ key: String) -> Int64? {
        guard let value = table[key] else { return nil }
        guard let number = value.whole else {
            fault("\(table.path).\(key)", "\(table.path).\(key) must be a whole number; it is \(value.kindName).")
            return nil
        }
        return number
    }

    /// A member's path as its parts.
    func dotted(_ text: String) -> [String] { text.split(separator: ".").map(String.init) }
}

extension UInt8 {
    var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
