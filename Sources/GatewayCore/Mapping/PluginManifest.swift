public import JSON

/// What a plugin says about its vendor, read from its file and checked: data that both directions of the mapping, the
/// checks, the errors and the documentation follow from.
public struct PluginManifest: Sendable {
    /// The name of the plugin's folder.
    public var id: String
    public var title: String
    public var docs: String
    /// The only origin that the plugin's requests go to, unless a connection names another.
    public var origin: String
    public var settings: [SettingDeclaration] = []
    public var secrets: [SettingDeclaration] = []
    public var headers: [HeaderTemplate] = []
    public var times: TimeRules
    /// Where a create cannot name a user: the setting that says whose token it is.
    public var impliedUserSetting: String?
    public var document: DocumentRule?
    public var fields: [FieldLine]
    public var operations: [Operation: OperationRule]
    public var errors: ErrorRules
    public var limits = LimitRules()
    /// How the vendor is asked what became of an entry; `nil` where it cannot be.
    public var reconcile: ReconcileRule?
    /// The functions that the plugin defines.
    public var functions: Set<PluginFunction> = []
    /// `plugins/acme/plugin.lua`, as messages name it.
    public var file: String

    public init(
        id: String,
        title: String,
        docs: String,
        origin: String,
        times: TimeRules,
        fields: [FieldLine],
        operations: [Operation: OperationRule],
        errors: ErrorRules,
        file: String
    ) {
        self.id = id
        self.title = title
        self.docs = docs
        self.origin = origin
        self.times = times
        self.fields = fields
        self.operations = operations
        self.errors = errors
        self.file = file
    }
}

extension PluginManifest {
    /// Where the reason of an action stands in the request's body; `nil` where the vendor takes none.
    func reasonPlace(of operation: Operation) -> [String]? {
        operations[operation]?.reasonPath.map { (document.map { [$0.at] } ?? []) + $0.segments.map(\.name) }
    }
}

/// A setting or secret that a connection gives.
public struct SettingDeclaration: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case string, boolean, integer
        /// Texts by name.
        case map
    }

    public var name: String
    public var kind: Kind
    public var isRequired: Bool
    /// `uuid`, `time_of_day`; `nil` where any text will do.
    public var format: String?
    /// What must stand at the beginning of the value: `hsk_`.
    public var prefix: String?
    public var help: String

    public init(
        name: String,
        kind: Kind = .string,
        isRequired: Bool,
        format: String? = nil,
        prefix: String? = nil,
        help: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.format = format
        self.prefix = prefix
        self.help = help
    }
}

/// A header with places for secrets and settings: `Bearer ${secret.token}`.
public struct HeaderTemplate: Sendable, Equatable {
    public enum Part: Sendable, Equatable {
        case text(String)
        case secret(String)
        case setting(String)
    }

    public var name: String
    public var parts: [Part]

    public init(name: String, parts: [Part]) {
        self.name = name
        self.parts = parts
    }

    /// The header of one connection.
    public func filled(settings: Settings, secrets: [String: String]) -> Header {
        var value = ""
        var shown = ""
        for part in parts {
            switch part {
            case .text(let text):
                value += text
                shown += text
            case .secret(let name):
                value += secrets[name] ?? ""
                shown += "***"
            case .setting(let name):
                value += settings.string(name) ?? ""
                shown += settings.string(name) ?? ""
            }
        }
        return Header(name, value, shown: shown)
    }
}

/// A document around the entry: JSON:API's `{"data": {"type": …, …}}`.
public struct DocumentRule: Sendable, Equatable {
    /// The member that holds the entry in requests.
    public var at: String
    /// The `type` that is written.
    public var type: String
    /// The types that are read.
    public var readTypes: [String]

    public init(at: String, type: String, readTypes: [String]) {
        self.at = at
        self.type = type
        self.readTypes = readTypes
    }
}

/// How one operation is done at the vendor.
public struct OperationRule: Sendable, Equatable {
    public var method: String
    /// Path template: `/api/v1/time-entries/{id}`; the id may stand in a query too.
    public var path: String
    /// Constant query parameters.
    public var query: [QueryItem] = []
    public var contentType: String
    public var accept: String
    /// The statuses that mean done.
    public var success: Set<Int>
    /// The path of the entry in the answer; empty for the whole body.
    public var entryPath: [String]
    /// Whether the answer holds an entry at all.
    public var answersEntry = true
    /// The path of the list of entries in the answer, for operations on several.
    public var entriesPath: [String] = []
    /// How much of the entry the answer holds.
    public var completeness: AnswerCompleteness
    /// The header, in lower case, that names a new entry where the answer has no body: `location`.
    public var idHeader: String?
    /// The header that takes an idempotency key.
    public var idempotencyHeader: String?
    /// Seconds for which the vendor recognises a key; `nil` if it does not say.
    public var idempotencyWindow: Int?
    /// PUT and DELETE: whether the same request twice does what it does once, so that it may go again.
    public var isIdempotent = false
    /// Whether an update replaces the vendor's whole entry: what the caller does not name is read and sent again.
    public var isFullReplacement = false
    /// What the request of an action holds, whatever the entry; `nil` where it holds nothing of its own.
    public var body: ActionBody?
    /// Where the reason of an action stands in the request; `nil` where the vendor takes none.
    public var reasonPath: VendorPath?
    /// Where the ids of an action on several stand in the request, and whether they are integers there.
    public var ids: IDList?
    /// Where the answer to an action on several lists what became of each, where it holds no entries.
    public var outcomes: [OutcomeList] = []
    /// The state in which the vendor refuses the action, where it can be known before.
    public var refusedWhen: FieldLine.Condition?
    /// The state that the action needs.
    public var onlyWhen: FieldLine.Condition?
    public var list: ListRule?
    /// How many of a batch are under way at once.
    public var concurrency = 4

