internal import GatewayCore

/// The names that a plugin's table may have, in one place: what it is read and checked with, and what its annotations for
/// editors are made from.
struct ContractTable: Sendable {
    struct Key: Sendable {
        let name: String
        /// As LuaCATS writes it: `string`, `timegate.Field[]`, `"a"|"b"`.
        let type: String
        let about: String
        let isRequired: Bool

        init(_ name: String, _ type: String, _ about: String, isRequired: Bool = false) {
            self.name = name
            self.type = type
            self.about = about
            self.isRequired = isRequired
        }
    }

    /// `Field`, as annotations name it.
    let name: String
    let about: String
    /// What stands in the table without a name: `[1]: string`.
    let places: [Key]
    let keys: [Key]

    init(_ name: String, _ about: String, places: [Key] = [], keys: [Key]) {
        self.name = name
        self.about = about
        self.places = places
        self.keys = keys
    }

    var names: [String] { keys.map(\.name) }
}

enum Contract {
    typealias Key = ContractTable.Key

    static let plugin = ContractTable(
        "Plugin",
        "What `plugin.lua` returns: one vendor.",
        keys: [
            Key("api", "1", "The version of the contract.", isRequired: true),
            Key("id", "string", "The name of the folder.", isRequired: true),
            Key("title", "string", "The vendor's name as messages show it.", isRequired: true),
            Key("docs", "string", "The page that the plugin is written from.", isRequired: true),
            Key("origin", "string", "`https://host`: the only origin that requests go to.", isRequired: true),
            Key("settings", "table<string, timegate.Setting>", "What a connection sets."),
            Key("secrets", "table<string, timegate.Setting>", "What a connection keeps secret; no script sees it."),
            Key("headers", "table<string, string>", "Templates: `Bearer ${secret.token}`, `${setting.name}`."),
            Key("times", "timegate.Times", "The forms of time that the vendor takes.", isRequired: true),
            Key("user", "timegate.User", "For vendors whose create cannot name a user."),
            Key("document", "timegate.Document", "For JSON:API documents."),
            Key("fields", "timegate.Field[]", "One line for each field of the vendor's page.", isRequired: true),
            Key("operations", "timegate.Operations", "What is not listed is unsupported.", isRequired: true),
            Key("errors", "timegate.Errors", "How the vendor says no."),
            Key("limits", "timegate.Limits", "How often the vendor may be called."),
            Key(
                "reconcile",
                "timegate.Reconcile|\(signature(of: .reconcile).type)",
                "How the vendor is asked what it has recorded."
            ),
        ]
    )

    static let setting = ContractTable(
        "Setting",
        "A setting or a secret of a connection.",
        keys: [
            Key(
                "type",
                "\"string\"|\"boolean\"|\"integer\"|\"map\"",
                "`string` unless said otherwise; `map`: texts by name."
            ),
            Key("required", "boolean", "Secrets are required unless this says false; settings only if it says true."),
            Key("format", "\"uuid\"|\"time_of_day\"", "What the text must look like."),
            Key("prefix", "string", "What the text must begin with."),
            Key("help", "string", "Where the operator finds it.", isRequired: true),
        ]
    )

    static let times = ContractTable(
        "Times",
        "The forms of time that the vendor takes.",
        keys: [
            Key("accepts", "timegate.AcceptedForm[]", "As they are, the preferred one first.", isRequired: true),
            Key(
                "running",
                "table<timegate.Member, any>",
                "What a running timer is sent with; absent: none is started."
            ),
            Key("length_only", "string", "The setting that lets an interval be recorded as its day and its length."),
            Key("assumed_start", "string", "The setting with a local time for entries without a start."),
        ]
    )

    static let user = ContractTable(
        "User",
        "Where a create cannot name a user.",
        keys: [
            Key("implied", "string", "The setting with the user of the token: `settings.user_id`.", isRequired: true)
        ]
    )

    static let document = ContractTable(
        "Document",
        "A JSON:API document; field paths are then inside `at`.",
        keys: [
            Key("at", "string", "The member that holds the entry: `data`.", isRequired: true),
            Key("type", "string", "The type that is written.", isRequired: true),
            Key("reads", "string[]", "The types that are read."),
        ]
    )

