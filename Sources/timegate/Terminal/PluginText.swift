import GatewayCore
internal import JSON

/// All that a plugin says about its vendor, for a person.
struct PluginText {
    let plugin: PluginManifest
    let style: Style
    let width: Int

    init(_ plugin: PluginManifest, style: Style, width: Int) {
        self.plugin = plugin
        self.style = style
        self.width = width
    }

    var text: String {
        var text = style.strong(plugin.title) + style.faint("  \(plugin.file)") + "\n"
        text += "  \(plugin.docs)\n  \(plugin.origin)\n"
        text += section("Fields", FieldTableText.text(plugin, style: style, width: width))
        text += section("Forms of time", times)
        text += section("Operations", operations)
        text += section("Settings", declarations(plugin.settings))
        text += section("Secrets", declarations(plugin.secrets))
        text += section("Headers", headers)
        text += section("Errors", errors)
        let functions = plugin.functions.map(\.rawValue).sorted()
        if !functions.isEmpty { text += section("Functions", "  \(functions.joined(separator: ", "))\n") }
        return text
    }

    private func section(_ title: String, _ body: String) -> String {
        "\n\(style.strong(title))\n" + (body.isEmpty ? style.faint("  none") + "\n" : body)
    }

    private func rendered(_ rows: [[String]]) -> String {
        var table = TextTable(indent: 2)
        for row in rows {
            table.add(
                row.enumerated().map {
                    $0.offset == 0 ? TextTable.Cell($0.element, style.accent) : TextTable.Cell($0.element)
                }
            )
        }
        return table.rendered(width: width)
    }

    private var times: String {
        var rows = plugin.times.accepts.map { [$0.rawValue, $0.meaning] }
        if plugin.times.running != nil { rows.append([TimeForm.running.rawValue, TimeForm.running.meaning]) }
        if let setting = plugin.times.lengthOnlySetting {
            rows.append(["settings.\(setting)", "allows a start and an end to be recorded as a day and a length"])
        }
        if let setting = plugin.times.assumedStartSetting {
            rows.append(["settings.\(setting)", "the start of an entry that has a day and no start"])
        }
        if let setting = plugin.impliedUserSetting {
            rows.append(["settings.\(setting)", "whose time it is: a create cannot name a user"])
        }
        return rendered(rows)
    }

    private var operations: String {
        let known = Operation.allCases.compactMap { operation in plugin.operations[operation].map { (operation, $0) } }
        return rendered(
            known.map { operation, rule in
                var notes = ["answers \(rule.success.sorted().map(String.init).joined(separator: " or "))"]
                notes.append("\(rule.completeness.rawValue) entry")
                if let body = rule.body?.template {
                    notes.append("sends \(JSONValue.object(body).serialized(.compact))")
                }
                if let header = rule.idempotencyHeader { notes.append("idempotent by \(header)") }
                return [operation.rawValue, "\(rule.method) \(rule.path)", notes.joined(separator: ", ")]
            }
        )
    }

    private func declarations(_ list: [SettingDeclaration]) -> String {
        rendered(
            list.map { declared in
                var kind = declared.format ?? declared.kind.rawValue
                if let prefix = declared.prefix { kind += " \(prefix)…" }
                return [declared.name, declared.isRequired ? "required" : "optional", kind, declared.help]
            }
        )
    }

    private var headers: String {
        rendered(
            plugin.headers.map { header in
                let parts = header.parts.map { part in
                    switch part {
                    case .text(let text): text
                    case .secret(let name): "${secret.\(name)}"
                    case .setting(let name): "${setting.\(name)}"
                    }
                }
                return [header.name, parts.joined()]
            }
        )
    }

    private var errors: String {
        var rows = plugin.errors.kinds.sorted { $0.key < $1.key }.map { ["code \($0.key)", $0.value.rawValue] }
        rows += plugin.errors.statuses.sorted { $0.key < $1.key }.map { ["status \($0.key)", $0.value.rawValue] }
        if let mark = plugin.errors.refusalMark {
            let value = mark.value.serialized(.compact)
            rows.append(["2xx", "a refusal where \(mark.path.joined(separator: ".")) is \(value)"])
        } else if plugin.errors.isInSuccess {
            rows.append(["2xx", "a refusal where the code is one of these"])
        }
        return rendered(rows)
    }
}

extension TimeForm {
    fileprivate var meaning: String {
        switch self {
        case .interval: "started_at and ended_at"
        case .startDuration: "started_at and a duration"
        case .endDuration: "ended_at and a duration"
        case .dateDuration: "work_date and a duration"
        case .durationOnly: "a duration alone"
        case .running: "timer_state: running"
        }
    }
}
