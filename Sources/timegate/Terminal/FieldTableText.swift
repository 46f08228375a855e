import GatewayCore
import JSON

/// A plugin's field table as a person lays it beside the vendor's page: one field a line, in the page's order.
enum FieldTableText {
    static func text(_ plugin: PluginManifest, style: Style, width: Int) -> String {
        var table = TextTable(indent: 2)
        table.header(["vendor field", "unified member", "as", "direction", "loss", "notes"], style)
        for field in plugin.fields {
            table.add([
                TextTable.Cell(field.vendorField),
                TextTable.Cell(field.target.path, style.accent),
                TextTable.Cell(field.converter.contractName),
                TextTable.Cell(direction(field)),
                lossCell(field, style),
                TextTable.Cell(notes(field), style.faint),
            ])
        }
        return table.rendered(width: width)
    }

    private static func direction(_ field: FieldLine) -> String {
        switch (field.scope, field.isWritten) {
        case (.both, true): "both"
        case (.both, false): "read"
        case (.request, true): "request"
        case (.request, false): "proxy"
        case (.answer, _): "answer"
        }
    }

    /// What becomes of a value that the vendor cannot hold; empty where the field is not written.
    private static func loss(_ field: FieldLine) -> String {
        guard field.scope != .answer, field.isWritten else { return "" }
        switch field.target {
        case .member(let member): return member.lossClass.rawValue
        case .subject, .anySubject: return Member.subjects.lossClass.rawValue
        case .externalRef, .customField, .keep: return LossClass.value.rawValue
        case .money, .constant: return ""
        }
    }

    private static func lossCell(_ field: FieldLine, _ style: Style) -> TextTable.Cell {
        let loss = loss(field)
        return loss == LossClass.critical.rawValue ? TextTable.Cell(loss, style.caution) : TextTable.Cell(loss)
    }

    private static func notes(_ field: FieldLine) -> String {
        var notes: [String] = []
        if !field.required.isEmpty {
            let operations = field.required.map(\.rawValue).sorted()
            notes.append(
                field.required.contains(.create) ? "required" : "required to \(operations.joined(separator: ", "))"
            )
        }
        if let operations = field.operations {
            notes.append("only \(operations.map(\.rawValue).sorted().joined(separator: ", "))")
        }
        if let forms = field.forms { notes.append("for \(forms.map(\.rawValue).sorted().joined(separator: ", "))") }
        if !field.fallbacks.isEmpty {
            notes.append("else \(field.fallbacks.map(\.words).joined(separator: ", else "))")
        }
        if !field.joins.isEmpty { notes.append("takes in \(field.joins.map(\.path).joined(separator: ", "))") }
        if field.null == .clears { notes.append("null clears") }
        if let minimum = field.minimum { notes.append("at least \(minimum)") }
        if let maximum = field.maximum { notes.append("at most \(maximum)") }
        if let length = field.maximumLength { notes.append("at most \(length) characters") }
        if let why = field.why { notes.append(why) }
        return notes.joined(separator: "; ")
    }
}

extension FieldSource {
    fileprivate var words: String {
        switch self {
        case .constant(let value): value.serialized(.compact)
        case .setting(let name): "settings.\(name)"
        case .member(let member): member.path
        case .noteFirstLine: "the note's first line"
        }
    }
}