    static let field = ContractTable(
        "Field",
        "A field of the vendor's page: `{ \"vendor.path\", \"unified.member\", \"converter\" }`.",
        places: [
            Key("1", "string|string[]", "The vendor's path, or the several paths that the value is spread over."),
            Key("2", "timegate.Member", "The unified member."),
            Key("3", "timegate.Converter", "How the one becomes the other; what is usual for the member if left out."),
        ],
        keys: [
            Key("required", "true|timegate.OperationName[]", "In all operations, or in these."),
            Key("only", "\"request\"|\"answer\"", "The field stands in one kind of body."),
            Key("written", "boolean", "false: read from native clients, never written."),
            Key("operations", "timegate.OperationName[]", "Written in these operations only."),
            Key(
                "also",
                "(string|{ [1]: string, [2]: timegate.Converter })[]",
                "Other places, tried in turn on reading."
            ),
            Key("null", "\"clears\"|\"refused\"", "What an explicit null does; refused unless said otherwise."),
            Key("forms", "timegate.TimeForm[]", "Written only when the time is sent in one of these forms."),
            Key("min", "integer", "The least value, in the member's unit."),
            Key("max", "integer", "The greatest value, in the member's unit."),
            Key("max_length", "integer", "The most characters of a text."),
            Key(
                "fallback",
                "string[]",
                "Where a missing value comes from: a member, `note.first_line`, `settings.NAME`."
            ),
            Key(
                "joins",
                "timegate.Member[]",
                "Members put before this text, because the vendor has no field for them."
            ),
            Key("first", "boolean", "Counts before the other lines of the member."),
            Key("why", "string", "A sentence for the person who meets the field in an error."),
            Key("values", "any[]", "`enum`: pairs of vendor and unified value. `first_true`: a value for each path."),
            Key("otherwise", "any", "`enum`, `first_true`: the unified value where none fits."),
            Key("any_case", "boolean", "`enum`, `typed_reference`: read in upper and lower case."),
            Key("types", "string[]", "`typed_reference`: the types of subjects."),
            Key("type", "string", "`resource`: the type of the JSON:API relationship."),
            Key("as_text", "boolean", "`boolean`, `seconds`, `milliseconds`, `hours`: read as text too."),
            Key(
                "separator",
                "string",
                "`utc_datetime`, `local_datetime`: what stands before the time; `text_list`: between the texts."
            ),
            Key("fraction", "integer", "`rfc3339`, `rfc3339_utc`: digits of the fraction of a second, 0 to 9."),
            Key("offset", "\"+hh:mm\"|\"+hhmm\"", "`rfc3339`, `rfc3339_utc`: `+hhmm` writes `+0000` in place of `Z`."),
            Key("day", "string", "`local_time`: the vendor path of its day, which the line for `work_date` writes."),
            Key(
                "clock",
                "\"HH:MM:SS\"|\"HH:MM\"|\"h:MMam\"",
                "`local_time`: how it is written; `HH:MM:SS` unless said otherwise."
            ),
            Key("decimals", "integer", "`hours`: how many decimals the vendor keeps, 1 to 6; 2 unless said otherwise."),
            Key("absent", "any", "What a native client's request means where it leaves the field away."),
            Key("kind", "string", "`money`: the kind of cost."),
            Key("basis", "\"own\"|\"default\"|\"normalized\"", "`money`: whose currency."),
            Key("currency", "string", "`money`: the path of the currency."),
            Key("when", "{ [1]: timegate.Member, [2]: string }", "Counts only while another member has this value."),
            Key("value", "any", "`constant`: what is sent, whatever the entry says; ignored on reading."),
            Key("id", "\"id\"|\"uuid\"|\"integer_id\"", "`typed_reference`: what the ids look like."),
        ]
    )

    // MARK: - Operations

