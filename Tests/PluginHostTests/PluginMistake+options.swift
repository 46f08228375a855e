extension PluginMistake {
    /// Options that do nothing, and values that nothing takes.
    static let inTheOptions: [PluginMistake] = [
        PluginMistake(
            "an end of a running timer",
            "accepts = { \"start_duration\", \"date_duration\" }",
            "running = { ended_at = \"\" }, accepts = { \"start_duration\", \"date_duration\" }",
            at: "times =",
            "times.running.ended_at is \"\"; it must be json.null"
        ),
        PluginMistake(
            "a length of a running timer as a text",
            "accepts = { \"start_duration\", \"date_duration\" }",
            "running = { duration_seconds = \"0\" }, accepts = { \"start_duration\", \"date_duration\" }",
            at: "times =",
            "it must be a whole number, or json.null"
        ),
        PluginMistake(
            "a start of a running timer",
            "accepts = { \"start_duration\", \"date_duration\" }",
            "running = { started_at = \"now\" }, accepts = { \"start_duration\", \"date_duration\" }",
            at: "times =",
            "must be left out"
        ),
        PluginMistake(
            "a misspelt member of a running timer",
            "accepts = { \"start_duration\", \"date_duration\" }",
            "running = { duration_second = 0 }, accepts = { \"start_duration\", \"date_duration\" }",
            at: "times =",
            "Did you mean \"duration_seconds\"?"
        ),

        // Options.
        PluginMistake(
            "a null among the values",
            "{ 1, \"billed\" }",
            "{ json.null, \"billed\" }",
            at: "json.null",
            "values has a json.null"
        ),
        PluginMistake(
            "values of a text",
            "\"text\", joins",
            "\"text\", values = { { \"a\", \"b\" } }, joins",
            at: "values = { { \"a\"",
            "values is for enum, first_true, and this line is text"
        ),
        PluginMistake(
            "a type of a text",
            "\"text\", joins",
            "\"text\", type = \"x\", joins",
            at: "type =",
            "type is for resource"
        ),
        PluginMistake(
            "decimals of seconds",
            "\"duration_seconds\", \"seconds\" }",
            "\"duration_seconds\", \"seconds\", decimals = 2 }",
            at: "decimals =",
            "decimals is for hours, and this line is seconds"
        ),
        PluginMistake(
            "more decimals than hours have",
            "\"duration_seconds\", \"seconds\" }",
            "\"duration_seconds\", \"hours\", decimals = 7 }",
            at: "decimals =",
            "decimals is 7; hours have 1 to 6 decimals"
        ),
        PluginMistake(
            "a least length of a text",
            "\"text\", joins",
            "\"text\", min = 3, joins",
            at: "min =",
            "min is for seconds"
        ),
        PluginMistake(
            "a length of a number",
            "\"duration_seconds\", \"seconds\" }",
            "\"duration_seconds\", \"seconds\", max_length = 3 }",
            at: "max_length",
            "max_length is for text"
        ),
        PluginMistake(
            "more than the most",
            "\"duration_seconds\", \"seconds\" }",
            "\"duration_seconds\", \"seconds\", min = 10, max = 5 }",
            at: "min =",
            "takes 10 or more and 5 or less"
        ),
        PluginMistake(
            "a constant that is only read",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"x\", \"constant\", value = 1, only = \"answer\" }",
            at: "constant",
            "a constant that is never written"
        ),
        PluginMistake(
            "a constant that is required",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"x\", \"constant\", value = 1, required = true }",
            at: "constant",
            "required does nothing for a constant"
        ),
        PluginMistake(
            "pages and a cursor",
            "create = {",
            "list = { \"GET /e\", paging = { page = \"p\", cursor = \"c\", next = \"n\", size = \"s\", max = 5, total = \"t\" } },\n    create = {",
            at: "paging",
            "has cursor and page"
        ),
        PluginMistake(
            "pages and an offset",
            "create = {",
            "list = { \"GET /e\", paging = { page = \"p\", offset = \"o\", size = \"s\", max = 5, total = \"t\" } },\n    create = {",
            at: "paging",
            "has page and offset"
        ),
    ]
}
