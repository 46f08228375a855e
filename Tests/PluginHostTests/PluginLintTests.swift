import Foundation
import Testing

@testable import PluginHost

@Suite("Plugin findings")
struct PluginLintTests {
    static func findings(_ change: (String) -> String) throws -> [PluginFault.Fault] {
        PluginLint.findings(try TemporaryPlugin(change(TemporaryPlugin.good)).load())
    }

    /// The plugin without a mistake has a helper that nothing uses, and codes that nothing reads.
    static let clean: @Sendable (String) -> String = { source in
        source.replacing("local helper = 1\n", with: "")
            .replacing("message = \"message\",", with: "code = \"code\", message = \"message\",")
    }

    @Test("a plugin that means all that it says has no finding")
    func none() throws {
        #expect(try Self.findings(Self.clean).map(\.message) == [])
    }

    @Test(
        "the shipped plugins have no finding",
        arguments: ["awork", "hoursmith", "plannr", "productive", "sonderplan"]
    )
    func shipped(name: String) throws {
        let plugin = try PluginLoader.load(folder: "\(House.plugins)/\(name)")
        #expect(PluginLint.findings(plugin) == [])
    }

    static let mistakes: [(from: String, to: String, says: String, at: String)] = [
        (
            "local helper = 1", "local function helper() end", "The local function helper is never used",
            "local function helper"
        ),
        (
            "local helper = 1", "local a, unused = 1, 2\nlog(tostring(a))", "The local unused is never used",
            "local a, unused"
        ),
        (
            "{ \"text\", \"note\"", "{ { \"text\", \"more\" }, \"note\", \"joined_text\" },\n    { \"text\", \"note\"",
            "cannot make the way back", "joined_text"
        ),
        (
            "{ 0, \"none\" } }", "{ 0, \"none\" }, { 1, \"billed\" } }", "has the vendor's value 1 twice",
            "{ 1, \"billed\" }, { 0"
        ),
        (
            "{ 0, \"none\" } }", "{ 0, \"none\" } }, otherwise = \"drafted\"", "\"drafted\" is read for values",
            "otherwise"
        ),
        (
            "\"text\", joins = { \"title\" } }", "\"text\", joins = { \"title\" }, forms = { \"interval\" } }",
            "in the form interval", "forms"
        ),
        (
            "\"text\", joins = { \"title\" } }", "\"text\", joins = { \"title\" }, operations = { \"update\" } }",
            "written by update only", "operations = {"
        ),
        (
            "only = \"answer\" },\n", "only = \"answer\", fallback = { \"title\" } },\n", "has fallback, and only",
            "fallback"
        ),
        (
            "{ \"colour\", \"vendor_fields\" },",
            "{ \"colour\", \"vendor_fields\" },\n    { \"colour\", \"vendor_fields\" },", "a second time", ""
        ),
        ("message = \"message\",", "", "errors.message is missing", "errors = {"),
        (
            "{ \"colour\", \"vendor_fields\" },",
            "{ \"at\", \"approval.at\", \"rfc3339\", only = \"answer\", when = { \"approval.state\", \"approved\" } },",
            "which no line of the table gives", "approval.at"
        ),
        ("message = \"message\",", "message = { \"message\" },", "errors.kinds is never reached", "kinds = {"),
        (
            "secrets = { token = { help = \"A token.\" } }",
            "secrets = { token = { help = \"A token.\" }, other = { help = \"x\" } }", "No header sends secrets.other",
            "other ="
        ),
        ("begin = {", "spare = { help = \"x\" },\n    begin = {", "Nothing uses settings.spare", "spare ="),
        (
            "\"Bearer ${secret.token}\"", "\"${secret.token} ${setting.begin}\"",
            "settings.begin is not required, and a header", "begin = {"
        ),
    ]

