import JSON
import Testing
import VendorSimulators

extension VendorSimulator {
    static let plannrAccount = "7db3f856-46bc-4255-8bbb-dee85d89ed7e"

    /// A request below `/api/v1` with the headers of the docs; a body is announced as JSON.
    func plannr(
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String = SimulatedVendor.plannr.exampleToken,
        account: String? = plannrAccount
    ) throws -> RawClient.Answer {
        var headers = [("authorization", "Bearer \(token)"), ("accept", "application/json")]
        if let account { headers.append(("x-plannr-account-uuid", account)) }
        if !body.isEmpty { headers.append(("content-type", "application/json")) }
        return try send(method, "/api/v1" + path, headers: headers, body: body)
    }

    /// Creates an entry and returns its uuid.
    func plannrEntry(_ members: KeyValuePairs<String, String?> = [:], account: String? = nil) throws -> String {
        var request = try CreateRequest(.plannr).with(members: members)
        if let account { request = request.with("x-plannr-account-uuid", account) }
        return try #require(try request.send(to: self).json?["uuid"]?.string)
    }
}
