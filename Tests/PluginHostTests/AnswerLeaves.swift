import GatewayCore
import JSON

/// Finds what of a vendor's answer became of nothing: the check behind "nothing is lost silently".
///
/// A value of the answer is accounted for if it stands in `vendor_fields` where it stood in the answer, if the report
/// names its field, or if a line of the field table reads it and the entry has the line's member.
struct AnswerLeaves {
    let manifest: PluginManifest
    let entry: Entry
    let report: MappingReport

    /// The paths of the values that are lost.
    func lost(of answer: JSONValue) -> [String] {
        leaves(answer, []).filter { !isAccountedFor($0) }.map(\.text)
    }

    private struct Leaf {
        var steps: [Step]
        var value: JSONValue

        enum Step: Equatable {
            case name(String)
            case index(Int)
        }

        /// `project[].id`, as the field table writes it.
        var path: String {
            steps.reduce(into: "") { text, step in
                switch step {
                case .name(let name): text += (text.isEmpty ? "" : ".") + name
                case .index: text += "[]"
                }
            }
        }

        var text: String { "\(path) = \(value.serialized(.compact))" }
    }

    private func leaves(_ value: JSONValue, _ steps: [Leaf.Step]) -> [Leaf] {
        switch value {
        case .object(let object): object.flatMap { leaves($0.value, steps + [.name($0.key)]) }
        case .array(let elements): elements.enumerated().flatMap { leaves($0.element, steps + [.index($0.offset)]) }
        default: [Leaf(steps: steps, value: value)]
        }
    }

    private func isAccountedFor(_ leaf: Leaf) -> Bool {
        isKept(leaf) || isReported(leaf) || isDocumentType(leaf)
            || manifest.fields.contains { $0.scope != .request && reads($0, leaf) }
    }

    private func isKept(_ leaf: Leaf) -> Bool {
        var value = entry[.vendorFields]?.json
        for step in leaf.steps {
            switch step {
            case .name(let name): value = value?[name]
            case .index(let index): value = value?[index]
            }
        }
        return value.map { $0.serialized(.compact) == leaf.value.serialized(.compact) } ?? false
    }

    private func isReported(_ leaf: Leaf) -> Bool {
        report.notes.contains { note in
            (note.vendorField ?? "").split(separator: " + ").contains { covers(String($0), leaf.path) }
        }
    }

    private func isDocumentType(_ leaf: Leaf) -> Bool {
        guard let document = manifest.document, leaf.path == "type" else { return false }
        return document.readTypes.contains(leaf.value.string ?? "")
    }

    private func covers(_ path: String, _ leaf: String) -> Bool {
        leaf == path || leaf.hasPrefix(path + ".") || leaf.hasPrefix(path + "[")
    }

    private func reads(_ field: FieldLine, _ leaf: Leaf) -> Bool {
        var paths = (field.paths + field.alternatives.flatMap(\.paths)).map(\.text)
        switch field.converter {
        case .resource:
            let base = field.paths[0].dropping(2).text
            paths += [base + ".data.type", base + ".meta.included"]
        case .relationship:
            if covers(field.vendorField + ".meta.included", leaf.path) { return true }
        default: break
        }
        if case .money(_, _, let currency) = field.target { paths.append(currency.text) }
        // Null in place of an object says that each of its members is nothing.
        if leaf.value.isNull, paths.contains(where: { $0.hasPrefix(leaf.path + ".") }) { return true }
        guard paths.contains(where: { covers($0, leaf.path) }) else { return false }
        if leaf.value.isNull, field.target != .keep { return true }
        // What was left out on purpose is told as missing by the call that reads it.
        if leaf.path.hasSuffix(".meta.included"), leaf.value.bool == false { return true }
        return holds(field, leaf)
    }

    /// Whether the entry has what the line reads.
    private func holds(_ field: FieldLine, _ leaf: Leaf) -> Bool {
        if let condition = field.condition, entry[condition.member]?.string != condition.value { return false }
        switch field.target {
        case .member(let member): return entry.has(member)
        case .subject(let type, let part):
            if leaf.path.contains("[]") { return isSubject(type, leaf.value) }
            let subject = entry.subject(type)
            return part == .id ? subject?.id != nil : subject?.name != nil
        case .anySubject(let types): return entry.subjects.contains { types.contains($0.type) }
        case .externalRef(let system, let key): return entry[.externalRefs]?.json[system]?[key] != nil
        case .customField(let name): return entry[.customFields]?.json[name] != nil
        case .money(let kind, let basis, _):
            return (entry[.money]?.json.array ?? []).contains {
                $0["kind"]?.string == kind && $0["basis"]?.string == basis
            }
        case .keep, .constant: return false
        }
    }

    private func isSubject(_ type: String, _ value: JSONValue) -> Bool {
        let id = value.string ?? value.numberText
        let more = entry[.moreSubjects]?.json.array ?? []
        return entry.subject(type)?.id == id
            || more.contains { $0["type"]?.string == type && $0["id"]?.string == id }
    }
}
