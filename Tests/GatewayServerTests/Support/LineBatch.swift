import JSON

/// A batch of lines whose sending and reading go on at the same time.
///
/// `@unchecked Sendable`: one thread sends and another reads, which touch nothing in common but the socket's number.
final class LineBatch: @unchecked Sendable {
    static let path = "/v1/productive/time-entries/batch"

    private let client: RawClient

    init(_ gateway: TestGateway, query: String = "", key: String = "jane", fields: String = "") throws {
        client = try RawClient(port: gateway.port, timeout: 20)
        client.send(
            "POST \(Self.path)\(query) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer tg_canary_key_of_\(key)\r\n"
                + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\(fields)\r\n"
        )
    }

    static func line(_ note: String) -> String {
        "{\"entry\":\(Sample.entry(.productive, note: note).serialized(.compact))}\n"
    }

    // MARK: - Sending

    /// - Returns: false if the gateway has closed the connection.
    @discardableResult
    func send(_ text: String) -> Bool {
        client.send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    func end() { client.send("0\r\n\r\n") }
    func breakOff() { client.closeSendingSide() }

    func vanish() {
        client.resetOnClose()
        client.close()
    }

    func send(bytes: String) { client.send(bytes) }

    // MARK: - Reading

    func head() throws -> RawClient.Response { try client.responseHead() }
    /// An answer that is no batch's.
    func answer() throws -> Answer { Answer(try client.response()) }

    /// The next outcome, or nil at the answer's end; fails if the answer breaks off.
    func outcome() throws -> JSONValue? {
        guard let chunk = try client.chunk() else { return nil }
        return try JSONValue(parsing: chunk)
    }

    func outcomes() throws -> [JSONValue] {
        var all: [JSONValue] = []
        while let outcome = try outcome() { all.append(outcome) }
        return all
    }
}
