import Foundation
import Testing

/// The entries of `make defences`, which takes too long to run with every test: they must not rot meanwhile.
@Suite("The defences that can be taken out", .timeLimit(.minutes(3)))
struct DefencesTests {
    struct Change {
        let file: String
        var before: [String] = []
        var after: [String] = []
    }

    struct Entry {
        let row: String
        let title: String
        var changes: [Change] = []
        var tests: [SecurityPageTests.NamedTest] = []
    }

    /// Limits of liblua's own, which nothing here can take out.
    static let ofLiblua: Set = [
        SecurityPageTests.NamedTest(suite: "StackTests", function: "deepSourceIsAnErrorAndNoCrash")
    ]

    /// As `Tests/Defences/README.md` says that they are written.
    static func entries() throws -> [Entry] {
        let folder = "\(TimegateBinary.root)/Tests/Defences"
        var entries: [Entry] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        where name.hasSuffix(".md") && name != "README.md" {
            var isInside = false
            for line in try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).components(separatedBy: "\n") {
                if let heading = line.wholeMatch(of: /## ([LF]\d+): (.+)/) {
                    entries.append(Entry(row: String(heading.1), title: String(heading.2)))
                } else if line.hasPrefix("```") {
                    isInside = line == "```diff"
                } else if isInside {
                    try add(line, to: &entries[entries.count - 1])
                } else if line.hasPrefix("Fails: ") {
                    entries[entries.count - 1].tests += line.matches(of: /`(\w+)\/(\w+)`/).map {
                        SecurityPageTests.NamedTest(suite: String($0.1), function: String($0.2))
                    }
                }
            }
        }
        return entries
    }

    private static func add(_ line: String, to entry: inout Entry) throws {
        if line.hasPrefix("--- ") { return entry.changes.append(Change(file: String(line.dropFirst(4)))) }
        try #require(!entry.changes.isEmpty, "\(entry.title): the change names no file")
        let text = String(line.dropFirst())
        if line.first != "+" { entry.changes[entry.changes.count - 1].before.append(text) }
        if line.first != "-" { entry.changes[entry.changes.count - 1].after.append(text) }
        #expect(["+", "-", " ", nil].contains(line.first), "\(entry.title): \(line)")
    }

    @Test("What an entry takes out stands in its file exactly once, and something else comes in its place")
    func fits() throws {
        let entries = try Self.entries()
        #expect(entries.count > 50)
        #expect(Set(entries.map { "\($0.row): \($0.title)" }).count == entries.count)
        for entry in entries {
            #expect(!entry.changes.isEmpty && !entry.tests.isEmpty, "\(entry.row): \(entry.title)")
            for change in entry.changes {
                let before = change.before.joined(separator: "\n")
                let text = try DocumentationTests.document(change.file)
                let count = before.isEmpty ? 0 : text.components(separatedBy: before).count - 1
                #expect(count == 1, "\(entry.row): \(entry.title): in \(change.file):\n\(before)")
                #expect(change.before != change.after, "\(entry.row): \(entry.title)")
            }
        }
    }

    @Test("Each row of the table of threats can be taken out, and each of its tests is there to notice")
    func rows() throws {
        let entries = try Self.entries()
        for row in try SecurityPageTests.rows() {
            let noticing = Set(entries.filter { $0.row == row.number }.flatMap(\.tests))
            let named = Set(row.tests)
            #expect(noticing.subtracting(named).isEmpty, "\(row.number): the table names them not")
            #expect(
                named.subtracting(noticing).subtracting(Self.ofLiblua).isEmpty,
                "\(row.number): no entry names them"
            )
            #expect(!noticing.isEmpty, "\(row.number)")
        }
    }

    /// That the tests of both pages exist is checked with the pages.
    @Test("An entry of the fault matrix names tests of its row")
    func faults() throws {
        let lines = try DocumentationTests.document("docs/reliability.md").components(separatedBy: "\n")
        for entry in try Self.entries() where entry.row.hasPrefix("F") {
            let row = try #require(lines.first { $0.hasPrefix("| \(entry.row) |") }, "\(entry.row)")
            for test in entry.tests {
                #expect(
                    row.contains("`\(test.suite)/\(test.function)`"),
                    "\(entry.row): \(test.suite)/\(test.function)"
                )
            }
        }
    }
}
