/// What a plugin adds to its error rules so that a refusal can be written in the vendor's own shape.
public struct ErrorWriteRules: Sendable, Equatable {
    public var contentType = "application/json"
    /// The status of a kind, where the vendor's is another than the problem's own.
    public var statuses: [ErrorKind: Int] = [:]
    /// The vendor's code of a kind.
    public var codes: [ErrorKind: String] = [:]
    /// Further members, in each error of a list or in the body: text with `${status}`, `${code}`, `${title}`, `${message}`
    /// and `${request_id}`.
    public var members: [Member] = []
    /// Whether the reasons of one field are a list.
    public var listsReasons = false

    public struct Member: Sendable, Equatable {
        public var path: [String]
        public var template: String

        public init(path: [String], template: String) {
            self.path = path
            self.template = template
        }
    }

    /// The names that a template may hold.
    public static let names = ["status", "code", "title", "message", "request_id"]

    public init() {}
}

extension ErrorKind {
    /// What a problem is, in the words that vendors have for it.
    init(_ problem: Problem) {
        switch problem.code {
        case .vendorLocked: self = .locked
        case .referenceNotFound: self = .referenceNotFound
        case .vendorAuth: self = .vendorAuth
        default:
            switch problem.status {
            case 401: self = .vendorAuth
            case 402: self = .plan
            case 403: self = .permission
            case 404: self = .notFound
            case 409, 412: self = .conflict
            case 423: self = .locked
            case 429: self = .limit
            case 400..<500: self = .invalid
            default: self = .broken
            }
        }
    }
}
