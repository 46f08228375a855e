public import JSON

/// One line of a plugin's field table: a place in the vendor's JSON, the unified member it stands for, how the one
/// becomes the other, and what else is true of it. The same line serves all four directions: writing a request,
/// reading an answer, reading a native client's request, writing an answer for a native client.
public struct FieldLine: Sendable {
    /// One place, or the several places that a value is spread over (a date and a time).
    public var paths: [VendorPath]
    public var target: FieldTarget
    public var converter: Converter
    /// In which bodies the field stands.
    public var scope: FieldScope = .both
    /// `false`: read from native clients, never written by the gateway.
    public var isWritten = true
    /// The operations that the field is needed in.
    public var required: Set<Operation> = []
    /// The operations that write the field; `nil` means all of them.
    public var operations: Set<Operation>?
    /// Other places and spellings that are tried in turn on reading.
    public var alternatives: [Alternative] = []
    /// What an explicit null does.
    public var null: NullRule = .refused
    /// The forms of time in which the field is written; `nil` means that the member's own presence decides.
    public var forms: Set<TimeForm>?
    /// The least and greatest value that the vendor takes, in the unified member's unit.
    public var minimum: Int64?
    public var maximum: Int64?
    /// The greatest length of a text, in Unicode scalars.
    public var maximumLength: Int?
    /// Where a value comes from when the entry has none, tried in order.
    public var fallbacks: [FieldSource] = []
    /// Members that are put into this text where the vendor has no field of their own.
    public var joins: [Member] = []
    /// The field stands for the member only while another member has this value (`approval.at` while approved).
    public var condition: Condition?
    /// Read before the other lines of the same member, and therefore the one that counts.
    public var isFirst = false
    /// What a native client's request means where it leaves the field away.
    public var whenAbsent: JSONValue?
    /// Why the field is as it is, in words for the person who meets it.
    public var why: String?
    /// The line of the plugin file that defines it, 1-based, 0 where unknown.
    public var line = 0

    public struct Condition: Sendable, Equatable {
        public var member: Member
        public var value: String

        public init(member: Member, value: String) {
            self.member = member
            self.value = value
        }

        func holds(in entry: Entry) -> Bool { entry[member]?.string == value }
    }

    public struct Alternative: Sendable {
        public var paths: [VendorPath]
        public var converter: Converter

        public init(paths: [VendorPath], converter: Converter) {
            self.paths = paths
            self.converter = converter
        }
    }

    public init(paths: [VendorPath], target: FieldTarget, converter: Converter) {
        self.paths = paths
        self.target = target
        self.converter = converter
    }

    /// The vendor's place as reports and errors name it.
    public var vendorField: String { paths.map(\.text).joined(separator: " + ") }
}

/// The unified side of a field line.
public enum FieldTarget: Sendable, Equatable {
    case member(Member)
    /// `subjects.project.id`, `subjects.project.name`.
    case subject(type: String, part: SubjectPart)
    /// Whichever subject the entry has, of these types: the vendor's `type` + `id` pair.
    case anySubject(types: [String])
    /// `external_refs.jira.issue_id`.
    case externalRef(system: String, key: String)
    /// `custom_fields.name`.
    case customField(String)
    /// An amount of `money`, with the vendor's field that holds its currency.
    case money(kind: String, basis: String, currency: VendorPath)
    /// No unified member: it stays in `vendor_fields`, in the vendor's spelling.
    case keep
    /// Written as it is, ignored on reading.
    case constant(JSONValue)

    /// The dotted path of the member, as errors and reports name it.
    public var path: String {
        switch self {
        case .member(let member): member.path
        case .subject(let type, let part): "subjects.\(type).\(part.rawValue)"
        case .anySubject: "subjects"
        case .externalRef(let system, let key): "external_refs.\(system).\(key)"
        case .customField(let name): "custom_fields.\(name)"
        case .money: "money"
        case .keep: "vendor_fields"
        case .constant: ""
        }
    }

    /// The member whose slot in the entry holds the value.
    var member: Member? {
        switch self {
        case .member(let member): member
        case .subject, .anySubject: .subjects
        case .externalRef: .externalRefs
        case .customField: .customFields
        case .money: .money
        case .keep: .vendorFields
        case .constant: nil
        }
    }

    var isTime: Bool {
        guard case .member(let member) = self else { return false }
        return TimeGroup.members.contains(member)
    }
}

public enum SubjectPart: String, Sendable { case id, name }

public enum FieldScope: String, Sendable { case both, request, answer }

public enum NullRule: String, Sendable {
    /// An explicit null is sent, and clears the field.
    case clears
    /// An explicit null is refused.
    case refused
}

/// Where a missing value comes from.
public enum FieldSource: Sendable, Equatable {
    case constant(JSONValue)
    /// A setting of the connection.
    case setting(String)
    /// Another member of the entry.
    case member(Member)
    /// The first line of the note.
    case noteFirstLine

    var text: String {
        switch self {
        case .constant(let value): value.serialized(.compact)
        case .setting(let name): "settings.\(name)"
        case .member(let member): member.path
        case .noteFirstLine: "the first line of note"
        }
    }
}

/// What a call does to entries.
public enum Operation: String, Sendable, CaseIterable {
    case create, get, list, update, replace, delete
    case approve, unapprove, reject, unreject
    case start, stop, pause, resume
    case bulkApprove = "bulk_approve"
    case bulkUnapprove = "bulk_unapprove"
    case bulkDelete = "bulk_delete"

    /// What a key needs for it.
    public var scope: Scope {
        switch self {
        case .get, .list: .read
        case .create, .update, .replace, .delete, .start, .stop, .pause, .resume, .bulkDelete: .write
        case .approve, .unapprove, .reject, .unreject, .bulkApprove, .bulkUnapprove: .approve
        }
    }

    public var isRead: Bool { self == .get || self == .list }

    /// The actions on one entry: `POST …/{id}/{action}`.
    public static let actions: [Operation] = [
        .approve, .unapprove, .reject, .unreject, .start, .stop, .pause, .resume,
    ]

    /// What can be done to several entries at once: `POST …/actions/{action}`.
    public static let onSeveral: [Operation] = actions + [.delete]

    /// The same on several entries in one request to the vendor.
    public var bulk: Operation? {
        switch self {
        case .delete: .bulkDelete
        case .approve: .bulkApprove
        case .unapprove: .bulkUnapprove
        default: nil
        }
    }
}
