/// Rows of text in columns. The last column takes what is left of the line and is wrapped below itself; in the others a line
/// break is a space, so that nobody's text looks like a row of its own.
struct TextTable {
    /// One cell: its text without control sequences, and how it is coloured.
    struct Cell {
        var text: String
        var paint: (String) -> String

        init(_ text: String, _ paint: @escaping (String) -> String = { $0 }) {
            self.text = VisibleText.of(text)
            self.paint = paint
        }
    }

    var indent = 0
    private var rows: [[Cell]] = []
    private let gutter = 2

    init(indent: Int = 0) {
        self.indent = indent
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: [Cell]) {
        var cells = cells
        for column in cells.indices.dropLast() {
            cells[column].text = cells[column].text.split(whereSeparator: \.isNewline).joined(separator: " ")
        }
        rows.append(cells)
    }

    mutating func add(_ texts: String...) { add(texts.map { Cell($0) }) }

    mutating func header(_ texts: [String], _ style: Style) {
        rows.append(texts.map { Cell($0, style.faint) })
    }

    /// - Parameter width: Columns of the line; columns of single words are never wrapped.
    func rendered(width: Int) -> String {
        let columns = rows.map(\.count).max() ?? 0
        var widths = [Int](repeating: 0, count: columns)
        for row in rows {
            for (column, cell) in row.enumerated() where column < row.count - 1 || row.count < columns {
                widths[column] = max(widths[column], cell.text.count)
            }
        }
        var text = ""
        for row in rows { render(row, widths, width, into: &text) }
        return text
    }

    private func render(_ row: [Cell], _ widths: [Int], _ width: Int, into text: inout String) {
        var line = String(repeating: " ", count: indent)
        var position = indent
        for (column, cell) in row.enumerated() {
            if column < row.count - 1 {
                line += cell.paint(cell.text)
                line += String(repeating: " ", count: widths[column] - cell.text.count + gutter)
                position += widths[column] + gutter
            } else {
                let parts = TextWrap.lines(cell.text, width: max(24, width - position))
                line += parts.map(cell.paint).joined(separator: "\n" + String(repeating: " ", count: position))
            }
        }
        while line.last == " " { line.removeLast() }
        text += line + "\n"
    }
}
