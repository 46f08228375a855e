import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// One of a vendor's own clients: it asks for what the gateway itself would send, in the vendor's words, through the proxy.
struct NativeClient {
    let gateway: TestGateway
    let connection: String
    let method: String
    let target: String
    let body: String
    /// `Content-Type` and `Accept` as the vendor has them.
    let types: [(name: String, value: String)]
    /// The vendor's credentials, for connections that let clients bring their own.
    var credentials: [(name: String, value: String)] = []
    /// The name of the gateway key; nil sends none.
    var key: String? = "jane"

    /// A client that creates a vendor's sample.
    static func creating(_ vendor: SimulatedVendor, on gateway: TestGateway) async throws -> NativeClient {
        let name = vendor.rawValue
        let answer = try await gateway.create(name, Sample.entry(vendor), query: "?dry_run=true")
        let plan = try #require(answer["plan"], "\(answer.body)")
        let url = try #require(plan["url"]?.string)
        let start = url.index(url.startIndex, offsetBy: 8)
        let path = try #require(url[start...].firstIndex(of: "/"))
        let types = ["Content-Type", "Accept"].compactMap { name in
            plan["headers"]?[name]?.string.map { (name: name, value: $0) }
        }
        return NativeClient(
            gateway: gateway,
            connection: name,
            method: plan["method"]?.string ?? "POST",
            target: String(url[path...]),
            body: try #require(plan["body"]).serialized(.compact),
            types: types
        )
    }

    /// The same client with the connection's own credentials as its own.
    func withCredentials() throws -> NativeClient {
        let configured = gateway.setup.connections.first { $0.name == connection }
        guard case .ready(let ready, _)? = configured?.state else {
            throw Problem(.connectionDisabled, connection)
        }
        var client = self
        client.credentials = ready.headers.map { ($0.name, $0.value) }
        return client
    }

    /// - Parameters:
    ///   - idempotencyKey: nil sends none.
    ///   - text: in place of the body.
    func send(
        _ idempotencyKey: String? = nil,
        method: String? = nil,
        target: String? = nil,
        text: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        let text = text ?? body
        let method = method ?? self.method
        var head = "\(method) /proxy/\(connection)\(target ?? self.target) HTTP/1.1\r\nHost: gateway\r\n"
        if let key { head += "Timegate-Key: tg_canary_key_of_\(key)\r\n" }
        if let idempotencyKey { head += "Idempotency-Key: \(idempotencyKey)\r\n" }
        for (name, value) in types + credentials + headers { head += "\(name): \(value)\r\n" }
        if !text.isEmpty { head += "Content-Length: \(text.utf8.count)\r\n" }
        return try await gateway.exchange(Array("\(head)\r\n\(text)".utf8))
    }
}

extension GatewayPlan {
    /// One connection to each vendor, served to its own clients too.
    init(proxying vendors: [SimulatedVendor], _ rules: ProxyRules = ProxyRules(credentials: .connection)) throws {
        try self.init()
        for vendor in vendors {
            let one = try GatewayPlan(vendor)
            simulators.merge(one.simulators) { $1 }
            links += one.links
            keys[0].connections += one.keys[0].connections
            keys[0].identities.merge(one.keys[0].identities) { $1 }
        }
        for index in links.indices { links[index].proxy = rules }
        keys[0].scopes = Set(Scope.allCases)
        readsProxiedEntries = true
    }
}

extension Answer {
    /// Whether this is a refusal of the gateway in a vendor's own error shape.
    func isRefusal(_ code: String, of vendor: SimulatedVendor) -> Bool {
        guard header("timegate-error") == code else { return false }
        switch vendor {
        case .productive: return self["errors.0.detail"]?.string?.isEmpty == false && self["errors.0.title"] != nil
        case .hoursmith: return self["error.code"]?.string != nil && self["error.message"]?.string != nil
        case .awork: return self["description"]?.string != nil && self["traceId"]?.string != nil
        case .plannr, .sonderplan: return self["message"]?.string != nil
        }
    }
}
