internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Finds what a plugin says that loads and cannot be meant: conversions that nothing reaches, fields that cannot make the
/// way back, functions and settings that nothing uses.
public struct PluginLint {
    let plugin: LoadedPlugin
    let manifest: PluginManifest
    private let source: PluginSource
    let text: LuaText
    private var findings: [PluginFault.Fault] = []

    private init(_ plugin: LoadedPlugin) {
        self.plugin = plugin
        manifest = plugin.vendor.manifest
        source = PluginSource(plugin.source)
        text = LuaText(plugin.source)
    }

    /// Every finding, with its place and what to do, in the order of the file.
    public static func findings(_ plugin: LoadedPlugin) -> [PluginFault.Fault] {
        var lint = PluginLint(plugin)
        for (index, field) in lint.manifest.fields.enumerated() { lint.check(field, index) }
        lint.checkOperations()
        lint.checkErrors()
        lint.checkSettings()
        lint.checkCode()
        lint.checkGlobals()
        lint.checkCallSettings()
        return lint.findings.sorted { PluginLint.number($0) < PluginLint.number($1) }
    }

    private static func number(_ fault: PluginFault.Fault) -> Int {
        fault.place.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    mutating func find(_ line: Int?, _ message: String, _ hint: String) {
        let place = line.map { "\(plugin.file):\($0)" } ?? plugin.file
        let excerpt = line.flatMap { source.excerpt(line: $0) }
        findings.append(PluginFault.Fault(place: place, message: message, excerpt: excerpt, hint: hint))
    }

    // MARK: - Fields

    private mutating func check(_ field: FieldLine, _ index: Int) {
        let name = "The field \(field.vendorField)"
        let line = field.line > 0 ? field.line : nil
        let isSent = field.scope != .answer && field.isWritten
        checkTwins(field, index, line)
        checkRoundTrip(field, name, line)
        if case .enumeration(let values) = field.converter { checkValues(values, isSent, name, line) }
        for alternative in field.alternatives where alternative.paths == field.paths {
            find(
                line,
                "\(name) has itself as another place: what stands there is read already.",
                "Take \(alternative.paths[0].text) out of also."
            )
        }
        if let forms = field.forms {
            let known = Set(manifest.times.accepts + (manifest.times.running == nil ? [] : [.running]))
            for form in forms.subtracting(known).map(\.rawValue).sorted() {
                find(
                    line,
                    "\(name) is written in the form \(form), which times.accepts does not have: it never is.",
                    "Add \"\(form)\" to times.accepts, or take it out of forms."
                )
            }
        }
        let offered = Set(manifest.operations.keys)
        if let operations = field.operations, operations.isDisjoint(with: offered) {
            let names = operations.map(\.rawValue).sorted().joined(separator: ", ")
            find(
                line,
                "\(name) is written by \(names) only, which the plugin does not offer: it never is.",
                "Declare the operation under operations, or take operations away from the line."
            )
        }
        if field.scope == .answer {
            let unused = [
                field.fallbacks.isEmpty ? nil : "fallback", field.joins.isEmpty ? nil : "joins",
                field.required.isEmpty ? nil : "required", field.operations == nil ? nil : "operations",
            ].compactMap { $0 }
            for option in unused {
                find(
                    line,
                    "\(name) has \(option), and only = \"answer\": nothing is ever written there.",
                    "Take \(option) away, or only."
                )
            }
        }
        if let condition = field.condition, !gives(condition) {
            find(
                line,
                "\(name) counts when \(condition.member.path) is \"\(condition.value)\", which no line of the table gives.",
                "Let a line for \(condition.member.path) have the value \"\(condition.value)\", or take when away."
            )
        }
    }

    /// A place and a member that a line before has already, for the same bodies and under no other condition.
    private mutating func checkTwins(_ field: FieldLine, _ index: Int, _ line: Int?) {
        for other in manifest.fields[..<index]
        where other.paths == field.paths && other.target == field.target && other.condition == field.condition
            && other.operations == field.operations && other.forms == field.forms
            && (other.scope == field.scope || other.scope == .both)
        {
            find(
                line,
                "The field \(field.vendorField) gives \(field.target.path) a second time: line \(other.line) does it already, "
                    + "and counts.",
                "Take one of the two lines away."
            )
            return
        }
    }

    private mutating func checkRoundTrip(_ field: FieldLine, _ name: String, _ line: Int?) {
        if field.converter == .joinedText, field.scope != .answer {
            find(
                line,
                "\(name) cannot make the way back: a joined text is read, and nobody knows how to take it apart.",
                "Say only = \"answer\", or give each of its parts a line."
            )
        }
    }

    private mutating func checkValues(
        _ enumeration: Converter.Enumeration,
        _ isSent: Bool,
        _ name: String,
        _ line: Int?
    ) {
        for (index, pair) in enumeration.values.enumerated() {
            let before = enumeration.values[..<index]
            guard before.contains(where: { $0.vendor == pair.vendor }) else { continue }
            let writes = isSent && !before.contains { $0.unified == pair.unified }
            guard !writes else { continue }
            find(
                line,
                "\(name) has the vendor's value \(pair.vendor.serialized(.compact)) twice: the second is never reached.",
                "Take the second pair away."
            )
        }
        if isSent, let otherwise = enumeration.otherwise,
            !enumeration.values.contains(where: { $0.unified == otherwise })
        {
            let value = otherwise.string ?? otherwise.json.serialized(.compact)
            find(
                line,
                "\(name) cannot make the way back: \"\(value)\" is read for values that are not listed, and none is "
                    + "written for it.",
                "Add a pair { vendor value, \"\(value)\" }, or say only = \"answer\"."
            )
        }
    }

    private func gives(_ condition: FieldLine.Condition) -> Bool {
        // Whether a timer runs follows from the times.
        if condition.member == .timerState { return true }
        return manifest.fields.contains { field in
            guard field.target == .member(condition.member) else { return false }
            switch field.converter {
            case .enumeration(let values):
                return values.otherwise?.string == condition.value
                    || values.values.contains { $0.unified.string == condition.value }
            case .firstTrue(let flags):
                return flags.otherwise == condition.value || flags.values.contains(condition.value)
            default: return true
            }
        }
    }

    // MARK: - Operations and errors

    private mutating func checkOperations() {
        for operation in Operation.allCases {
            guard let rule = manifest.operations[operation] else { continue }
            for condition in [rule.refusedWhen, rule.onlyWhen].compactMap({ $0 }) where !gives(condition) {
                find(
                    source.line(ofPath: "operations.\(operation.rawValue)"),
                    "operations.\(operation.rawValue) depends on \(condition.member.path) being \"\(condition.value)\", which "
                        + "no line of the field table gives.",
                    "Let a line for \(condition.member.path) have that value."
                )
            }
            if let list = rule.list, list.paging == nil, !list.isWhole {
                find(
                    source.line(ofPath: "operations.list"),
                    "operations.list has no paging: where the vendor answers one page, the rest is never read.",
                    "Add paging = { page = …, size = …, max = … }, or paging = false if one answer holds the whole list."
                )
            }
            if rule.answersEntry, operation == .create, !manifest.fields.contains(where: { $0.target == .member(.id) })
            {
                find(
                    source.line(of: "fields"),
                    "No field line gives id: an entry that is created cannot be named afterwards.",
                    "Add { \"id\", \"id\", \"id\", only = \"answer\" } with the vendor's path."
                )
            }
        }
    }

    private mutating func checkErrors() {
        let rules = manifest.errors
        if !rules.kinds.isEmpty, rules.code == nil {
            find(
                source.line(ofPath: "errors.kinds"),
                "errors.kinds is never reached: errors.code does not say where the vendor's code stands.",
                "Add code = \"path of the code\" to errors, or say it by status."
            )
        }
        if rules.messages.isEmpty, !rules.listsTexts, rules != ErrorRules() {
            find(
                source.line(of: "errors"),
                "errors.message is missing: the caller never reads what the vendor says.",
                "Add message = \"path of the message\" to errors; a list alone is one of texts."
            )
        }
        for operation in manifest.operations.values {
            for status in operation.success.sorted() where rules.statuses[status] != nil {
                find(
                    source.line(ofPath: "errors.statuses"),
                    "errors.statuses has \(status), which an operation takes for success: it is never reached.",
                    "Take it away from one of the two."
                )
            }
        }
    }

    // MARK: - Settings and code

    private mutating func checkSettings() {
        var used: Set<String> = []
        for case .setting(let name) in manifest.headers.flatMap(\.parts) {
            used.insert(name)
            guard let setting = manifest.settings.first(where: { $0.name == name }), !setting.isRequired else {
                continue
            }
            find(
                source.line(ofPath: "settings.\(name)"),
                "settings.\(name) is not required, and a header needs it: without it the header is sent with a gap.",
                "Add required = true to settings.\(name)."
            )
        }
        if let name = manifest.impliedUserSetting { used.insert(name) }
        if let name = manifest.times.lengthOnlySetting { used.insert(name) }
        if let name = manifest.times.assumedStartSetting { used.insert(name) }
        for case .setting(let name) in manifest.fields.flatMap(\.fallbacks) { used.insert(name) }
        for rule in manifest.operations.values { used.formUnion(RequestTarget.settings(in: rule.path)) }
        for setting in manifest.settings where !used.contains(setting.name) {
            // A function reads it as call.settings.NAME: the declaration is one mention, that is the second.
            let mentions = text.words.count { $0.text == setting.name }
            guard mentions < 2 || plugin.functions.isEmpty else { continue }
            find(
                source.line(ofPath: "settings.\(setting.name)"),
                "Nothing uses settings.\(setting.name): operators would be asked for it in vain.",
                "Use it in a header, a fallback, times or a function (call.settings.\(setting.name)), or take it away."
            )
        }
        let sent = manifest.headers.flatMap(\.parts)
        for secret in manifest.secrets where !sent.contains(.secret(secret.name)) {
            find(
                source.line(ofPath: "secrets.\(secret.name)"),
                "No header sends secrets.\(secret.name), and no script ever sees a secret: it is never used.",
                "Use it in headers as \"${secret.\(secret.name)}\", or take it away."
            )
        }
        if manifest.secrets.isEmpty {
            find(
                source.line(of: "origin"),
                "There are no secrets: \(manifest.title) would be called without saying who calls.",
                "Declare secrets = { token = { help = \"…\" } } and a header with \"${secret.token}\"."
            )
        }
    }

    private mutating func checkCode() {
        for unused in text.unusedLocals {
            find(
                unused.line,
                "The local \(unused.isFunction ? "function " : "")\(unused.name) is never used.",
                "Use it, or take it away."
            )
        }
        for warning in plugin.warnings {
            // "the function at line 2 assigns to 'last'"
            let line = warning.split(separator: " ").drop { $0 != "line" }.dropFirst().first.flatMap { Int($0) }
            find(
                line,
                warning,
                "Make it a local of the function that needs it: a call must not see what another call has left."
            )
        }
    }
}
