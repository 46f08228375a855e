import Foundation
import Testing

/// The tutorial is run: its files are written, its commands run, and what it says they print is looked for.
@Suite("The tutorial", .timeLimit(.minutes(2)))
struct TutorialTests {
    struct Block {
        var language: String
        /// What stands behind the language: a file, or how a command ends.
        var word: String
        var text: String
    }

    static func blocks() throws -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for line in try DocumentationTests.document("docs/writing-a-plugin.md").components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(block)
                    open = nil
                } else {
                    let parts = line.dropFirst(3).split(separator: " ", maxSplits: 1).map(String.init)
                    open = Block(language: parts.first ?? "", word: parts.count > 1 ? parts[1] : "", text: "")
                }
            } else {
                open?.text += line + "\n"
            }
        }
        #expect(open == nil)
        return blocks
    }

    @Test("Each step of the tutorial does what it says, and it ends with the plugin that is shipped")
    func steps() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        var last = ""
        var commands = 0
        for block in try Self.blocks() {
            switch block.language {
            case "lua", "json", "yaml": try scratch.write(block.word, block.text)
            case "sh":
                let ended = try await TimegateBinary.shell(
                    "set -e\n\(block.text)",
                    environment: ["TIMEGATE_PLUGINS": "."],
                    in: scratch.path
                )
                let status = Int32(block.word.replacingOccurrences(of: "ends with ", with: "")) ?? 0
                #expect(ended.status == status, "\(block.text)\(ended.output)\(ended.words)")
                last = ended.output + ended.words
                commands += 1
            case "text":
                for line in block.text.split(separator: "\n") {
                    #expect(last.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)\n\n\(last)")
                }
            default: Issue.record("the tutorial has a block of \(block.language), which nothing runs")
            }
        }
        #expect(commands == 8)

        let shipped = "\(TimegateBinary.root)/examples/plugins/toggl"
        let files = try FileManager.default.subpathsOfDirectory(atPath: shipped).filter { $0.contains(".") }
        #expect(files.count >= 12)
        for file in files where file != "README.md" {
            let text = try String(contentsOfFile: "\(shipped)/\(file)", encoding: .utf8)
            #expect(scratch.read("toggl/\(file)") == text, "\(file)")
        }
    }

    @Test("The shipped example has no finding, and its tests touch all of it")
    func shipped() async throws {
        let folder = "\(TimegateBinary.root)/examples/plugins/toggl"
        let check = try await TimegateBinary.run(["plugin", "check", "--strict", "-q", folder])
        #expect(check.status == 0, "\(check.output)\(check.words)")
        let test = try await TimegateBinary.run(["plugin", "test", "--covered", "-q", folder])
        #expect(test.status == 0, "\(test.output)\(test.words)")
    }
}