    private static let answers = [
        Key("content_type", "string", "Of the request; `application/json` unless said otherwise."),
        Key("accept", "string", "`application/json` unless said otherwise."),
        Key("success", "integer[]", "Statuses that mean done: 200 and 201 unless said otherwise."),
        Key("entry", "string|false", "Where the entry stands in the answer; nothing is the whole body, false none."),
        Key("completeness", "\"full\"|\"partial\"|\"id_only\"", "How much of the entry the answer holds."),
        Key("idempotency_header", "string", "The header that takes an idempotency key."),
        Key("window", "string", "How long the vendor knows a key: `24h`."),
        Key("idempotent", "boolean", "PUT, DELETE: twice does what once does, so it may go again."),
        Key("query", "table<string, string>", "Constant query parameters."),
    ]

    private static let lists = [
        Key("accept", "string", "`application/json` unless said otherwise."),
        Key("success", "integer[]", "Statuses that mean done: 200 and 201 unless said otherwise."),
        Key("query", "table<string, string>", "Constant query parameters."),
        Key("entries", "string", "Where the list stands in the answer; nothing is the whole body."),
        Key("filters", "table<string, timegate.Filter>", "Unified name → the vendor's parameter and kind."),
        Key("vendor_filters", "timegate.VendorFilters", "The vendor's own filters: `vendor[name]=…`."),
        Key("sort", "string", "The query parameter that sorts are sent in."),
        Key("descending", "string", "How a descending sort is written: `-${value}`."),
        Key("sorts", "table<timegate.Member, string>", "Unified member → the vendor's name for it."),
        Key(
            "default_sort",
            "string",
            "The order where the caller does not say: `-work_date`; without `sorts` the only one."
        ),
        Key("paging", "timegate.Paging|false", "How pages are asked for; false where one answer holds the whole list."),
    ]

    private static let constants = Key(
        "body",
        "table<string, any>",
        "What the request holds, whatever the entry: `{ status = \"approved\" }`."
    )

    private static let route = [Key("1", "string", "Method and path: `POST /api/v1/time-entries`.")]

    /// The table of one operation.
    static func operation(_ operation: Operation) -> ContractTable {
        switch operation {
        case .create:
            ContractTable(
                "Create",
                "Recording an entry.",
                places: route,
                keys: answers + [
                    Key("concurrency", "integer", "Entries of a batch at once, 1 to 32; 4 unless said otherwise."),
                    Key(
                        "id_header",
                        "string",
                        "The header that names the entry where the answer has no body: `Location`."
                    ),
                ]
            )
        case .list: ContractTable("List", "Listing entries.", places: route, keys: lists)
        case .update:
            ContractTable(
                "Update",
                "Changing an entry.",
                places: route,
                keys: answers + [Key("replaces", "boolean", "The vendor replaces the whole entry; needs `get`.")]
            )
        case .approve, .unapprove, .reject, .unreject, .start, .stop, .pause, .resume:
            ContractTable(
                "Action",
                "Doing something with an entry.",
                places: route,
                keys: answers + [
                    constants,
                    Key("reason", "string", "Where a reason goes; without it a reason is refused."),
                    Key(
                        "refused_when",
                        "{ [1]: timegate.Member, [2]: string }",
                        "A state that is read and refused first."
                    ),
                    Key("only_when", "{ [1]: timegate.Member, [2]: string }", "The state that is needed."),
                ]
            )
        case .bulkApprove, .bulkUnapprove:
            ContractTable(
                "Bulk",
                "The same with several entries in one request.",
                places: route,
                keys: answers.filter { ["content_type", "accept", "success"].contains($0.name) } + [
                    constants,
                    Key("entries", "string", "Where the list stands in the answer."),
                    Key(
                        "ids",
                        "{ [1]: string, [2]: \"integer\"|\"text\" }",
                        "Where the ids go, and what they are there."
                    ),
                ]
            )
        case .bulkDelete:
            ContractTable(
                "BulkDelete",
                "Deletes several entries in one request.",
                places: route,
                keys: answers.filter { ["content_type", "accept", "success"].contains($0.name) } + [
                    Key(
                        "ids",
                        "{ [1]: string, [2]: \"integer\"|\"text\" }",
                        "Where the ids go, and what they are there."
                    ),
                    Key("outcomes", "table<string, any>", "Where the answer tells what became of each."),
                ]
            )
        case .get, .replace, .delete:
            ContractTable("Operation", "Reading, replacing or deleting an entry.", places: route, keys: answers)
        }
    }