    public struct IDList: Sendable, Equatable {
        public var path: VendorPath
        public var areIntegers: Bool

        public init(path: VendorPath, areIntegers: Bool) {
            self.path = path
            self.areIntegers = areIntegers
        }
    }

    /// `notFound.ids`: the entries that had this outcome.
    public struct OutcomeList: Sendable, Equatable {
        /// `nil` for what was done.
        public var kind: ErrorKind?
        public var path: [String]

        public init(kind: ErrorKind?, path: [String]) {
            self.kind = kind
            self.path = path
        }
    }

    public init(
        method: String,
        path: String,
        contentType: String = "application/json",
        accept: String = "application/json",
        success: Set<Int> = [200, 201],
        entryPath: [String] = [],
        completeness: AnswerCompleteness = .full,
        idempotencyHeader: String? = nil
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.accept = accept
        self.success = success
        self.entryPath = entryPath
        self.completeness = completeness
        self.idempotencyHeader = idempotencyHeader
    }
}

public enum AnswerCompleteness: String, Sendable { case full, partial, idOnly = "id_only" }

/// The functions that a plugin may define where data does not reach.
public enum PluginFunction: String, Sendable, CaseIterable {
    case authorize, validate
    case toVendor = "to_vendor"
    case fromVendor = "from_vendor"
    case readRequest = "read_request"
    case writeAnswer = "write_answer"
    case problem, reconcile
}

extension PluginManifest {
    /// Whether an entry whose answer was lost can be looked for at the vendor, by data or by the plugin's function.
    public var isReconciled: Bool { reconcile != nil || functions.contains(.reconcile) }

    /// Whether an entry that two looks do not find is not there: the vendor documents it of its lists, or the plugin's
    /// function says so itself.
    public var provesAbsence: Bool { functions.contains(.reconcile) || reconcile?.isConsistent == true }
}

/// How the vendor says no.
public struct ErrorRules: Sendable, Equatable {
    /// Where the list of errors stands, for vendors that answer several.
    public var list: [String]?
    /// Whether the list's elements are nothing but what the vendor says: `{"errors": ["Hours is invalid"]}`.
    public var listsTexts: Bool { list != nil && code == nil && messages.isEmpty && fields == nil }
    /// Where the code stands, in an error or in the body.
    public var code: [String]?
    /// Where the message stands; the first that is there is taken.
    public var messages: [[String]] = []
    public var fields: FieldRule?
    /// By the vendor's code.
    public var kinds: [String: ErrorKind] = [:]
    /// By status, where no code decides.
    public var statuses: [Int: ErrorKind] = [:]
    /// Whether the vendor says no under 2xx too: where the body has a code that `kinds` knows.
    public var isInSuccess = false
    /// What a 2xx that says no has in its body, whatever its code; `nil` where only a known code tells.
    public var refusalMark: RefusalMark?
    /// Members of the body that go on to the caller, under these names.
    public var keep: [Kept] = []
    /// How the gateway's own refusals are written for clients that speak the vendor's dialect: in the places that the
    /// rules above are read from.
    public var write = ErrorWriteRules()

    /// `{"ok": false}`
    public struct RefusalMark: Sendable, Equatable {
        public var path: [String]
        public var value: JSONValue

        public init(path: [String], value: JSONValue) {
            self.path = path
            self.value = value
        }

        func isSet(in body: JSONView) -> Bool {
            body.value(at: path).map { $0.value.isEquivalent(to: value) } ?? false
        }
    }

    public struct Kept: Sendable, Equatable {
        public var path: [String]
        public var name: String

        public init(path: [String], name: String) {
            self.path = path
            self.name = name
        }
    }

    /// How the vendor names the fields that it refuses.
    public enum FieldRule: Sendable, Equatable {
        /// `{"fields": {"projectId": "unknown"}}`; the reason may also be a list of reasons, or stand in an object at `message`.
        case map([String], message: [String]? = nil)
        /// `[{"property": "TypeOfWorkId", "message": "…"}]`
        case list([String], name: [String], message: [String], isPascalCase: Bool)
        /// In each error of the list: a JSON pointer or parameter.
        case pointer([String], parameter: [String]?)
    }

    public init() {}
}

/// What a vendor's refusal means.
public enum ErrorKind: String, Sendable, CaseIterable {
    case invalid, permission, plan, conflict, locked, limit, broken
    case vendorAuth = "vendor_auth"
    case notFound = "not_found"
    case referenceNotFound = "reference_not_found"

    /// The status under which vendors say it that do so by status: what is known of an answer with that one holds for it.
    var status: Int {
        switch self {
        case .invalid, .referenceNotFound: 422
        case .vendorAuth: 401
        case .plan: 402
        case .permission: 403
        case .notFound: 404
        case .conflict: 409
        case .locked: 423
        case .limit: 429
        case .broken: 500
        }
    }

    var code: ProblemCode {
        switch self {
        case .invalid: .vendorInvalid
        case .permission: .vendorPermission
        case .plan: .vendorPlan
        case .conflict: .vendorConflict
        case .locked: .vendorLocked
        case .limit: .vendorLimit
        case .broken: .vendorError
        case .vendorAuth: .vendorAuth
        case .notFound: .vendorNotFound
        case .referenceNotFound: .referenceNotFound
        }
    }
}
