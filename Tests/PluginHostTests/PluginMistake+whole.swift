extension PluginMistake {
    /// Lines that are right by themselves and wrong together.
    static let inTheWhole: [PluginMistake] = [
        // Forms of time that nothing writes.
        PluginMistake(
            "a form of time whose end no line writes",
            "\"date_duration\" }",
            "\"date_duration\", \"interval\" }",
            at: "times =",
            "takes the form interval",
            "no line of fields writes its ended_at"
        ),
        PluginMistake(
            "a form of time whose start is only read",
            "\"started_at\", \"rfc3339\" }",
            "\"started_at\", \"rfc3339\", only = \"answer\" }",
            at: "times =",
            "takes the form start_duration",
            "no line of fields writes its started_at"
        ),
        PluginMistake(
            "a form of time whose day is written in another form only",
            "\"work_date\", \"date\" }",
            "\"work_date\", \"date\", forms = { \"start_duration\" } }",
            at: "times =",
            "takes the form date_duration",
            "writes its work_date"
        ),
        // Two lines for one place.
        PluginMistake(
            "two members for one place",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"text\", \"title\", \"text\" }",
            at: "\"title\", \"text\"",
            "text is written from title here and from note at line 28",
            "one of the two would be lost"
        ),
        PluginMistake(
            "a constant where a member is written",
            "{ \"colour\", \"vendor_fields\" }",
            "{ \"day\", \"constant\", value = \"x\" }",
            at: "\"constant\"",
            "day is written from a constant here and from work_date"
        ),

        // Paging.
        PluginMistake(
            "pages without an end",
            "create = {",
            "list = { \"GET /entries\", paging = { page = \"p\", size = \"s\", max = 50 } },\n    create = {",
            at: "paging",
            "how the end is known: pages, total, total_header or short_page"
        ),

        // Filters in a path.
        PluginMistake(
            "a filter in a path and among the filters",
            "create = {",
            "list = { \"GET /{filter.user}\", paging = false, filters = { user = { \"u\", \"id\" } } },\n    create = {",
            at: "filter",
            "has the filter user in its path and among its filters"
        ),
        PluginMistake(
            "a day in a path",
            "create = {",
            "list = { \"GET /{filter.from}\", paging = false },\n    create = {",
            at: "list =",
            "has {filter.from}; in a path there can be user"
        ),
        PluginMistake(
            "a filter in the path of a create",
            "POST /entries",
            "POST /{filter.user}/entries",
            at: "POST",
            "has {filter.user}; here it can be: settings.NAME"
        ),

        // Filters and sorts.
        PluginMistake(
            "a misspelt filter",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { form = { \"f\", \"date\" } } },\n    create = {",
            at: "list =",
            "nobody can ask for it",
            "Did you mean \"from\"?"
        ),
        PluginMistake(
            "a filter by a length",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { from = { \"f\", \"integer\" } } },\n    create = {",
            at: "list =",
            "is of the kind integer; from can be date"
        ),
        PluginMistake(
            "billable as a day",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { billable = { \"f\", \"date\" } } },\n    create = {",
            at: "list =",
            "billable can be boolean, enum"
        ),
        PluginMistake(
            "changes since a day",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { updated_since = { \"f\", \"date\" } } },\n    create = {",
            at: "list =",
            "updated_since can be date_or_rfc3339"
        ),
        PluginMistake(
            "a filter by a value that the member has not",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { approval = { \"f\", \"enum\", values = { { 1, \"aproved\" } } } } },\n    create = {",
            at: "list =",
            "approval has no value \"aproved\"",
            "Did you mean \"approved\"?"
        ),
        PluginMistake(
            "two filters for one parameter",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { from = { \"day\", \"date\" }, to = { \"day\", \"date\" } } },\n    create = {",
            at: "list =",
            "is sent as day, and so is the filter",
            "get it twice"
        ),
        PluginMistake(
            "a filter for the parameter of the sort",
            "create = {",
            "list = { \"GET /entries\", paging = false, sort = \"f\", sorts = { work_date = \"d\" }, filters = { from = { \"f\", \"date\" } } },\n    create = {",
            at: "list =",
            "is sent as f, and so is sort"
        ),
        PluginMistake(
            "a misspelt sort",
            "create = {",
            "list = { \"GET /entries\", paging = false, sort = \"s\", sorts = { wrk_date = \"d\" } },\n    create = {",
            at: "list =",
            "no member \"wrk_date\"",
            "Did you mean \"work_date\"?"
        ),
        PluginMistake(
            "inclusive where a day is sent",
            "create = {",
            "list = { \"GET /entries\", paging = false, filters = { to = { \"f\", \"date\", inclusive = true } } },\n    create = {",
            at: "list =",
            "is for a to that the vendor takes as an instant"
        ),

        // Methods.
        PluginMistake(
            "a list that deletes",
            "create = {",
            "list = { \"DELETE /entries\", paging = false },\n    create = {",
            at: "DELETE",
            "list is a DELETE; it must be GET"
        ),
        PluginMistake(
            "a read that writes",
            "create = {",
            "get = { \"POST /entries/{id}\" },\n    create = {",
            at: "POST /entries/{id}",
            "get is a POST; it must be GET"
        ),
        PluginMistake(
            "a deletion that reads",
            "create = {",
            "delete = { \"GET /entries/{id}\" },\n    create = {",
            at: "GET",
            "delete is a GET; it must be DELETE, POST"
        ),
        PluginMistake(
            "an action that reads",
            "create = {",
            "stop = { \"GET /entries/{id}/stop\" },\n    create = {",
            at: "GET",
            "stop is a GET; it must be POST"
        ),

        // Paths.
        PluginMistake(
            "a brace without its end",
            "create = {",
            "get = { \"GET /entries/{id\" },\n    create = {",
            at: "GET /",
            "has a { without its }"
        ),
        PluginMistake(
            "a brace too many",
            "create = {",
            "get = { \"GET /entries/{id}}\" },\n    create = {",
            at: "GET /",
            "a brace that does not fit"
        ),
        PluginMistake(
            "an address with a sign that none has",
            "POST /entries",
            "POST /entries|all",
            at: "POST",
            "in its path, which no address can have"
        ),
        PluginMistake(
            "a field as a pointer",
            "{ \"day\",",
            "{ \"/day\",",
            at: "/day",
            "is no path: paths are names joined by dots, not by slashes"
        ),
        PluginMistake(
            "a field as a query",
            "{ \"day\",",
            "{ \"$.day\",",
            at: "$.day",
            "without a $ before them"
        ),
        PluginMistake(
            "a field with a number",
            "{ \"day\",",
            "{ \"days[0].day\",",
            at: "days[0]",
            "an element of a list has no number"
        ),
        PluginMistake(
            "another place as a pointer",
            "\"rfc3339\" }",
            "\"rfc3339\", also = { \"a/b\" } }",
            at: "also",
            "\"a/b\" is no path"
        ),
        PluginMistake(
            "an entry with an empty name",
            "entry = \"data\"",
            "entry = \"data.\"",
            at: "data.",
            "operations.create.entry is \"data.\", which is no path"
        ),
        PluginMistake(
            "a code as a pointer",
            "message = \"message\",",
            "code = \"/error/code\",",
            at: "/error/code",
            "errors.code is \"/error/code\", which is no path"
        ),

        // Headers.
        PluginMistake(
            "a header with a line break",
            "Bearer ${secret.token}",
            "Bearer ${secret.token}\\r\\nX: y",
            at: "headers =",
            "headers.Authorization has a control character"
        ),
        PluginMistake(
            "a header with a zero",
            "Bearer ${secret.token}",
            "Bearer ${secret.token}\\0",
            at: "headers =",
            "headers.Authorization has a control character"
        ),
        PluginMistake(
            "one header in two spellings",
            "headers = { ",
            "headers = { authorization = \"x\", ",
            at: "headers =",
            "which are one header"
        ),
        PluginMistake(
            "a content type with a line break",
            "entry = \"data\"",
            "content_type = \"a\\nb\"",
            at: "content_type",
            "create.content_type has a control character"
        ),
    ]
}