    static let filter = ContractTable(
        "Filter",
        "A filter of a list: `{ \"projectId\", \"id\" }`.",
        places: [
            Key("1", "string", "The vendor's query parameter."),
            Key("2", "timegate.FilterKind", "What its value looks like."),
        ],
        keys: [
            Key("values", "any[]", "`enum`: pairs of vendor and unified value."),
            Key("expression", "string", "A part of an expression with `${value}`; several are joined by \"and\"."),
            Key("privileged", "boolean", "For some tokens only: never added by the gateway itself."),
            Key("inclusive", "boolean", "`to` as an instant: the last second of the day, not the start of the next."),
        ]
    )

    static let vendorFilters = ContractTable(
        "VendorFilters",
        "Filters that the unified API has no names for.",
        keys: [
            Key("template", "string", "`filter[${name}]`", isRequired: true),
            Key("names", "(string|timegate.VendorFilter)[]", "The vendor's names.", isRequired: true),
            Key("operators", "string[]", "Written behind the name."),
        ]
    )

    static let vendorFilter = ContractTable(
        "VendorFilter",
        "A filter with its kind: `{ \"approver_id\", \"integer_id\" }`.",
        places: [
            Key("1", "string", "The vendor's name."),
            Key("2", "timegate.FilterKind", "What its value looks like."),
        ],
        keys: [
            Key("values", "any[]", "`enum`: pairs of vendor and unified value."),
            Key("several", "boolean", "Several values may be given, with commas between."),
        ]
    )

    static let paging = ContractTable(
        "Paging",
        "How pages of a list are asked for.",
        keys: [
            Key("page", "string", "The query parameter of the page's number, from 1."),
            Key("offset", "string", "The query parameter of the number of entries before the page."),
            Key("cursor", "string", "The query parameter of the cursor."),
            Key("size", "string", "The query parameter of the page's size.", isRequired: true),
            Key("max", "integer", "The most entries in a page.", isRequired: true),
            Key("pages", "string", "Where the number of pages stands."),
            Key("total", "string", "Where the number of entries stands."),
            Key("total_header", "string", "The header with the number of entries."),
            Key("short_page", "boolean", "The vendor counts nothing: a page that is not full is the last."),
            Key("next", "string|string[]", "Where the next cursor stands; a list of names where one holds a dot."),
            Key("next_is", "\"address\"", "`next` is the next page's address, with the cursor in its query."),
            Key("next_header", "string", "The header that tells the next page: `Link`, or the cursor itself."),
        ]
    )

    // MARK: - Errors, limits, reconciling

    static let errors = ContractTable(
        "Errors",
        "How the vendor says no.",
        keys: [
            Key("list", "string", "Where a list of errors stands; alone, it is one of texts."),
            Key("code", "string", "Where the code stands, in an error or in the body."),
            Key("message", "string|string[]", "Where the message stands; the first that is there counts."),
            Key("fields", "timegate.ErrorFields", "How the vendor names the fields that it refuses."),
            Key("kinds", "table<string, timegate.ErrorKind>", "What a code means; it decides before the status."),
            Key("statuses", "table<integer, timegate.ErrorKind>", "What an HTTP status means."),
            Key(
                "in_success",
                "true|timegate.RefusalMark",
                "The vendor says no under 2xx too: a code that `kinds` knows is a refusal, or what has the mark."
            ),
            Key("keep", "table<string, string>", "Members of the body that go on to the caller."),
            Key("write", "timegate.ErrorWrite", "How the gateway's own refusals look to the vendor's clients."),
        ]
    )

    static let refusalMark = ContractTable(
        "RefusalMark",
        "How a 2xx that says no is told from one that says yes.",
        keys: [
            Key("at", "string", "Where the mark stands in the body."),
            Key("equals", "string|number|boolean", "What stands there in a refusal."),
        ]
    )

