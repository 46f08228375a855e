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
