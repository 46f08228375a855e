import CurlClient
import GatewayCore
import JSON

@testable import GatewayServer
@testable import PluginHost

/// A vendor's own client: its request is recognised, read and journalled as a proxied one is, and goes to the vendor over the
/// simulated network. The front end and libcurl's streams are left out.
extension SimulatedGateway {
    func proxied(
        _ order: SimulatedCall,
        _ credentials: ProxyRules.Credentials,
        _ setup: Simulation.Setup,
        _ recognizer: NativeRecognizer,
        _ network: SimulatedNetwork
    ) async -> SimulatedAnswer {
        let operation = order.route.operation
        let head = SimulatedProxy.head(order)
        let request = ProxiedRequest(
            id: "request-\(order.attempt)",
            method: head.method.name,
            path: head.pathBytes,
            query: nil,
            headers: head.headers,
            connection: setup.connection,
            plugin: setup.plugin,
            rules: ProxyRules(credentials: credentials),
            caller: order.caller,
            isKeyless: false,
            timeoutMilliseconds: 10_000,
            uptime: uptime
        )
        guard case .read(_, let reader) = recognizer.recognize(request) else {
            return SimulatedAnswer(Problem(.internalError, "It was not recognised."), requestID: request.id)
        }
        do throws(Problem) {
            let body = Array(order.body.utf8)
            switch try await reader.read(body) {
            case .answer(let answer): return SimulatedAnswer(answer, operation)
            case .forward(let changed, let without, let adding):
                return await forward(
                    reader,
                    UpstreamRequest(
                        method: request.method,
                        url: setup.connection.origin + String(decoding: request.path, as: UTF8.self),
                        headers: request.native.headers.filter { !without.contains($0.name.lowercased()) } + adding,
                        body: changed ?? (body.isEmpty ? nil : body),
                        allowsPrivate: false,
                        timeoutMilliseconds: request.timeoutMilliseconds
                    ),
                    operation,
                    setup,
                    head.method,
                    network
                )
            }
        } catch {
            return SimulatedAnswer(error, requestID: request.id)
        }
    }

    /// As `ProxyExchange` does it: what must be durable is, then the request leaves once.
    private func forward(
        _ reader: any ProxyReader,
        _ request: UpstreamRequest,
        _ operation: GatewayCore.Operation,
        _ setup: Simulation.Setup,
        _ method: RequestMethod,
        _ network: SimulatedNetwork
    ) async -> SimulatedAnswer {
        do throws(Problem) {
            try await reader.begin()
        } catch {
            return SimulatedAnswer(await reader.end(error, nil), requestID: "proxied")
        }
        switch await network.send(request) {
        case .success(let answer):
            var headers = [(name: "Content-Type", value: "application/json")]
            if let retryAfter = answer.retryAfter { headers.append((name: "Retry-After", value: retryAfter)) }
            do throws(Problem) {
                let given = try await reader.answer(
                    ProxyAnswer(status: answer.status, headers: headers, body: answer.body)
                )
                return SimulatedAnswer(given, operation)
            } catch {
                return SimulatedAnswer(error, requestID: "proxied")
            }
        case .failure(let failure):
            let problem = Problem(failure, setup.plugin.vendor.title, method)
            return SimulatedAnswer(await reader.end(problem, failure), requestID: "proxied")
        }
    }
}

/// Requests as a vendor's own client writes them.
enum SimulatedProxy {
    static func head(_ order: SimulatedCall) -> RequestHead {
        let (method, path): (String, String) =
            switch order.route {
            case .create: ("POST", "/entries")
            case .action(_, let id): ("POST", "/entries/\(id)/approve")
            case .one(.delete, let id): ("DELETE", "/entries/\(id)")
            case .one(.update, let id): ("PATCH", "/entries/\(id)")
            case .one(_, let id): ("PUT", "/entries/\(id)")
            default: ("GET", "/entries")
            }
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer client-secret\r\n"
        if !order.body.isEmpty {
            text += "Content-Type: application/json\r\nContent-Length: \(order.body.utf8.count)\r\n"
        }
        if let key = order.key { text += "Idempotency-Key: \(key)\r\n" }
        var parser = RequestHeadParser(limits: HTTPServerConfiguration.Limits(), takesAbsoluteForm: true)
        let bytes = Array((text + "\r\n").utf8)
        guard case .complete(_, let head) = bytes.withUnsafeBytes({ parser.advance($0) }) else {
            preconditionFailure("the request has no head: \(text)")
        }
        return head
    }
}
