import JSON
import NIOPosix
import Testing
import VendorSimulators

/// 2025-08-01T04:18:43.688Z, the moment of the Productive page's create example.
let pageMoment: Int64 = 1_754_021_923_688

/// Runs `body` against a fresh simulator on a free port with a fixed clock, and stops it.
func withSimulator(
    _ vendor: SimulatedVendor,
    _ configure: (inout VendorSimulatorConfiguration) -> Void = { _ in },
    _ body: (VendorSimulator) async throws -> Void
) async throws {
    var configuration = VendorSimulatorConfiguration(vendor: vendor)
    configuration.clock = { pageMoment }
    configure(&configuration)
    let simulator = try await VendorSimulator.start(configuration, group: MultiThreadedEventLoopGroup.singleton)
    do {
        try await body(simulator)
    } catch {
        await simulator.stop()
        throw error
    }
    await simulator.stop()
}

extension VendorSimulator {
    /// One request on a connection of its own.
    func send(
        _ method: String,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: String = ""
    ) throws -> RawClient.Answer {
        let client = try RawClient(port: port)
        client.writeRequest(method, target, headers: headers, body: body)
        return try #require(client.readAnswer())
    }

    func fault(_ json: String) throws -> RawClient.Answer { try send("POST", "/_faults", body: json) }
}

/// A vendor's create request in its shortest correct form.
struct CreateRequest {
    var target: String
    var headers: [(name: String, value: String)]
    var body: String

    init(_ vendor: SimulatedVendor) {
        let bearer = ("authorization", "Bearer \(vendor.exampleToken)")
        let json = ("content-type", "application/json")
        switch vendor {
        case .sonderplan:
            target = "/v2/time-entry"
            headers = [bearer, json]
            body = #"{"owner_id":872383,"name":"Colour Grading","start":1547501100}"#
        case .plannr:
            target = "/api/v1/time-entry"
            headers = [
                bearer, json, ("accept", "application/json"),
                ("x-plannr-account-uuid", "7db3f856-46bc-4255-8bbb-dee85d89ed7e"),
            ]
            body = """
                {"trackable_type":"client","trackable_uuid":"f5bf01bf-5096-4575-9618-2d8176af136c","name":"Research"}
                """
        case .awork:
            target = "/api/v1/timeentries"
            headers = [bearer, json]
            body = """
                {"timezone":"Europe/Berlin","typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000",\
                "userId":"123e4567-e89b-12d3-a456-426614174001","startDateUtc":"2022-03-01T09:21:00Z"}
                """
        case .hoursmith:
            target = "/api/v1/time-entries"
            headers = [bearer, json, ("idempotency-key", "5a8591dd-4039-49df-9202-96385ba3eff8")]
            body = """
                {"projectId":"5a8591dd-4039-49df-9202-96385ba3eff8","entryDate":"2019-08-24","durationSeconds":5400}
                """
        case .productive:
            target = "/api/v2/time_entries"
            headers = [
                ("x-auth-token", vendor.exampleToken), ("x-organization-id", "2055"),
                ("content-type", "application/vnd.api+json"),
            ]
            body = """
                {"data":{"type":"time_entries","attributes":{"date":"2016-10-01","person_id":8160,"service_id":"1192"}}}
                """
        }
    }

    /// Replaces a header, or takes it away.
    func with(_ name: String, _ value: String?) -> CreateRequest {
        var copy = self
        copy.headers.removeAll { $0.name == name }
        if let value { copy.headers.append((name, value)) }
        return copy
    }

    func with(body: String) -> CreateRequest {
        var copy = self
        copy.body = body
        return copy
    }

    /// Replaces, adds or (nil) removes top-level members of the body; values are JSON text.
    func with(members: KeyValuePairs<String, String?>) throws -> CreateRequest {
        var object = try #require(try JSONValue(parsing: body).object)
        for (name, text) in members { object[name] = try text.map { try JSONValue(parsing: $0) } }
        return with(body: JSONValue.object(object).serialized())
    }

    func send(to simulator: VendorSimulator) throws -> RawClient.Answer {
        try simulator.send("POST", target, headers: headers, body: body)
    }
}

extension JSONValue {
    /// The member names of an object, in order.
    var keys: [String] { object.map { Array($0.keys) } ?? [] }
}