    static let errorWrite = ContractTable(
        "ErrorWrite",
        "A refusal in the vendor's own shape, for the proxy.",
        keys: [
            Key("content_type", "string", "`application/json` unless said otherwise."),
            Key("codes", "table<timegate.ErrorKind, string>", "The vendor's code for a kind."),
            Key("statuses", "table<timegate.ErrorKind, integer>", "The vendor's HTTP status for a kind."),
            Key("members", "table<string, string>", "Members beside the errors: `{ title = \"${title}\" }`."),
            Key("reasons", "\"list\"|\"text\"", "How several reasons for one field are told."),
        ]
    )

    static let errorFields = ContractTable(
        "ErrorFields",
        "Fields by `map`, `list` or `pointer`.",
        keys: [
            Key("map", "string", "`{ field: reason }`"),
            Key("list", "string", "`[ { name, message } ]`"),
            Key("name", "string", "In an element of `list`."),
            Key("message", "string", "In an element of `list`, or in the object that `map` has for a field."),
            Key("case", "\"pascal\"", "The vendor writes `TypeOfWorkId`."),
            Key("pointer", "string", "Where a JSON pointer stands, in an error."),
            Key("parameter", "string", "Where the name of a parameter stands, in an error."),
        ]
    )

    static let limits = ContractTable(
        "Limits",
        "How often the vendor may be called: windows `{ 100, per = \"10s\" }`, and what it says of them.",
        places: [Key("integer", "{ [1]: integer, per: string }", "A window.")],
        keys: [
            Key("reset", "string", "The header that says when the vendor counts anew."),
            Key("reset_is", "\"seconds\"|\"unix_time\"|\"unix_milliseconds\"", "How that header is written."),
            Key("remaining", "string", "The header that says what is left."),
            Key("unprocessed", "integer[]", "Statuses (425, 429, 503) that say \"not touched\"."),
            Key("concurrency", "integer", "Calls under way at once, 1 to 256."),
        ]
    )

    static let reconcile = ContractTable(
        "Reconcile",
        "How an entry whose answer was lost is looked for.",
        keys: [
            Key("filters", "string[]", "Filters of the list that narrow it down.", isRequired: true),
            Key("consistent", "boolean", "The list shows every entry at once."),
        ]
    )

    /// All tables but those of the operations.
    static let tables = [
        plugin, setting, times, user, document, field, filter, vendorFilters, vendorFilter, paging, errors, errorFields,
        refusalMark,
        errorWrite,
        limits,
        reconcile,
    ]

    /// The kinds of filters.
    static let filterKinds = (FilterRule.kinds.map(\.name) + ["enum"]).sorted()

    // MARK: - Functions

    /// The functions of a plugin as annotations write them.
    static func signature(of function: PluginFunction) -> (type: String, about: String) {
        let entry = "entry: timegate.Entry"
        let call = "call: timegate.Call"
        switch function {
        case .authorize:
            return ("fun(\(entry), \(call)): true?, timegate.Refusal?", "May the caller do this? Nothing denies.")
        case .validate:
            return (
                "fun(\(entry), \(call)): nil, timegate.Refusal|timegate.Refusal[]|nil", "Does the entry keep the rules?"
            )
        case .toVendor:
            return ("fun(request: table, \(entry), \(call)): table?, timegate.Refusal?", "The request, changed.")
        case .fromVendor:
            return ("fun(\(entry), answer: table, \(call)): table?, timegate.Refusal?", "The entry, changed.")
        case .readRequest:
            return (
                "fun(\(entry), request: table, \(call)): table?, timegate.Refusal?",
                "A native client's request: the entry, changed."
            )
        case .writeAnswer:
            return (
                "fun(answer: table, \(entry), \(call)): table?, timegate.Refusal?",
                "An answer for a native client, changed."
            )
        case .problem:
            return (
                "fun(answer: timegate.Answer, \(call)): timegate.VendorProblem?", "What a refusal of the vendor means."
            )
        case .reconcile:
            return (
                "fun(\(entry), \(call)): { id: string }|false|nil, { message: string }?",
                "Is this entry, whose answer was lost, at the vendor?"
            )
        }
    }
}
