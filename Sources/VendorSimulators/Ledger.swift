import JSON
import NIOHTTP1

/// Every request on a vendor's routes, oldest first, in bounded memory.
struct Ledger: Sendable {
    private let capacity: Int
    private let secrets: Set<String>
    /// A ring once it is full: `start` is the oldest.
    private var ring: [LedgerEntry] = []
    private var start = 0
    private var count = 0

    init(capacity: Int, secrets: Set<String>) {
        self.capacity = max(1, capacity)
        self.secrets = secrets
    }

    var entries: [LedgerEntry] { Array(ring[start...] + ring[..<start]) }

    mutating func record(
        _ request: SimulatorRequest,
        at now: Int64,
        status: Int?,
        fault: String?,
        stored: LedgerEntry.Stored?
    ) {
        count += 1
        let entry = LedgerEntry(
            sequence: count,
            receivedAt: now,
            method: request.method.rawValue,
            target: request.target,
            headers: request.headers.map { LedgerEntry.Header(name: $0.name, value: hidden($0.name, $0.value)) },
            body: String(decoding: request.body, as: UTF8.self),
            status: status,
            fault: fault,
            stored: stored
        )
        if ring.count < capacity {
            ring.append(entry)
        } else {
            ring[start] = entry
            start = (start + 1) % capacity
        }
    }

    mutating func clear() {
        ring = []
        start = 0
        count = 0
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("requests")
        writer.beginArray()
        for entry in entries { entry.write(to: &writer) }
        writer.endArray()
        writer.name("dropped")
        writer.integer(Int64(count - ring.count))
        writer.endObject()
    }

    /// Credentials never get into the ledger: known header names, and any value that holds an accepted token.
    private func hidden(_ name: String, _ value: String) -> String {
        switch name.lowercased() {
        case "authorization", "proxy-authorization":
            guard let space = value.firstIndex(of: " ") else { return "<hidden>" }
            return value[..<space] + " <hidden>"
        case "x-auth-token", "cookie", "x-api-key":
            return "<hidden>"
        default:
            return secrets.contains { value.contains($0) } ? "<hidden>" : value
        }
    }
}
