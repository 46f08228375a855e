internal import JSON

/// A write as the journal holds it. It never holds credentials.
public struct WriteRecord: Sendable, Equatable {
    public var id: Int64
    public var scope: WriteScope
    /// Whether the gateway made the key because the caller gave none.
    public var isKeyGenerated: Bool
    /// SHA-256 of the request: method, path, connection and the canonical body.
    public var fingerprint: [UInt8]
    public var state: WriteState
    /// How often the request was handed to the network.
    public var attempt: Int
    /// Milliseconds since 1970, as every time here.
    public var createdAt: Int64
    /// When it last changed its state.
    public var changedAt: Int64
    public var intent: WriteIntent
    /// The vendor's raw answer, where it is not mapped yet.
    public var answer: StoredAnswer?
    /// What the caller was answered.
    public var reply: StoredReply?
    /// The vendor's identifier of the entry, once it has named one.
    public var vendorEntryID: String?
    /// Why the outcome is unknown or the answer cannot be read, or how it was found out.
    public var reason: String?
    /// How it was settled, where that was not the vendor's own answer: `reconciled`, or the person who said so.
    public var settledBy: String?

    public init(
        id: Int64,
        scope: WriteScope,
        isKeyGenerated: Bool,
        fingerprint: [UInt8],
        state: WriteState,
        attempt: Int,
        createdAt: Int64,
        changedAt: Int64,
        intent: WriteIntent
    ) {
        self.id = id
        self.scope = scope
        self.isKeyGenerated = isKeyGenerated
        self.fingerprint = fingerprint
        self.state = state
        self.attempt = attempt
        self.createdAt = createdAt
        self.changedAt = changedAt
        self.intent = intent
    }
}

/// What is about to be sent, as far as it must be known to send it again or to look for what became of it.
public struct WriteIntent: Sendable, Equatable {
    /// The vendor's identifier of the entry that is changed; `nil` for a create.
    public var entryID: String?
    public var method: String
    public var url: String
    public var body: [UInt8]?
    /// The key that the vendor was given, where it has keys of its own.
    public var vendorKey: String?
    /// The entry as it should be at the vendor, as JSON, and of an update only what it changes; `nil` where it could not be told
    /// from another one.
    public var entry: [UInt8]?
    /// Whether it goes out with the client's own credentials, which are kept nowhere: then nobody but that client can send
    /// it again, and nothing is read for it.
    public var usesClientCredentials: Bool
    /// Of the connection's settings when it was sent; `nil` in rows of earlier versions.
    public var settingsHash: Int64?

    public init(
        entryID: String? = nil,
        method: String,
        url: String,
        body: [UInt8]?,
        vendorKey: String? = nil,
        entry: [UInt8]? = nil,
        usesClientCredentials: Bool = false,
        settingsHash: Int64? = nil
    ) {
        self.entryID = entryID
        self.method = method
        self.url = url
        self.body = body
        self.vendorKey = vendorKey
        self.entry = entry
        self.usesClientCredentials = usesClientCredentials
        self.settingsHash = settingsHash
    }
}

extension WriteIntent {
    /// Where it goes: `https://api.example.com`. Empty for what was sent nowhere.
    public var origin: Substring {
        var slashes = 0
        return url.prefix { character in
            if character == "/" { slashes += 1 }
            return slashes < 3
        }
    }

    /// Why the connection, as it is now, says nothing of what became of the write; `nil` where it does.
    public func otherAccount(than connection: Connection) -> String? {
        if origin != connection.origin[...] {
            return
                "It went to \(origin), and the connection leads to \(connection.origin) now: what became of it shows only "
                + "where it went."
        }
        guard let settingsHash, settingsHash != connection.settingsHash else { return nil }
        return
            "The settings of the connection \(connection.name) have changed since it was sent, and may be those of another "
            + "account: what became of it shows only where it went."
    }

    /// What stands in place of an entry in a request for several: `{"ids": ["7", "8"]}`.
    static func entry(ids: [String]) -> [UInt8] {
        JSONValue.object(["ids": .array(ids.map { .string($0) })]).serializedBytes()
    }

    /// The entries of a request for several; `nil` of one for one entry, or where they are not known.
    public var sentIDs: [String]? {
        guard entryID == nil, let entry, let root = try? JSONValue(parsing: entry, limits: .trusted),
            let ids = root["ids"]?.array
        else { return nil }
        return ids.compactMap(\.string)
    }
}

/// A vendor's answer as it came.
public struct StoredAnswer: Sendable, Equatable {
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// What a caller was answered: given again byte for byte. Date, request id, cookies and rate limits are not part of it.
public struct StoredReply: Sendable, Equatable {
    public var status: Int
    public var contentType: String
    public var location: String?
    /// The coding of the body, where a vendor coded an answer that goes on as it came: `gzip`.
    public var contentEncoding: String?
    public var body: [UInt8]

    public init(
        status: Int,
        contentType: String,
        location: String? = nil,
        contentEncoding: String? = nil,
        body: [UInt8]
    ) {
        self.status = status
        self.contentType = contentType
        self.location = location
        self.contentEncoding = contentEncoding
        self.body = body
    }
}
