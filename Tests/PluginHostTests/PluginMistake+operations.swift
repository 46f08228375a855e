extension PluginMistake {
    static let inOperationsAndFunctions: [PluginMistake] = [
        // The tree of places.
        PluginMistake(
            "a place that is a value and an object",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"text.colour\", \"vendor_fields\" }",
            at: "text.colour",
            "is a value in one line of the table and an object in another"
        ),
        PluginMistake(
            "a place that is an object and a value",
            "{ \"text\", \"note\"",
            "{ \"colour.x\", \"title\" }, { \"text\", \"note\"",
            at: "{ \"colour\", \"vendor_fields\" }",
            "is a value in one line"
        ),
        PluginMistake("list elements two deep", "{ \"colour\",", "{ \"a[].b.c\",", at: "a[].b.c", "one member deep"),

        // Operations and errors.
        PluginMistake("missing operations", "  operations = {", "  operation = {", at: nil, "operations is missing"),
        PluginMistake(
            "unknown operation",
            "create = {",
            "crate = {",
            at: "crate =",
            "no operation \"crate\"",
            "Did you mean \"create\"?"
        ),
        PluginMistake(
            "operation without a method",
            "\"POST /entries\"",
            "\"/entries\"",
            at: "\"/entries\"",
            "a method and a path"
        ),
        PluginMistake(
            "operation with an unknown method",
            "POST /entries",
            "FETCH /entries",
            at: "FETCH",
            "a method and a path"
        ),
        PluginMistake("operation that climbs", "POST /entries", "POST /../entries", at: "/../", "a method and a path"),
        PluginMistake(
            "operation that names a host",
            "POST /entries",
            "POST //evil.example",
            at: "//evil",
            "a method and a path"
        ),
        PluginMistake(
            "a create that is answered with nothing",
            "entry = \"data\"",
            "entry = false",
            at: "entry = false",
            "operations.create.entry is false, and nobody would know the entry"
        ),
        PluginMistake("success that is none", "entry = \"data\"", "success = { 404 }", at: "success", "200 to 299"),
        PluginMistake(
            "unknown completeness",
            "entry = \"data\"",
            "completeness = \"half\"",
            at: "half",
            "full, partial or id_only"
        ),
        PluginMistake(
            "unknown key of an operation",
            "entry = \"data\"",
            "entries = \"data\"",
            at: "entries = \"data\"",
            "no \"operations.create.entries\""
        ),
        PluginMistake(
            "bulk operation without its ids",
            "  operations = {",
            "  operations = { bulk_delete = { \"POST /entries/delete\" },",
            at: "bulk_delete",
            "operations.bulk_delete.ids is missing"
        ),
        PluginMistake(
            "unknown outcome of a bulk operation",
            "  operations = {",
            "  operations = { bulk_delete = { \"POST /x\", ids = { \"ids\", \"text\" }, outcomes = { gone = \"a\" } },",
            at: "gone =",
            "operations.bulk_delete.outcomes.gone must be one of done"
        ),
        PluginMistake(
            "vendor filter of an unknown kind",
            "  operations = {",
            "  operations = { list = { \"GET /x\", vendor_filters = { template = \"${name}\", names = { { \"a\", \"dat\" } } } },",
            at: "\"dat\"",
            "is a \"dat\"",
            "Did you mean \"date\"?"
        ),
        PluginMistake(
            "vendor filter that is no filter",
            "  operations = {",
            "  operations = { list = { \"GET /x\", vendor_filters = { template = \"${name}\", names = { 7 } } },",
            at: "names = { 7 }",
            "a name, or a name and a kind"
        ),
        PluginMistake(
            "refusals under 2xx without a code",
            "kinds = { busy = \"conflict\" }",
            "in_success = true, kinds = { busy = \"conflict\" }",
            at: "in_success",
            "errors.in_success needs errors.code and errors.kinds"
        ),
        PluginMistake(
            "unknown kind",
            "busy = \"conflict\"",
            "busy = \"conflit\"",
            at: "conflit",
            "errors.kinds.busy is \"conflit\"",
            "Did you mean \"conflict\"?"
        ),
        PluginMistake(
            "kinds that are no table",
            "kinds = { busy = \"conflict\" }",
            "kinds = \"conflict\"",
            at: "kinds =",
            "must be a table"
        ),
        PluginMistake("status in quotes", "[422]", "[\"422\"]", at: "[\"422\"]", "must be a number in brackets: [422]"),
        PluginMistake("status that is none", "[422]", "[200]", at: "statuses", "300 to 599"),
        PluginMistake(
            "unknown key of errors",
            "message = \"message\"",
            "mesage = \"message\"",
            at: "mesage",
            "errors.mesage",
            "Did you mean \"message\"?"
        ),
        PluginMistake(
            "fields without a way",
            "message = \"message\"",
            "fields = { name = \"a\" }",
            at: "fields = { name",
            "needs map, list or pointer"
        ),
        PluginMistake(
            "unknown case",
            "message = \"message\"",
            "fields = { list = \"a\", name = \"b\", message = \"c\", case = \"snake\" }",
            at: "snake",
            "there is only pascal"
        ),
        PluginMistake(
            "a kept member that every problem has",
            "message = \"message\"",
            "keep = { detail = \"error.detail\" }",
            at: "keep =",
            "\"detail\" already"
        ),

        // Refusals in the vendor's shape.
        PluginMistake(
            "a refusal of an unknown kind",
            "message = \"message\"",
            "write = { codes = { invlid = \"x\" } }",
            at: "invlid",
            "\"invlid\" is no kind of error",
            "Did you mean \"invalid\"?"
        ),
        PluginMistake(
            "a refusal with the status of a success",
            "message = \"message\"",
            "write = { statuses = { invalid = 200 } }",
            at: "invalid = 200",
            "must be an HTTP status from 400 to 599"
        ),
        PluginMistake(
            "a refusal with a variable that is not known",
            "message = \"message\"",
            "write = { members = { status = \"${statis}\" } }",
            at: "statis",
            "there is no \"${statis}\""
        ),
        PluginMistake(
            "reasons in an unknown form",
            "message = \"message\"",
            "write = { reasons = \"array\" }",
            at: "array",
            "it must be list or text"
        ),
        PluginMistake(
            "a misspelt key of refusals",
            "message = \"message\"",
            "write = { code = { } }",
            at: "write =",
            "no \"errors.write.code\"",
            "Did you mean \"codes\"?"
        ),

        // Functions.
        PluginMistake(
            "function that is no function",
            "  operations",
            "  authorize = true,\n  operations",
            at: "authorize =",
            "authorize must be a function; it is a boolean"
        ),
        PluginMistake(
            "function that is a table",
            "  operations",
            "  validate = {},\n  operations",
            at: "validate =",
            "validate must be a function; it is a table"
        ),
    ]
}