    @Test("what cannot be meant is found, with its line and what to do", arguments: mistakes.indices)
    func found(index: Int) throws {
        let mistake = Self.mistakes[index]
        var text = ""
        let found = try Self.findings { source in
            text = source.replacing(mistake.from, with: mistake.to)
            if !mistake.from.contains("helper") { text = Self.clean(text) }
            return text
        }
        let one = try #require(found.first { $0.message.contains(mistake.says) }, "\(found.map(\.message))")
        #expect(one.hint?.isEmpty == false)
        #expect(one.place.hasPrefix("plugins/acme/plugin.lua:"))
        if !mistake.at.isEmpty {
            let line = try #require(one.place.split(separator: ":").last.flatMap { Int($0) })
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines[line - 1].contains(mistake.at), "\(one.place): \(lines[line - 1])")
        }
    }

    static let uses: [(body: String, says: String, hint: String)] = [
        ("if entry.title == \"x\" then prnt(\"x\") end", "There is no prnt", "Correct the name"),
        ("if entry.title then lgo(\"x\") end", "Did you mean \"log\"?", "Correct the name"),
        ("if entry.title then return nil, { message = os.date() } end", "There is no os", "the time is call.now"),
        ("local f = function() return print end\n  f()", "There is no print", "use log"),
        ("if entry.title then cache = 1 end", "assigns to the global cache", "local cache"),
        (
            "if call.settings.user then return end", "call.settings.user is never there",
            "Declare it: settings = { user ="
        ),
    ]

    @Test("a branch that no case runs is read too", arguments: uses.indices)
    func branches(index: Int) throws {
        let use = Self.uses[index]
        let found = try Self.findings { _ in
            Self.clean(TemporaryPlugin.good(with: "  validate = function(entry, call)\n    \(use.body)\n  end,"))
        }
        let one = try #require(found.first { $0.message.contains(use.says) }, "\(found.map(\.message))")
        #expect(one.hint?.contains(use.hint) == true)
        #expect(
            one.excerpt?.contains("> ") == true && one.excerpt?.contains(String(use.body.prefix(24))) == true,
            "\(one)"
        )
    }

    @Test("what a script has, and what the file itself defines, is no finding")
    func known() throws {
        let found = try Self.findings { _ in
            Self.clean(
                TemporaryPlugin.good(
                    with:
                        "  validate = function(entry, call)\n    shared(entry)\n    log(tostring(call.settings.begin))\n  end,",
                    before: "function shared(entry) return string.rep(math.floor(1), 2), json.null, entry end"
                )
            )
        }
        #expect(found.map(\.message) == [])
    }

    @Test(
        "a syntax error has a caret below the word, and says what to do",
        arguments: [
            (
                "code = 1\n    message = \"message\",", "message = \"message\"", "^",
                "A comma is missing before `message`"
            ),
            ("message = = 1,", "message = = 1", "^", "a sign too many"),
            ("message = \"mess,", "message = \"mess,", "", "no closing quote"),
        ]
    )
    func caret(to: String, row: String, mark: String, hint: String) throws {
        let faults = try TemporaryPlugin(TemporaryPlugin.good.replacing("message = \"message\",", with: to)).faults()
        let fault = try #require(faults.first)
        #expect(fault.hint?.contains(hint) == true, "\(fault)")
        let rows = try #require(fault.excerpt).split(separator: "\n")
        let marked = try #require(rows.firstIndex { $0.hasPrefix(">") })
        #expect(rows[marked].contains(row))
        if !mark.isEmpty {
            let below = rows[marked + 1]
            let column = try #require(below.firstIndex(of: "^"))
            let offset = below.distance(from: below.startIndex, to: column)
            let word = rows[marked].dropFirst(offset)
            #expect(word.hasPrefix("message") || word.hasPrefix("="), "\(word)")
        }
    }

    @Test(
        "a slip that other languages and word processors teach is named as what it is",
        arguments: [
            ("if entry.note != nil then end", "~= for not equal"),
            ("if entry.note = nil then end", "A comparison is =="),
            ("if entry.note && entry.title then end", "Lua writes and"), ("if !entry.note then end", "Lua writes not"),
            ("local n = 1 n += 1", "no +="), ("// nothing", "A comment begins with --"),
            ("local n =\u{A0}1", "a space that does not break"), ("local n = \u{201C}x\u{201D}", "write \""),
            ("if entry.note then", "An `end` is missing"), ("if entry.note then\n  end,", "an `end` is missing above"),
        ]
    )
    func otherLanguages(body: String, hint: String) throws {
        let functions = "  validate = function(entry)\n    \(body)\n  end,"
        let fault = try #require(try TemporaryPlugin(TemporaryPlugin.good(with: functions)).faults().first)
        #expect(fault.hint?.lowercased().contains(hint.lowercased()) == true, "\(fault)")
    }

    @Test("a byte order mark is named, and what is never closed is shown where it was opened")
    func shown() throws {
        let mark = try #require(try TemporaryPlugin("\u{FEFF}" + TemporaryPlugin.good).faults().first)
        #expect(mark.hint?.contains("byte order mark") == true, "\(mark)")
        let open = try #require(
            try TemporaryPlugin(TemporaryPlugin.good.replacing("busy = \"conflict\" },", with: "busy = \"conflict\","))
                .faults().first
        )
        #expect(
            open.excerpt?.contains("> 43 |   errors = {") == true || open.excerpt?.contains("return {") == true,
            "\(open)"
        )
    }

    @Test("a converter that cannot give a member is told with those that can")
    func converters() throws {
        for (line, names) in [
            ("{ \"text\", \"note\", \"minutes\" }", "note is given by id, integer_id, uuid, text"),
            ("{ \"text\", \"billable\", \"text\" }", "billable is given by boolean, enum."),
            ("{ \"text\", \"subjects.task.id\", \"date\" }", "subjects.task.id is given by id"),
            ("{ \"text\", \"timer_state\", \"boolean\" }", "timer_state is given by enum, first_true."),
        ] {
            let source = TemporaryPlugin.good.replacing("{ \"colour\", \"vendor_fields\" }", with: line)
            let fault = try #require(try TemporaryPlugin(source).faults().first)
            #expect(fault.hint?.contains(names) == true, "\(fault)")
        }
    }

    @Test("every fault of a plugin that does not load says what to do")
    func hints() throws {
        for mistake in PluginMistake.all {
            let faults = try? TemporaryPlugin(TemporaryPlugin.good.replacing(mistake.old, with: mistake.new)).faults()
            for fault in faults ?? [] { #expect(fault.hint?.isEmpty == false, "\(fault.message)") }
        }
    }
}
