import JSON
import Testing

@testable import timegate

@Suite("Text on the terminal")
struct TextTests {
    @Test("Columns are aligned, the last one is wrapped below itself, and colour does not count as width")
    func table() {
        var table = TextTable(indent: 1)
        table.add([TextTable.Cell("a", { "<\($0)>" }), TextTable.Cell("one")])
        table.add("long", "this is a text that does not fit into the line")
        #expect(
            table.rendered(width: 31) == " <a>     one\n long  this is a text that does\n       not fit into the line\n"
        )
    }

    @Test("Words are never cut, and line breaks stay")
    func wrap() {
        #expect(TextWrap.lines("aaa bbb ccccccccc d", width: 7) == ["aaa bbb", "ccccccccc", "d"])
        #expect(TextWrap.lines("a\nb", width: 7) == ["a", "b"])
        #expect(TextWrap.lines("", width: 7) == [""])
    }

    @Test(
        "Control characters and overrides of direction are shown, line breaks stay",
        arguments: [
            ("plain ü €", "plain ü €"), ("a\u{1B}[2J\u{1B}]0;x\u{07}", "a<U+001B>[2J<U+001B>]0;x<U+0007>"),
            ("a\u{9B}2J\u{7F}\u{85}", "a<U+009B>2J<U+007F><U+0085>"), ("a\tb\nc\r\nd", "a b\nc\nd"),
            ("good\rbad\r", "good<U+000D>bad<U+000D>"), ("\u{202E}x\u{2066}\u{2069}", "<U+202E>x<U+2066><U+2069>"),
        ]
    )
    func visible(text: String, shown: String) {
        #expect(VisibleText.of(text) == shown)
    }

    @Test("Nothing that a note, a name or a vendor's answer holds reaches the terminal as a command")
    func foreignControls() throws {
        let evil = "\u{1B}[2Jx\u{9B}1A\u{202E}\u{7F}"
        let text = JSONValue.string(evil)
        let entry: JSONValue = [
            "id": text, "note": text, "user": ["name": .string("Jo\n" + evil)], "raw": ["k\u{1B}": text],
            "subjects": ["task": ["id": text]],
        ]
        let problem: JSONValue = [
            "title": text, "code": text, "detail": text, "hint": text, "place": text, "excerpt": text, "rule": text,
            "errors": [["field": text, "message": text, "vendor_code": text]], "vendor": ["status": 1, "body": text],
        ]
        let plan: JSONValue = ["method": "POST", "url": text, "headers": ["X": text], "body": ["note": text]]
        let mapping: JSONValue = ["rounded": [["field": text, "asked": text, "why": text]]]
        let journal: JSONValue = ["number": 1, "caller": text, "reason": text, "entry": entry]
        let list = EntryListPrinter(format: .table)
        let texts = [
            EntryText.text(entry, style: .plain, width: 100), list.text(.null, [entry], isFirst: true),
            ProblemText(problem: problem, style: .plain, width: 100).text, PlanText.text(plan, style: .plain),
            ReportText.text(mapping, style: .plain, width: 100),
            JournalText.table([journal], style: .plain, width: 100),
            JournalText.one(journal, style: .plain, width: 100),
            TraceText(style: .plain).text([["step": text, "fields": ["set": [text]]]]),
            RecordText(style: .plain).text(["request": ["path": text, "body": text], "answer": entry]),
            CSVText.line([evil], isShown: true), entry.printed(.pretty), entry.printed(.compact),
        ]
        for text in texts {
            let harmful = text.unicodeScalars.filter { "\u{1B}\u{9B}\u{202E}\u{7F}".unicodeScalars.contains($0) }
            #expect(harmful.isEmpty && !text.isEmpty, "\(text)")
        }
        #expect(list.text(.null, [entry], isFirst: true).split(separator: "\n").count == 2)
        #expect(try JSONValue(parsing: entry.printed(.pretty)) == entry)
        #expect(CSVText.line([evil]) == evil + "\r\n")
    }

    @Test("Notes that say the same of several fields share a line; a change keeps its own")
    func report() {
        let mapping: JSONValue = [
            "converted": [
                ["field": "duration_seconds", "vendor_field": "time", "asked": 7200, "sent": 120, "why": "Minutes."]
            ],
            "echoed": [["field": "note", "why": "Not in it."], ["field": "title", "why": "Not in it."]],
        ]
        let text = ReportText.text(mapping, style: .plain, width: 100)
        #expect(
            text == "converted  duration_seconds (time): 7200 → 120. Minutes.\nechoed     note, title: Not in it.\n"
        )
    }

    @Test("Where a vendor has answered a read before a change, it is not said that nothing was sent")
    func answeredRead() {
        let problem: JSONValue = [
            "title": "The vendor's answer could not be read", "code": "vendor_answer_invalid", "status": 502,
            "detail": "It holds no entry.", "sent": "no", "vendor": ["status": 200, "body": "hello"],
        ]
        let text = ProblemText(problem: problem, style: .plain, width: 80).text
        #expect(!text.contains("Nothing was sent"))
        #expect(text.contains("Nothing was changed at the vendor.\n  The vendor answered 200:\n    hello\n"))
    }

    @Test("A problem shows title, detail, fields with remedies, and the place of a plugin's fault")
    func problem() {
        let problem: JSONValue = [
            "title": "The plugin failed", "code": "plugin_failed", "status": 502, "detail": "It indexes nil.",
            "sent": "no",
            "hint": "Look there.", "place": "plugins/x/plugin.lua:3", "function": "validate",
            "excerpt": "  2 | a\n> 3 | b",
            "errors": [["field": "note", "code": "wrong_type", "message": "It is a number.", "vendor_code": "7"]],
        ]
        let text = ProblemText(problem: problem, style: .plain, width: 80).text
        #expect(
            text == """
                The plugin failed  plugin_failed 502
                  It indexes nil.
                  • note  wrong_type, 7
                    It is a number.
                  plugins/x/plugin.lua:3 in validate
                      2 | a
                    > 3 | b
                  → Look there.
                  Nothing was sent.

                """
        )
    }
}
