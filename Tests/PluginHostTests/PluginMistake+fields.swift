extension PluginMistake {
    static let inTheFields: [PluginMistake] = [
        // Fields.
        PluginMistake("missing fields", "  fields = {", "  felds = {", at: nil, "fields is missing"),
        PluginMistake(
            "field that is no table",
            "{ \"day\", \"work_date\", \"date\" }",
            "\"day\"",
            at: nil,
            "fields[2] must be a table"
        ),
        PluginMistake(
            "field without a member",
            "{ \"day\", \"work_date\", \"date\" }",
            "{ \"day\" }",
            at: "{ \"day\" }",
            "must begin with the vendor path"
        ),
        PluginMistake("vendor path with an empty name", "{ \"day\",", "{ \"a..day\",", at: "a..day", "is no path"),
        PluginMistake(
            "unknown member",
            "\"work_date\"",
            "\"work_dat\"",
            at: "\"work_dat\"",
            "no member \"work_dat\"",
            "Did you mean \"work_date\"?"
        ),
        PluginMistake(
            "unknown subject part",
            "subjects.project.id",
            "subjects.project.uuid",
            at: "subjects.project.uuid",
            "no member \"subjects.project.uuid\""
        ),
        PluginMistake(
            "unknown converter",
            "\"rfc3339\" }",
            "\"rfc339\" }",
            at: "\"rfc339\"",
            "no converter \"rfc339\"",
            "Did you mean \"rfc3339\"?",
            "There are: id, "
        ),
        PluginMistake(
            "unknown option",
            "required = true",
            "require = true",
            at: "require = true",
            "no \"require\"",
            "Did you mean \"required\"?"
        ),
        PluginMistake(
            "converter that cannot give the member",
            "\"work_date\", \"date\"",
            "\"work_date\", \"minutes\"",
            at: "\"work_date\", \"minutes\"",
            "the converter minutes cannot give work_date"
        ),
        PluginMistake(
            "converter that cannot give a subject",
            "\"subjects.project.id\", \"id\"",
            "\"subjects.project.id\", \"boolean\"",
            at: "\"boolean\"",
            "the converter boolean cannot give subjects.project.id"
        ),
        PluginMistake(
            "identifier as subjects",
            "\"subjects.project.id\", \"id\"",
            "\"subjects\", \"id\"",
            at: "\"subjects\"",
            "the converter id cannot give subjects"
        ),
        PluginMistake(
            "relationship for a custom field",
            "\"colour\", \"vendor_fields\"",
            "\"colour\", \"custom_fields.colour\", \"relationship\"",
            at: "custom_fields",
            "relationship cannot give custom_fields"
        ),
        PluginMistake(
            "enumeration without a converter",
            "\"billing.state\", \"enum\", values",
            "\"billing.state\", values",
            at: "\"billing.state\"",
            "needs a converter"
        ),
        PluginMistake(
            "enumeration without values",
            "\"enum\", values = { { 1, \"billed\" }, { 0, \"none\" } }",
            "\"enum\"",
            at: "\"enum\"",
            "an enum needs values"
        ),
        PluginMistake(
            "value that the member has not",
            "{ 1, \"billed\" }",
            "{ 1, \"bileld\" }",
            at: "bileld",
            "billing.state has no value \"bileld\"",
            "none, drafted, billed",
            "Did you mean \"billed\"?"
        ),
        PluginMistake(
            "otherwise that the member has not",
            "values = {",
            "otherwise = \"paid\", values = {",
            at: "paid",
            "no value \"paid\""
        ),
        PluginMistake(
            "pair of three",
            "{ 1, \"billed\" }",
            "{ 1, \"billed\", 2 }",
            at: "{ 1,",
            "each must be { vendor value, unified"
        ),
        PluginMistake(
            "one path for a converter of two",
            "\"rfc3339\" }",
            "\"utc_date_and_time\" }",
            at: "utc_date_and_time",
            "needs 2 vendor paths, and there is 1"
        ),
        PluginMistake(
            "two paths for a converter of one",
            "{ \"from\",",
            "{ { \"from\", \"at\" },",
            at: "\"from\", \"at\"",
            "needs 1 vendor path, and there are 2"
        ),
        PluginMistake(
            "typed_reference without types",
            "{ \"projectId\", \"subjects.project.id\", \"id\",",
            "{ { \"type\", \"projectId\" }, \"subjects\", \"typed_reference\",",
            at: "typed_reference",
            "needs the list of its types"
        ),
        PluginMistake(
            "resource without a type",
            "\"subjects.project.id\", \"id\",",
            "\"subjects.project.id\", \"resource\",",
            at: "\"resource\"",
            "needs its JSON:API type"
        ),
        PluginMistake(
            "money without its currency",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"cost\", \"money\", kind = \"cost\", basis = \"own\" }",
            at: "\"cost\"",
            "money needs kind, basis and currency"
        ),
        PluginMistake(
            "money in another converter",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"cost\", \"money\", \"text\", kind = \"cost\", basis = \"own\", currency = \"c\" }",
            at: "\"cost\"",
            "the converter text cannot give money"
        ),
        PluginMistake(
            "wrong only",
            "only = \"answer\"",
            "only = \"answers\"",
            at: "answers",
            "\"request\" or \"answer\""
        ),
        PluginMistake(
            "required in an unknown operation",
            "required = true",
            "required = { \"creat\" }",
            at: "creat",
            "\"creat\" is no operation",
            "Did you mean \"create\"?"
        ),
        PluginMistake(
            "wrong null",
            "\"text\", joins",
            "\"text\", null = \"clear\", joins",
            at: "\"clear\"",
            "\"clears\" or \"refused\""
        ),
        PluginMistake(
            "joins as a string",
            "joins = { \"title\" }",
            "joins = \"title\"",
            at: "joins",
            "must be a list of strings"
        ),
        PluginMistake(
            "joins of what is no text",
            "joins = { \"title\" }",
            "joins = { \"billable\" }",
            at: "joins",
            "\"billable\" is no text member"
        ),
        PluginMistake(
            "fallback as a string",
            "\"rfc3339\" }",
            "\"rfc3339\", fallback = \"settings.begin\" }",
            at: "fallback",
            "must be a list of strings"
        ),
        PluginMistake(
            "unknown fallback",
            "\"rfc3339\" }",
            "\"rfc3339\", fallback = { \"note.last_line\" } }",
            at: "fallback",
            "neither settings.NAME"
        ),
        PluginMistake(
            "fallback to a setting that is not declared",
            "\"rfc3339\" }",
            "\"rfc3339\", fallback = { \"settings.beginn\" } }",
            at: "fallback",
            "falls back to settings.beginn",
            "Did you mean \"begin\"?"
        ),
        PluginMistake(
            "unknown form of a field",
            "\"rfc3339\" }",
            "\"rfc3339\", forms = { \"intervall\" } }",
            at: "intervall",
            "is no form of time"
        ),
        PluginMistake(
            "wrong when",
            "\"rfc3339\" }",
            "\"rfc3339\", when = { \"state\", \"x\" } }",
            at: "when =",
            "must be { member, value }"
        ),
        PluginMistake(
            "limit that is no number",
            "\"seconds\" }",
            "\"seconds\", min = \"1\" }",
            at: "min =",
            "must be a whole number"
        ),
        PluginMistake(
            "another place with too few paths",
            "\"rfc3339\" }",
            "\"rfc3339\", also = { { \"d\", \"utc_date_and_time\" } } }",
            at: "also",
            "needs 2 vendor paths, and there is 1"
        ),
        PluginMistake(
            "another place of a resource",
            "\"id\", required = true",
            "\"id\", also = { { \"x.data.id\", \"resource\", type = \"projects\" } }",
            at: "also",
            "cannot be another place"
        ),
        PluginMistake(
            "another place that cannot give the member",
            "\"rfc3339\" }",
            "\"rfc3339\", also = { { \"d\", \"boolean\" } } }",
            at: "also",
            "the converter boolean cannot give started_at"
        ),
    ]
}
