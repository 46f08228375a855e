internal import GatewayCore

/// Whether the field table as a whole writes what the plugin says that its vendor takes: each part of a time somewhere, and
/// no place twice.
extension ManifestReader {
    /// A form of time that is accepted and that no line writes would be sent without its time.
    mutating func checkForms(_ manifest: PluginManifest) {
        let writing = Set(manifest.operations.keys).intersection([.create, .replace, .update])
        if writing.isEmpty { return }
        let forms = manifest.times.accepts + (manifest.times.running == nil ? [] : [.running])
        for form in forms {
            for member in [Member.workDate, .startedAt, .endedAt, .durationSeconds] where form.carries(member) {
                if manifest.fields.contains(where: { writes($0, member, form, writing) }) { continue }
                if form == .running, manifest.times.running?[member] != nil { continue }
                // A function may write what no line can.
                if manifest.functions.contains(.toVendor), computes(member, manifest) { continue }
                let place = form == .running ? "times.running" : "times.accepts"
                let what = form == .running ? "a running timer" : "the form \(form.rawValue)"
                fault(
                    place,
                    "\(place) takes \(what), and no line of fields writes its \(member.path): the time would be lost.",
                    near: form == .running ? nil : form.rawValue,
                    hint:
                        "Add { \"the vendor's field\", \"\(member.path)\", \"\(defaultConverter(of: .member(member)) ?? "")\" } to "
                        + "fields, or take \(form == .running ? "running" : "\"\(form.rawValue)\"") away."
                )
            }
        }
    }

    private func writes(_ field: FieldLine, _ member: Member, _ form: TimeForm, _ writing: Set<Operation>) -> Bool {
        field.target == .member(member) && isWritten(field) && field.forms?.contains(form) ?? true
            && field.operations.map { !$0.isDisjoint(with: writing) } ?? true
    }

    private func isWritten(_ field: FieldLine) -> Bool { field.scope != .answer && field.isWritten }

    /// Whether the code speaks of a member beside the lines of the table.
    private func computes(_ member: Member, _ manifest: PluginManifest) -> Bool {
        let text = LuaText(Array(source.lines.joined(separator: "\n").utf8))
        return text.words.contains { $0.text == member.path }
    }

    // MARK: - One place, one line

    /// Two lines that write one place at once: the second would win, and nobody would hear of the first.
    mutating func checkWriters(_ manifest: PluginManifest) {
        let written = manifest.fields.filter { isWritten($0) && $0.target != .keep && $0.converter != .joinedText }
        for (index, field) in written.enumerated() {
            for other in written[..<index] where !isApart(field, other, manifest) {
                guard let path = field.paths.first(where: { other.paths.contains($0) && $0.listIndex == nil }) else {
                    continue
                }
                // The same said twice is a finding of the check.
                if field.target == other.target, field.converter == other.converter { continue }
                fieldFault(
                    field.line,
                    "\(path.text) is written from \(name(field)) here and from \(name(other)) at line \(other.line): one of the "
                        + "two would be lost.",
                    hint: "Say which of them counts: when = { member, value }, forms or operations on both, or "
                        + "only = \"answer\" on one of them."
                )
                break
            }
        }
    }

    private func name(_ field: FieldLine) -> String {
        if case .constant = field.target { "a constant" } else { field.target.path }
    }

    /// Whether no request has both lines.
    private func isApart(_ a: FieldLine, _ b: FieldLine, _ manifest: PluginManifest) -> Bool {
        if let one = a.operations, let two = b.operations, one.isDisjoint(with: two) { return true }
        if let one = a.condition, let two = b.condition, one.member == two.member, one.value != two.value {
            return true
        }
        if let one = forms(a, manifest), let two = forms(b, manifest), one.isDisjoint(with: two) { return true }
        return false
    }

    /// The forms of time in which a line is written; `nil` for all.
    private func forms(_ field: FieldLine, _ manifest: PluginManifest) -> Set<TimeForm>? {
        if let forms = field.forms { return forms }
        guard case .member(let member) = field.target, [.startedAt, .endedAt, .durationSeconds].contains(member) else {
            return nil
        }
        let isRunning = manifest.times.running?[member] != nil
        return Set(TimeForm.allCases.filter { $0.carries(member) || ($0 == .running && isRunning) })
    }
}
