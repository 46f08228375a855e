import GatewayCore
import PluginHost
import Testing

@Suite("What is wrong with a plugin")
struct LoaderFaultTests {
    /// A mistake, and what must be said of it.
    struct Mistake: CustomTestStringConvertible, Sendable {
        var name: String
        /// What stands in the good plugin, and what the mistake makes of it.
        var old: String
        var new: String
        /// A text of the line that the fault must point at; `nil` where it is about the whole file.
        var at: String?
        /// What the message must say.
        var message: [String]

        init(_ name: String, _ old: String, _ new: String, at: String?, _ message: String...) {
            self.name = name
            self.old = old
            self.new = new
            self.at = at
            self.message = message
        }

        var testDescription: String { name }
    }

    static let mistakes: [Mistake] = [
        // The table.
        Mistake("unknown key", "title = ", "titel = ", at: nil, "title is missing"),
        Mistake("unknown key beside", "docs = ", "doc = 1, docs = ", at: "doc = 1", "no \"doc\"", "Did you mean \"docs\"?"),
        Mistake("misspelt function", "  operations = {", "  autorize = tostring,\n  operations = {", at: "autorize =",
            "no \"autorize\"", "Did you mean \"authorize\"?"),
        Mistake("missing api", "  api = 1,\n", "", at: nil, "api must be 1"),
        Mistake("other api", "api = 1", "api = 2", at: "api = 2", "api must be 1"),
        Mistake("id is not the folder's", "id = \"acme\"", "id = \"acne\"", at: "id = \"acne\"", "\"acne\"", "\"acme\"", "agree"),
        Mistake("title is no string", "title = \"Acme\"", "title = 5", at: "title = 5", "title must be a string; it is a number"),
        Mistake("missing docs", "  docs = \"https://docs.acme.example\",\n", "", at: nil, "docs is missing"),
        Mistake("origin without TLS", "https://api", "http://api", at: "origin =", "https://", "http://api.acme.example"),
        Mistake("origin with a path", "api.acme.example\"", "api.acme.example/v1\"", at: "origin =", "without a path"),
        Mistake("missing origin", "  origin = \"https://api.acme.example\",\n", "", at: nil, "origin is missing"),

        // Secrets, settings, headers.
        Mistake("secret without help", "{ help = \"A token.\" }", "{}", at: "secrets = ", "secrets.token.help is missing"),
        Mistake("secrets as a list", "secrets = { token = { help = \"A token.\" } }", "secrets = { \"token\" }", at: "secrets =",
            "secrets must be a table of names"),
        Mistake("unknown key of a setting", "format = \"time_of_day\"", "fromat = \"time_of_day\"", at: "fromat",
            "settings.begin.fromat", "Did you mean \"format\"?"),
        Mistake("unknown format", "\"time_of_day\"", "\"time\"", at: "begin = {", "it must be uuid or time_of_day"),
        Mistake("unknown type of setting", "format = \"time_of_day\"", "type = \"text\"", at: "begin = {",
            "string, boolean or integer"),
        Mistake("header with an unknown secret", "${secret.token}", "${secret.tokn}", at: "headers =", "no \"secret.tokn\"",
            "Did you mean \"secret.token\"?"),
        Mistake("header with an unknown setting", "${secret.token}", "${setting.token}", at: "headers =",
            "there is no \"setting.token\"; declared are secret.token"),
        Mistake("header with an open brace", "${secret.token}", "${secret.token", at: "headers =", "has no \"}\""),
        Mistake("header of the host's own", "Authorization = \"Bearer", "[\"Content-Length\"] = \"Bearer", at: "Content-Length",
            "not a header that a plugin can set"),
        Mistake("header name with a line break", "Authorization = \"Bearer", "[\"X\\r\\nY\"] = \"Bearer", at: nil,
            "not a header that a plugin can set"),
        Mistake("header that is no string", "\"Bearer ${secret.token}\"", "{}", at: "headers =", "must be a string"),

        // Times, user, document.
        Mistake("missing times", "  times = {", "  tims = {", at: nil, "times is missing"),
        Mistake("unknown form of time", "\"date_duration\" }", "\"day_duration\" }", at: "times =", "\"day_duration\" is no form",
            "Did you mean \"date_duration\"?"),
        Mistake("running as a form", "\"date_duration\" }", "\"running\" }", at: "times =", "\"running\" is no form"),
        Mistake("no form of time", "accepts = { \"start_duration\", \"date_duration\" }", "accepts = {}", at: "times =",
            "at least one of"),
        Mistake("forms that are no list", "accepts = { \"start_duration\", \"date_duration\" }", "accepts = \"interval\"",
            at: "times =", "at least one of"),
        Mistake("unknown member of a running timer", "times = {", "times = { running = { durations = 0 },", at: "running",
            "no member \"durations\""),
        Mistake("setting that is not declared", "settings.begin", "settings.begins", at: "times =", "settings.begins",
            "not declared", "Did you mean \"begin\"?"),
        Mistake("setting without its prefix", "\"settings.begin\"", "\"begin\"", at: "times =", "must be \"settings.\""),
        Mistake("implied user that is not declared", "implied = \"settings.user_id\"", "implied = \"settings.user\"", at: "user =",
            "user.implied", "not declared"),
        Mistake("user without implied", "{ implied = \"settings.user_id\" }", "{}", at: "user = {}", "user.implied is missing"),
        Mistake("document without a type", "  fields = {", "  document = { at = \"data\" },\n  fields = {", at: "document =",
            "document.type is missing"),
        Mistake("document's types as a string", "  fields = {",
            "  document = { at = \"data\", type = \"a\", reads = \"b\" },\n  fields = {", at: "reads =", "list of strings"),

        // Fields.
        Mistake("missing fields", "  fields = {", "  felds = {", at: nil, "fields is missing"),
        Mistake("field that is no table", "{ \"day\", \"work_date\", \"date\" }", "\"day\"", at: nil, "fields[2] must be a table"),
        Mistake("field without a member", "{ \"day\", \"work_date\", \"date\" }", "{ \"day\" }", at: "{ \"day\" }",
            "must begin with the vendor path"),
        Mistake("vendor path with an empty name", "{ \"day\",", "{ \"a..day\",", at: "a..day", "is no path"),
        Mistake("unknown member", "\"work_date\"", "\"work_dat\"", at: "\"work_dat\"", "no member \"work_dat\"",
            "Did you mean \"work_date\"?"),
        Mistake("unknown subject part", "subjects.project.id", "subjects.project.uuid", at: "subjects.project.uuid",
            "no member \"subjects.project.uuid\""),
        Mistake("unknown converter", "\"rfc3339\" }", "\"rfc339\" }", at: "\"rfc339\"", "no converter \"rfc339\"",
            "Did you mean \"rfc3339\"?", "There are: id, "),
        Mistake("unknown option", "required = true", "require = true", at: "require = true", "no \"require\"",
            "Did you mean \"required\"?"),
        Mistake("converter that cannot give the member", "\"work_date\", \"date\"", "\"work_date\", \"minutes\"",
            at: "\"work_date\", \"minutes\"", "the converter minutes cannot give work_date"),
        Mistake("converter that cannot give a subject", "\"subjects.project.id\", \"id\"", "\"subjects.project.id\", \"boolean\"",
            at: "\"boolean\"", "the converter boolean cannot give subjects.project.id"),
        Mistake("identifier as subjects", "\"subjects.project.id\", \"id\"", "\"subjects\", \"id\"", at: "\"subjects\"",
            "the converter id cannot give subjects"),
        Mistake("relationship for a custom field", "\"colour\", \"vendor_fields\"",
            "\"colour\", \"custom_fields.colour\", \"relationship\"", at: "custom_fields", "relationship cannot give custom_fields"),
        Mistake("enumeration without a converter", "\"billing.state\", \"enum\", values", "\"billing.state\", values",
            at: "\"billing.state\"", "needs a converter"),
        Mistake("enumeration without values", "\"enum\", values = { { 1, \"billed\" }, { 0, \"none\" } }", "\"enum\"",
            at: "\"enum\"", "an enum needs values"),
        Mistake("value that the member has not", "{ 1, \"billed\" }", "{ 1, \"bileld\" }", at: "bileld",
            "billing.state has no value \"bileld\"", "none, drafted, billed", "Did you mean \"billed\"?"),
        Mistake("otherwise that the member has not", "values = {", "otherwise = \"paid\", values = {", at: "paid",
            "no value \"paid\""),
        Mistake("pair of three", "{ 1, \"billed\" }", "{ 1, \"billed\", 2 }", at: "{ 1,", "each must be { vendor value, unified"),
        Mistake("one path for a converter of two", "\"rfc3339\" }", "\"utc_date_and_time\" }", at: "utc_date_and_time",
            "needs 2 vendor paths, and there is 1"),
        Mistake("two paths for a converter of one", "{ \"from\",", "{ { \"from\", \"at\" },", at: "\"from\", \"at\"",
            "needs 1 vendor path, and there are 2"),
        Mistake("typed_reference without types", "{ \"projectId\", \"subjects.project.id\", \"id\",",
            "{ { \"type\", \"projectId\" }, \"subjects\", \"typed_reference\",", at: "typed_reference", "needs the list of its types"),
        Mistake("resource without a type", "\"subjects.project.id\", \"id\",", "\"subjects.project.id\", \"resource\",",
            at: "\"resource\"", "needs its JSON:API type"),
        Mistake("money without its currency", "{ \"colour\", \"vendor_fields\" }",
            "{ \"cost\", \"money\", kind = \"cost\", basis = \"own\" }", at: "\"cost\"", "money needs kind, basis and currency"),
        Mistake("money in another converter", "{ \"colour\", \"vendor_fields\" }",
            "{ \"cost\", \"money\", \"text\", kind = \"cost\", basis = \"own\", currency = \"c\" }", at: "\"cost\"",
            "the converter text cannot give money"),
        Mistake("wrong only", "only = \"answer\"", "only = \"answers\"", at: "answers", "\"request\" or \"answer\""),
        Mistake("required in an unknown operation", "required = true", "required = { \"creat\" }", at: "creat",
            "\"creat\" is no operation", "Did you mean \"create\"?"),
        Mistake("wrong null", "\"text\", joins", "\"text\", null = \"clear\", joins", at: "\"clear\"", "\"clears\" or \"refused\""),
        Mistake("joins as a string", "joins = { \"title\" }", "joins = \"title\"", at: "joins", "must be a list of strings"),
        Mistake("joins of what is no text", "joins = { \"title\" }", "joins = { \"billable\" }", at: "joins",
            "\"billable\" is no text member"),
        Mistake("fallback as a string", "\"rfc3339\" }", "\"rfc3339\", fallback = \"settings.begin\" }", at: "fallback",
            "must be a list of strings"),
        Mistake("unknown fallback", "\"rfc3339\" }", "\"rfc3339\", fallback = { \"note.last_line\" } }", at: "fallback",
            "neither settings.NAME"),
        Mistake("fallback to a setting that is not declared", "\"rfc3339\" }",
            "\"rfc3339\", fallback = { \"settings.beginn\" } }", at: "fallback", "falls back to settings.beginn",
            "Did you mean \"begin\"?"),
        Mistake("unknown form of a field", "\"rfc3339\" }", "\"rfc3339\", forms = { \"intervall\" } }", at: "intervall",
            "is no form of time"),
        Mistake("wrong when", "\"rfc3339\" }", "\"rfc3339\", when = { \"state\", \"x\" } }", at: "when =", "must be { member, value }"),
        Mistake("limit that is no number", "\"seconds\" }", "\"seconds\", min = \"1\" }", at: "min =", "must be a whole number"),
        Mistake("another place with too few paths", "\"rfc3339\" }", "\"rfc3339\", also = { { \"d\", \"utc_date_and_time\" } } }",
            at: "also", "needs 2 vendor paths, and there is 1"),
        Mistake("another place of a resource", "\"id\", required = true",
            "\"id\", also = { { \"x.data.id\", \"resource\", type = \"projects\" } }", at: "also", "cannot be another place"),
        Mistake("another place that cannot give the member", "\"rfc3339\" }", "\"rfc3339\", also = { { \"d\", \"boolean\" } } }",
            at: "also", "the converter boolean cannot give started_at"),

        // The tree of places.
        Mistake("a place that is a value and an object", "{ \"colour\", \"vendor_fields\" }", "{ \"text.colour\", \"vendor_fields\" }",
            at: "text.colour", "is a value in one line of the table and an object in another"),
        Mistake("a place that is an object and a value", "{ \"text\", \"note\"", "{ \"colour.x\", \"title\" }, { \"text\", \"note\"",
            at: "{ \"colour\", \"vendor_fields\" }", "is a value in one line"),
        Mistake("list elements two deep", "{ \"colour\",", "{ \"a[].b.c\",", at: "a[].b.c", "one member deep"),

        // Operations and errors.
        Mistake("missing operations", "  operations = {", "  operation = {", at: nil, "operations is missing"),
        Mistake("unknown operation", "create = {", "crate = {", at: "crate =", "no operation \"crate\"", "Did you mean \"create\"?"),
        Mistake("operation without a method", "\"POST /entries\"", "\"/entries\"", at: "\"/entries\"", "a method and a path"),
        Mistake("operation with an unknown method", "POST /entries", "FETCH /entries", at: "FETCH", "a method and a path"),
        Mistake("operation that climbs", "POST /entries", "POST /../entries", at: "/../", "a method and a path"),
        Mistake("operation that names a host", "POST /entries", "POST //evil.example", at: "//evil", "a method and a path"),
        Mistake("success that is none", "entry = \"data\"", "success = { 404 }", at: "success", "200 to 299"),
        Mistake("unknown completeness", "entry = \"data\"", "completeness = \"half\"", at: "half", "full, partial or id_only"),
        Mistake("unknown key of an operation", "entry = \"data\"", "entries = \"data\"", at: "entries = \"data\"",
            "no \"operations.create.entries\""),
        Mistake("unknown kind", "busy = \"conflict\"", "busy = \"conflit\"", at: "conflit", "errors.kinds.busy is \"conflit\"",
            "Did you mean \"conflict\"?"),
        Mistake("kinds that are no table", "kinds = { busy = \"conflict\" }", "kinds = \"conflict\"", at: "kinds =", "must be a table"),
        Mistake("status in quotes", "[422]", "[\"422\"]", at: "[\"422\"]", "must be a number in brackets: [422]"),
        Mistake("status that is none", "[422]", "[200]", at: "statuses", "300 to 599"),
        Mistake("unknown key of errors", "message = \"message\"", "mesage = \"message\"", at: "mesage", "errors.mesage",
            "Did you mean \"message\"?"),
        Mistake("fields without a way", "message = \"message\"", "fields = { name = \"a\" }", at: "fields = { name", "needs map, list or pointer"),
        Mistake("unknown case", "message = \"message\"",
            "fields = { list = \"a\", name = \"b\", message = \"c\", case = \"snake\" }", at: "snake", "there is only pascal"),
        Mistake("a kept member that every problem has", "message = \"message\"", "keep = { detail = \"error.detail\" }",
            at: "keep =", "\"detail\" already"),

        // Functions.
        Mistake("function that is no function", "  operations", "  authorize = true,\n  operations", at: "authorize =",
            "authorize must be a function; it is a boolean"),
        Mistake("function that is a table", "  operations", "  validate = {},\n  operations", at: "validate =",
            "validate must be a function; it is a table"),
    ]

