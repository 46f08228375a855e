internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// The forms of time that the vendor takes, and how a timer is sent.
extension ManifestReader {
    mutating func readTimes(_ top: Definition) -> TimeRules {
        guard let value = top["times"], let table = Definition(value, path: "times") else {
            fault(
                "times",
                "times is missing: { accepts = { \"interval\", … } } names the forms of time that the vendor takes."
            )
            return TimeRules(accepts: [])
        }
        checkKeys(table, Contract.times.names)
        var accepts: [TimeForm] = []
        let forms = TimeForm.allCases.map(\.rawValue).filter { $0 != "running" }
        let given = table["accepts"]
        let names = given?.texts
        for name in names ?? [] {
            if let form = TimeForm(rawValue: name), form != .running {
                accepts.append(form)
            } else {
                fault(
                    "times.accepts",
                    "times.accepts: \"\(name)\" is no form of time; there are \(forms.joined(separator: ", "))."
                        + Suggestion.sentence(for: name, among: forms),
                    near: name
                )
            }
        }
        if let given, names == nil {
            fault(
                "times.accepts",
                "times.accepts must be a list, such as { \"\(given.text ?? "interval")\" }; it is \(given.kindName)."
            )
        } else if names?.isEmpty ?? true {
            fault("times.accepts", "times.accepts must name at least one of \(forms.joined(separator: ", ")).")
        }
        var running: [Member: Value]?
        if let value = table["running"] {
            running = [:]
            if let members = Definition(value, path: "times.running") {
                for (name, value) in members.named {
                    guard let member = Member(path: name) else {
                        let known = Member.allCases.map(\.path)
                        fault(
                            "times.running",
                            "times.running: there is no member \"\(name)\"."
                                + Suggestion.sentence(for: name, among: known),
                            near: name
                        )
                        continue
                    }
                    if let value = runningValue(member, value) { running?[member] = value }
                }
            } else {
                fault(
                    "times.running",
                    "times.running must be a table of the members that a running timer is sent with, or {}."
                )
            }
        }
        return TimeRules(
            accepts: accepts,
            running: running,
            lengthOnlySetting: settingName(table, "length_only"),
            assumedStartSetting: settingName(table, "assumed_start")
        )
    }

    /// What a member of a running timer is sent as: a null only where it says that there is no end yet.
    private mutating func runningValue(_ member: Member, _ value: LuaValue) -> Value? {
        let wanted: String
        switch (member.type, value) {
        case (.seconds, .null): return .null
        case (.seconds, .integer(let number)): return .integer(number)
        case (.seconds, _): wanted = "a whole number, or json.null"
        case (.instant, .null) where member == .endedAt: return .null
        case (.instant, _) where member == .endedAt: wanted = "json.null: a timer that runs has no end"
        case (.boolean, .bool(let flag)): return .bool(flag)
        case (.boolean, _): wanted = "true or false"
        case (.text, .string(let text)) where !text.isEmpty: return .string(text)
        case (.text, _): wanted = "a text"
        case (.enumeration(let known), .string(let text)) where known.contains(text): return .string(text)
        case (.enumeration(let known), _): wanted = "one of \(known.joined(separator: ", "))"
        default: wanted = "left out: a timer is sent with its start, and with what is the same for every timer"
        }
        let shown = value.json?.serialized(.compact) ?? value.kindName
        fault(
            "times.running.\(member.path)",
            "times.running.\(member.path) is \(shown); it must be \(wanted).",
            near: member.path,
            hint:
                "Write running = {}, or the members by which the vendor tells a timer: { duration_seconds = -1 }, { ended_at = json.null }."
        )
        return nil
    }
}
