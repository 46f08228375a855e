extension PluginMistake {
    private static func limits(
        _ name: String,
        _ text: String,
        at: String? = nil,
        _ messages: String...
    ) -> PluginMistake {
        var mistake = PluginMistake(name, "  operations = {", "  \(text),\n\n  operations = {", at: at ?? text)
        mistake.message = messages
        return mistake
    }

    private static func operation(_ name: String, _ text: String, _ messages: String...) -> PluginMistake {
        var mistake = PluginMistake(name, "entry = \"data\"", text, at: text)
        mistake.message = messages
        return mistake
    }

    static let inLimits: [PluginMistake] = [
        limits("limits that are no table", "limits = 100", "limits must be a table", "per ="),
        limits("a limit without its list", "limits = { 100, per = \"10s\" }", "no \"limits.per\" in the contract"),
        limits("a limit that is a number", "limits = { 100 }", "limits[1] must be a number of requests and a length"),
        limits("a limit without a length", "limits = { { 100 } }", "limits[1].per must be a length"),
        limits("a limit without a number", "limits = { { per = \"1s\" } }", "limits[1] must be a number of requests"),
        limits(
            "a length without a unit",
            "limits = { { 5, per = \"1m\" }, { 9, per = \"10\" } }",
            "limits[2].per",
            "\"10s\""
        ),
        limits("a length as a number", "limits = { { 9, per = 10 } }", "limits[1].per must be a length"),
        limits("a length of two days", "limits = { { 9, per = \"48h\" } }", "per at most 24h"),
        limits("no requests", "limits = { { 0, per = \"10s\" } }", "1 to 10000000 requests"),
        limits("half a request", "limits = { { 0.5, per = \"10s\" } }", "limits[1] must be a number of requests"),
        limits("one length twice", "limits = { { 9, per = \"60s\" }, { 8, per = \"1m\" } }", "a second limit per 1m"),
        limits(
            "a misspelt length",
            "limits = { { 9, pre = \"10s\" } }",
            "no \"limits[1].pre\"",
            "Did you mean \"per\"?"
        ),
        limits(
            "a misspelt key of limits",
            "limits = { rest = \"X\" }",
            "no \"limits.rest\"",
            "Did you mean \"reset\"?"
        ),
        limits("a reset of unknown form", "limits = { reset = \"X-Reset\" }", "limits.reset needs reset_is"),
        limits(
            "a reset in another form",
            "limits = { reset = \"X-Reset\", reset_is = \"unix_tme\" }",
            "unix_time, unix_milliseconds or seconds",
            "Did you mean \"unix_time\"?"
        ),
        limits("a form without a reset", "limits = { reset_is = \"seconds\" }", "and there is none"),
        limits(
            "a rest until nobody knows when",
            "limits = { remaining = \"X-Left\" }",
            "limits.remaining",
            "there is none"
        ),
        limits(
            "a reset that is no header",
            "limits = { reset = \"X Reset\", reset_is = \"seconds\" }",
            "name of a header"
        ),
        limits(
            "a reset that is no text",
            "limits = { reset = 5, reset_is = \"seconds\" }",
            "limits.reset must be a string"
        ),
        limits("a status that says nothing", "limits = { unprocessed = { 500 } }", "425, 429 and 503"),
        limits("a status that stands alone", "limits = { unprocessed = 429 }", "limits.unprocessed must be a list"),
        limits("no call at once", "limits = { concurrency = 0 }", "limits.concurrency must be 1 to 256"),
        limits("a concurrency in words", "limits = { concurrency = \"8\" }", "must be a whole number"),

        operation("a create that may go twice", "idempotent = true", "idempotent is for PUT and DELETE; POST"),
        operation("idempotent in words", "idempotent = \"yes\"", "operations.create.idempotent must be true or false"),
        operation("a window without a key", "window = \"24h\"", "there is no idempotency_header"),
        operation(
            "a window that is no length",
            "idempotency_header = \"Key\", window = \"1d\"",
            "operations.create.window must be a length"
        ),
    ]
}
