/// A request as a client of the vendor wrote it, for the vendor.
public struct NativeRequest: Sendable {
    public var method: String
    /// Path and query as they came: `/api/v2/time_entries?include=person`.
    public var target: String
    /// The end-to-end headers.
    public var headers: [Header]
    public var body: [UInt8]

    public init(method: String, target: String, headers: [Header] = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The first header with a name, in either case.
    func header(_ name: String) -> String? {
        // By number, so that no header is copied to be looked at.
        for index in headers.indices where NativeRequest.isSame(headers[index].name, name) {
            return headers[index].value
        }
        return nil
    }

    /// Takes this header in place of those with its name.
    public mutating func set(_ header: Header) {
        headers.removeAll { NativeRequest.isSame($0.name, header.name) }
        headers.append(header)
    }

    /// Whether two names of headers are the same in either case; names are ASCII.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        if one == other { return true }
        var others = other.utf8.makeIterator()
        for left in one.utf8 {
            guard let right = others.next(),
                left == right || (left ^ right == 0x20 && (left | 0x20) &- UInt8(ascii: "a") < 26)
            else { return false }
        }
        return true
    }
}

/// What a native request is.
public enum NativeRecognition: Sendable, Equatable {
    /// A time-entry operation of the plugin's table: it is read, and rules apply.
    case operation(NativeOperation)
    /// Something else of the vendor's API: it passes unread.
    case other
    /// It may be a time-entry operation, and cannot be read as one for certain; the reason is a sentence.
    ///
    /// What is done with it is the connection's choice, as with a body that cannot be read: a request that a vendor could
    /// take for an operation and the gateway for none would go around every rule.
    case doubtful(String)
}

/// A recognised operation with what its address says.
public struct NativeOperation: Sendable, Equatable {
    public var operation: Operation
    /// The vendor's identifier of the entry, decoded once.
    public var entryID: String?
    /// Whose timer is meant, where the vendor acts per user.
    public var userID: String?
    /// The subject whose entries are listed.
    public var subjectType: String?
    public var subjectID: String?

    public init(_ operation: Operation, entryID: String? = nil) {
        self.operation = operation
        self.entryID = entryID
    }
}
