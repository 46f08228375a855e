internal import CurlClient
internal import GatewayCore
internal import PluginHost

/// A proxied request as the core sees it.
extension ProxiedRequest {
    /// The request without its body, with the fields that go on to the vendor.
    var native: NativeRequest {
        var target = String(decoding: path, as: UTF8.self)
        if let query { target += "?" + String(decoding: query, as: UTF8.self) }
        var fields: [Header] = []
        fields.reserveCapacity(headers.count)
        let named = headers.contains("connection") ? ProxyHeaders.named(by: headers.all("connection")) : []
        headers.forEachField { name, value in
            if ProxyHeaders.isHopByHop(name) || ProxyHeaders.isGateways(name)
                || (!named.isEmpty && ProxyHeaders.isNamed(name, in: named))
            {
                return
            }
            fields.append(
                Header(
                    String(decoding: name, as: UTF8.self),
                    String(decoding: value, as: UTF8.self),
                    shown: ProxyHeaders.isHarmless(name) ? nil : "***"
                )
            )
        }
        return NativeRequest(method: method, target: target, headers: fields)
    }

    /// The call that the gateway's rules see. A client without a key is held to no scope: its vendor decides.
    func call(_ operation: GatewayCore.Operation, _ now: Timestamp) -> Call {
        var known = caller
        if isKeyless {
            known = Caller(
                name: caller.name,
                connections: caller.connections,
                scopes: Set(Scope.allCases),
                identities: caller.identities
            )
        }
        var call = Call(
            id: id,
            operation: operation,
            connection: connection,
            caller: known,
            handling: connection.handling,
            now: now,
            timeoutMilliseconds: timeoutMilliseconds,
            gate: gate,
            trace: makeTrace()
        )
        call.deadline = uptime() + Int64(timeoutMilliseconds) * 1_000_000
        return call
    }

    func makeTrace() -> CallTrace? { isTraced ? CallTrace(now: SendTimer.uptime) : nil }

    /// The connection as reads beside the request use it: with the credentials that the request itself goes out with, which
    /// are shown nowhere. Few requests need it, and it lives no longer than they do.
    var reading: Connection {
        guard rules.credentials == .client else { return connection }
        var own: [Header] = []
        forEachCredential { name, value in
            let value = String(decoding: value, as: UTF8.self)
            own.append(Header(String(decoding: name, as: UTF8.self), value, shown: "***"))
        }
        return connection.with(headers: own, hiding: secrets)
    }

    /// What of the client's own credentials must not be shown.
    var secrets: [String] {
        var secrets: [String] = []
        forEachCredential { _, value in
            var start = 0
            while start < value.count {
                let end = value.firstOffset(of: 0x20, from: start) ?? value.count
                if end - start >= ProxiedRequest.secretBytes {
                    secrets.append(String(decoding: value.sub(start, end), as: UTF8.self))
                }
                start = end + 1
            }
        }
        return secrets
    }

    /// The fields with credentials that the client itself brings.
    private func forEachCredential(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void) {
        guard rules.credentials == .client else { return }
        headers.forEachField { name, value in
            guard
                name.equalsIgnoringCase("authorization") || name.equalsIgnoringCase("cookie")
                    || ProxyHeaders.isNamed(name, in: ownFields)
            else { return }
            body(name, value)
        }
    }

    /// A part of a credential that is shorter is the name of a scheme, or would hide half a text.
    private static let secretBytes = 8

    /// The fields of a request as its record shows them.
    ///
    /// - Parameter added: the connection's, in place of the client's.
    static func shown(_ headers: [Header], added: [Header]) -> [Header] {
        if added.isEmpty { return headers }
        let replaced = Set(added.map { $0.name.lowercased() } + ["authorization", "cookie"])
        return headers.filter { !replaced.contains($0.name.lowercased()) } + added
    }
}
