import Testing

/// A mistake, and what must be said of it.
struct PluginMistake: CustomTestStringConvertible, Sendable {
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

extension PluginMistake {
    static let all = inTheTable + inTheFields + inOperationsAndFunctions + inLimits + inTheWhole + inTheOptions

    static let inTheTable: [PluginMistake] = [
        // The table.
        PluginMistake("unknown key", "title = ", "titel = ", at: nil, "title is missing"),
        PluginMistake(
            "unknown key beside",
            "docs = ",
            "doc = 1, docs = ",
            at: "doc = 1",
            "no \"doc\"",
            "Did you mean \"docs\"?"
        ),
        PluginMistake(
            "misspelt function",
            "  operations = {",
            "  autorize = tostring,\n  operations = {",
            at: "autorize =",
            "no \"autorize\"",
            "Did you mean \"authorize\"?"
        ),
        PluginMistake("missing api", "  api = 1,\n", "", at: nil, "api must be 1"),
        PluginMistake("other api", "api = 1", "api = 2", at: "api = 2", "api must be 1"),
        PluginMistake(
            "id is not the folder's",
            "id = \"acme\"",
            "id = \"acne\"",
            at: "id = \"acne\"",
            "\"acne\"",
            "\"acme\"",
            "agree"
        ),
        PluginMistake(
            "title is no string",
            "title = \"Acme\"",
            "title = 5",
            at: "title = 5",
            "title must be a string; it is a number"
        ),
        PluginMistake("missing docs", "  docs = \"https://docs.acme.example\",\n", "", at: nil, "docs is missing"),
        PluginMistake(
            "origin without TLS",
            "https://api",
            "http://api",
            at: "origin =",
            "https://",
            "http://api.acme.example"
        ),
        PluginMistake(
            "origin with a path",
            "api.acme.example\"",
            "api.acme.example/v1\"",
            at: "origin =",
            "without a path"
        ),
        PluginMistake("missing origin", "  origin = \"https://api.acme.example\",\n", "", at: nil, "origin is missing"),

        // Secrets, settings, headers.
        PluginMistake(
            "secret without help",
            "{ help = \"A token.\" }",
            "{}",
            at: "secrets = ",
            "secrets.token.help is missing"
        ),
        PluginMistake(
            "secrets as a list",
            "secrets = { token = { help = \"A token.\" } }",
            "secrets = { \"token\" }",
            at: "secrets =",
            "secrets must be a table of names"
        ),
        PluginMistake(
            "unknown key of a setting",
            "format = \"time_of_day\"",
            "fromat = \"time_of_day\"",
            at: "fromat",
            "settings.begin.fromat",
            "Did you mean \"format\"?"
        ),
        PluginMistake(
            "unknown format",
            "\"time_of_day\"",
            "\"time\"",
            at: "begin = {",
            "it must be uuid or time_of_day"
        ),
        PluginMistake(
            "unknown type of setting",
            "format = \"time_of_day\"",
            "type = \"text\"",
            at: "begin = {",
            "string, boolean, integer or map"
        ),
        PluginMistake(
            "header with an unknown secret",
            "${secret.token}",
            "${secret.tokn}",
            at: "headers =",
            "no \"secret.tokn\"",
            "Did you mean \"secret.token\"?"
        ),
        PluginMistake(
            "header with an unknown setting",
            "${secret.token}",
            "${setting.token}",
            at: "headers =",
            "there is no \"setting.token\"; declared are secret.token"
        ),
        PluginMistake(
            "header with an open brace",
            "${secret.token}",
            "${secret.token",
            at: "headers =",
            "has no \"}\""
        ),
        PluginMistake(
            "header of the host's own",
            "Authorization = \"Bearer",
            "[\"Content-Length\"] = \"Bearer",
            at: "Content-Length",
            "not a header that a plugin can set"
        ),
        PluginMistake(
            "header name with a line break",
            "Authorization = \"Bearer",
            "[\"X\\r\\nY\"] = \"Bearer",
            at: nil,
            "not a header that a plugin can set"
        ),
        PluginMistake(
            "header that is no string",
            "\"Bearer ${secret.token}\"",
            "{}",
            at: "headers =",
            "must be a string"
        ),

        // Times, user, document.
        PluginMistake("missing times", "  times = {", "  tims = {", at: nil, "times is missing"),
        PluginMistake(
            "unknown form of time",
            "\"date_duration\" }",
            "\"day_duration\" }",
            at: "times =",
            "\"day_duration\" is no form",
            "Did you mean \"date_duration\"?"
        ),
        PluginMistake(
            "running as a form",
            "\"date_duration\" }",
            "\"running\" }",
            at: "times =",
            "\"running\" is no form"
        ),
        PluginMistake(
            "no form of time",
            "accepts = { \"start_duration\", \"date_duration\" }",
            "accepts = {}",
            at: "times =",
            "at least one of"
        ),
        PluginMistake(
            "forms that are no list",
            "accepts = { \"start_duration\", \"date_duration\" }",
            "accepts = \"interval\"",
            at: "times =",
            "times.accepts must be a list, such as { \"interval\" }; it is a string."
        ),
        PluginMistake(
            "unknown member of a running timer",
            "times = {",
            "times = { running = { durations = 0 },",
            at: "running",
            "no member \"durations\""
        ),
        PluginMistake(
            "setting that is not declared",
            "settings.begin",
            "settings.begins",
            at: "times =",
            "settings.begins",
            "not declared",
            "Did you mean \"begin\"?"
        ),
        PluginMistake(
            "setting without its prefix",
            "\"settings.begin\"",
            "\"begin\"",
            at: "times =",
            "must be \"settings.\""
        ),
        PluginMistake(
            "implied user that is not declared",
            "implied = \"settings.user_id\"",
            "implied = \"settings.user\"",
            at: "user =",
            "user.implied",
            "not declared"
        ),
        PluginMistake(
            "user without implied",
            "{ implied = \"settings.user_id\" }",
            "{}",
            at: "user = {}",
            "user.implied is missing"
        ),
        PluginMistake(
            "document without a type",
            "  fields = {",
            "  document = { at = \"data\" },\n  fields = {",
            at: "document =",
            "document.type is missing"
        ),
        PluginMistake(
            "document's types as a string",
            "  fields = {",
            "  document = { at = \"data\", type = \"a\", reads = \"b\" },\n  fields = {",
            at: "reads =",
            "list of strings"
        ),
    ]
}
