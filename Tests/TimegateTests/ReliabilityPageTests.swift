import Foundation
import Testing

@Suite("The fault matrix", .timeLimit(.minutes(3)))
struct ReliabilityPageTests {
    /// The cells of each row, by number.
    private static func rows() throws -> [(number: Int, cells: [String])] {
        let text = try DocumentationTests.document("docs/reliability.md")
        return text.components(separatedBy: "\n").compactMap { line in
            guard line.hasPrefix("| F") else { return nil }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Int(cells[0].dropFirst()).map { ($0, Array(cells.dropFirst())) }
        }
    }

    /// Every Swift file under Tests, in one text by suite: the file that declares a type holds its tests, or an extension.
    private static func tests() throws -> [(text: String, name: String)] {
        let folder = URL(fileURLWithPath: "\(TimegateBinary.root)/Tests").resolvingSymlinksInPath()
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.map {
            (try String(contentsOf: $0, encoding: .utf8), $0.lastPathComponent)
        }
    }

    @Test("Every fault has a row, and every row a test or a reason")
    func rows() throws {
        let rows = try Self.rows()
        #expect(rows.map(\.number) == Array(1...30))
        for row in rows {
            #expect(row.cells.count == 3, "F\(row.number)")
            let shown = row.cells.last ?? ""
            #expect(shown.contains("`") || shown.contains("\"") || shown.contains("not tested: "), "F\(row.number)")
        }
    }

    @Test("Every test that the matrix names exists")
    func names() throws {
        let files = try Self.tests()
        #expect(files.count > 100)
        var count = 0
        for row in try Self.rows() {
            let shown = row.cells.last ?? ""
            for name in Self.quoted(shown, "`") {
                let parts = name.components(separatedBy: "/")
                try #require(parts.count == 2, "F\(row.number): \(name)")
                let exists = files.contains { file in
                    file.text.contains("struct \(parts[0])") && file.text.contains("func \(parts[1])(")
                }
                #expect(exists, "F\(row.number) names \(name), which is in no file")
                count += 1
            }
            for title in Self.quoted(shown, "\"") {
                #expect(files.contains { $0.text.contains("@Test(\"\(title)\"") }, "F\(row.number) names \"\(title)\"")
                count += 1
            }
        }
        #expect(count > 50)
    }

    private static func quoted(_ text: String, _ mark: String) -> [String] {
        text.components(separatedBy: mark).enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }
}
