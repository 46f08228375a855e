import JSON

/// One request that a simulator received, and what came of it.
public struct LedgerEntry: Sendable, Equatable {
    /// What a request left in the simulator's store.
    public struct Stored: Sendable, Equatable {
        /// The operation, such as `create`.
        public let operation: String
        /// The vendor's id of the entry.
        public let id: String

        public init(operation: String, id: String) {
            self.operation = operation
            self.id = id
        }
    }

    /// A header as it came; credentials are replaced by `<hidden>`.
    public struct Header: Sendable, Equatable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// 1 for the first request since the ledger was last cleared.
    public let sequence: Int
    /// Milliseconds since 1970, by the simulator's clock.
    public let receivedAt: Int64
    public let method: String
    public let target: String
    public let headers: [Header]
    /// The body as text; bytes that are not UTF-8 are replaced by U+FFFD.
    public let body: String
    /// The status that was sent, or of which a part was; nil where nothing was sent.
    public let status: Int?
    /// The fault's kind, as in `POST /_faults`; nil where none changed the answer. Latency is not named here.
    public let fault: String?
    /// nil where the request changed nothing: a refusal, a replay, or a fault before the commit.
    public let stored: Stored?

    /// The value of the first header of that name, in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("sequence")
        writer.integer(Int64(sequence))
        writer.name("received_at")
        writer.integer(receivedAt)
        writer.name("method")
        writer.string(method)
        writer.name("target")
        writer.string(target)
        writer.name("headers")
        writer.beginArray()
        for header in headers {
            writer.beginObject()
            writer.name("name")
            writer.string(header.name)
            writer.name("value")
            writer.string(header.value)
            writer.endObject()
        }
        writer.endArray()
        writer.name("body")
        writer.string(body)
        writer.name("status")
        if let status { writer.integer(Int64(status)) } else { writer.null() }
        writer.name("fault")
        if let fault { writer.string(fault) } else { writer.null() }
        writer.name("stored")
        if let stored {
            writer.beginObject()
            writer.name("operation")
            writer.string(stored.operation)
            writer.name("id")
            writer.string(stored.id)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}
