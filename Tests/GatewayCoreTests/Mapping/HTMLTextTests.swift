import Testing

@testable import GatewayCore

@Suite("HTMLText")
struct HTMLTextTests {
    @Test("plain text survives being escaped and read again, whatever is in it", arguments: 0..<UInt64(500))
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var text = EntryMaker.text(using: &random) + EntryMaker.text(using: &random)
        // Line breaks at the end are the one thing that HTML does not keep.
        while text.unicodeScalars.last == "\n" { text.unicodeScalars.removeLast() }
        let html = HTMLText.escape(text)
        #expect(Array(HTMLText.plain(html).unicodeScalars) == Array(text.unicodeScalars), "\(html.debugDescription)")
    }

    @Test("text that looks like markup survives too")
    func markup() {
        for text in [
            "<b>bold</b>", "a < b && b > c", "&lt;", "&amp;amp;", "<br>", "<!-- x -->", "1 <3 2", "<", ">", "&",
            "&#65;",
        ] {
            #expect(HTMLText.plain(HTMLText.escape(text)) == text)
        }
    }

    @Test("a mark that combines with a bracket hides none of it")
    func combining() {
        #expect(HTMLText.plain("one<br>\u{301}two") == "one\n\u{301}two")
        #expect(HTMLText.plain("&lt;\u{FE0F}") == "<\u{FE0F}")
    }

    @Test(
        "HTML reads as its text",
        arguments: [
            ("<p>One</p><p>Two</p>", "One\nTwo"), ("One<br>Two<br/>Three<BR />", "One\nTwo\nThree"),
            ("<div><ul><li>a</li><li>b</li></ul></div>", "a\nb"),
            ("<b>bold</b> and <a href=\"x\">link</a>", "bold and link"),
            ("a &lt; b &amp; c &gt; d", "a < b & c > d"), ("&quot;&apos;&#39;&#x41;&#66;&nbsp;x", "\"''AB\u{A0}x"),
            ("&unknown; &; & &#xD800; &#1114112;", "&unknown; &; & &#xD800; &#1114112;"),
            ("a < b > c", "a < b > c"), ("I <3 you", "I <3 you"), ("1 <2> 3", "1 <2> 3"), ("<!-- note -->x", "x"),
            ("cut <b", "cut <b"), ("", ""), ("plain", "plain"),
        ]
    )
    func reading(html: String, text: String) {
        #expect(HTMLText.plain(html) == text)
    }

    @Test("escaping leaves text without markup as it is, and ends lines with one break each")
    func escaping() {
        #expect(HTMLText.escape("naïve – text") == "naïve – text")
        #expect(HTMLText.escape("a\nb\r\nc\rd\r\re") == "a<br>b<br>c<br>d<br><br>e")
    }

    @Test("a text of nothing but open brackets takes no longer than its length", .timeLimit(.minutes(1)))
    func manyBrackets() {
        let html = String(repeating: "<a", count: 50_000)
        #expect(HTMLText.plain(html) == html)
    }
}