    @Test("a mistake is refused at its line, with the line and what to do", arguments: mistakes)
    func mistake(mistake: Mistake) throws {
        #expect(TemporaryPlugin.good.contains(mistake.old))
        let source = TemporaryPlugin.good.replacing(mistake.old, with: mistake.new, maxReplacements: 1)
        let faults = try TemporaryPlugin(source).faults()
        let texts = mistake.message
        let fault = try #require(
            faults.first { fault in texts.allSatisfy { fault.message.contains($0) } },
            "\(faults.map { "\($0.place): \($0.message)" })"
        )
        guard let at = mistake.at else {
            #expect(fault.place.hasPrefix("plugins/acme/plugin.lua"))
            return
        }
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(lines.firstIndex { $0.contains(at) })
        #expect(fault.place == "plugins/acme/plugin.lua:\(index + 1)")
        #expect(fault.excerpt?.contains("> \(index + 1) | \(lines[index])") == true)
    }

    @Test("the good plugin, which the mistakes are put into, has none")
    func good() throws {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good).load()
        #expect(plugin.id == "acme")
        #expect(plugin.vendor.manifest.fields.count == 8)
        #expect(try plugin.makeScripts { _ in } == nil)
    }

    @Test("several mistakes are told at once, each at its own line")
    func several() throws {
        let source = TemporaryPlugin.good
            .replacing("api = 1", with: "api = 3")
            .replacing("\"work_date\", \"date\"", with: "\"work_dat\", \"date\"")
            .replacing("\"rfc3339\" }", with: "\"rfc339\" }")
            .replacing("\"conflict\"", with: "\"conflit\"")
        let fault = try #require(throws: PluginFault.self) { _ = try TemporaryPlugin(source).load() }
        #expect(fault.plugin == "acme")
        #expect(
            Set(fault.faults.map(\.place)) == [
                "plugins/acme/plugin.lua:6", "plugins/acme/plugin.lua:24", "plugins/acme/plugin.lua:26",
                "plugins/acme/plugin.lua:39",
            ]
        )
        for place in fault.faults.map(\.place) { #expect(fault.description.contains(place + ": ")) }
    }

    @Test("a word in a comment is not taken for the place of a mistake")
    func comments() throws {
        let source = TemporaryPlugin.good
            .replacing("local helper = 1", with: "-- titles = \"Acme\" is -- no key\nlocal x = \"--\" -- 'titles'")
            .replacing("title = \"Acme\"", with: "title = \"Acme\", titles = 1")
        let fault = try #require(try TemporaryPlugin(source).faults().first)
        #expect(fault.excerpt?.contains("title = \"Acme\", titles = 1") == true)
        #expect(fault.place == "plugins/acme/plugin.lua:9")
    }

    @Test("of two lines with one path, the one with the mistake is named")
    func samePath() throws {
        let source = TemporaryPlugin.good.replacing(
            "{ \"text\", \"note\",",
            with: "{ \"text\", \"title\", only = \"request\" },\n    { \"text\", \"note\", min = true,"
        )
        let fault = try #require(try TemporaryPlugin(source).faults().first)
        #expect(fault.message.contains("min must be a whole number"))
        let wrongOnly = TemporaryPlugin.good.replacing(
            "{ \"text\", \"note\",",
            with: "{ \"text\", \"title\", only = \"request\" },\n    { \"text\", \"note\", only = \"both\","
        )
        #expect(try TemporaryPlugin(wrongOnly).faults().map(\.place) == ["plugins/acme/plugin.lua:29"])
    }

    // MARK: - The file

    @Test("a file that is no Lua is refused where it stops being so")
    func syntax() throws {
        let source = TemporaryPlugin.good.replacing("title = \"Acme\",", with: "title = = \"Acme\",")
        let faults = try TemporaryPlugin(source).faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:8"])
        #expect(faults[0].excerpt?.contains("title = = \"Acme\"") == true)
        #expect(faults[0].hint?.contains("not valid Lua 5.4") == true)
    }

    @Test(
        "a file that returns no table is refused with what it returned",
        arguments: [
            ("", "nothing"), ("local x = 1", "nothing"), ("return 5", "a number"), ("return \"acme\"", "a string"),
            ("return nil", "nothing"), ("return function() end", "a function"), ("return true", "a boolean"),
        ]
    )
    func noTable(source: String, kind: String) throws {
        let faults = try TemporaryPlugin(source).faults()
        #expect(faults.map(\.message) == ["The file must return one table; it returned \(kind)."])
    }

    @Test("an empty table is refused with everything that is missing")
    func emptyTable() throws {
        let messages = try TemporaryPlugin("return {}").faults().map(\.message)
        for key in ["api", "id", "title", "docs", "origin", "times", "fields", "operations"] {
            #expect(messages.contains { $0.hasPrefix(key) }, "\(key)")
        }
    }

    @Test("bytecode is refused")
    func bytecode() throws {
        let faults = try TemporaryPlugin([0x1B] + Array("Lua".utf8) + [0x54, 0, 0x19, 0x93]).faults()
        #expect(faults.count == 1)
        #expect(faults[0].message.contains("text") || faults[0].message.contains("bytecode"))
    }

    @Test("a file that never ends is stopped, and told so")
    func endless() throws {
        let faults = try TemporaryPlugin("local x = 1\nwhile true do end\nreturn {}").faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:2"])
        #expect(faults[0].message.contains("instructions"))
    }

    @Test("a file that takes all memory is stopped, and told so")
    func memory() throws {
        let faults = try TemporaryPlugin(
            "local s = (\"x\"):rep(1000000)\nlocal t = {}\nfor i = 1, 1e6 do t[i] = s .. i end\nreturn {}"
        ).faults()
        #expect(faults.count == 1)
        #expect(faults[0].message.lowercased().contains("memory"))
    }

    @Test("an error of the file's own code is told with its line")
    func runtimeError() throws {
        let faults = try TemporaryPlugin("local t\nlocal x = t.field\nreturn {}").faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:2"])
        #expect(faults[0].excerpt?.contains("local x = t.field") == true)
    }

    @Test("what reaches outside the sandbox is not there", arguments: ["io.open('/etc/passwd')", "os.execute('true')",
        "require('x')", "load('return 1')", "dofile('x')", "setmetatable({}, {})", "coroutine.create(print)"])
    func sandbox(code: String) throws {
        let faults = try TemporaryPlugin("local x = \(code)\nreturn {}").faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:1"])
    }

    @Test("a plugin without a file, or with too large a one, is refused")
    func unreadable() throws {
        let missing = try #require(throws: PluginFault.self) { _ = try PluginLoader.load(folder: "/nowhere/acme") }
        #expect(missing.faults[0].place == "plugins/acme/plugin.lua")
        #expect(missing.faults[0].message.contains("cannot be read"))
        let large = try TemporaryPlugin("--" + String(repeating: "x", count: 256 << 10)).faults()
        #expect(large[0].message.contains("256 KiB"))
    }
}
