import ArgumentParser
import CurlClient
import GatewayCore
import JSON

/// A gateway that is already running, asked over HTTP.
struct RemoteGateway {
    let origin: Origin
    let key: String
    let caller: HTTPCaller

    /// - Parameters:
    ///   - server: `http://127.0.0.1:8080`, as `--server` gave it.
    ///   - keyEnv: The environment variable that holds the gateway key.
    static func open(_ server: String, keyEnv: String) throws -> RemoteGateway {
        let origin: Origin
        do throws(Origin.Fault) {
            origin = try Origin(server, of: .gateway)
        } catch {
            throw ValidationError("--server \(error.message). \(error.hint)")
        }
        guard let key = Environment.value(keyEnv), !key.isEmpty else {
            Output.words.line("The environment variable \(keyEnv) is not set: it holds the gateway key.")
            throw ExitStatus.denied.exit
        }
        return RemoteGateway(origin: origin, key: key, caller: try HTTPCaller())
    }

    func create(_ order: EntryOrder) async -> EntryAnswer {
        var request = CurlRequest(
            method: "POST",
            url: "\(origin.text)/v1/\(order.connection)/time-entries\(Self.query(order))",
            headers: CurlRequestHeaders(headers(order)),
            body: order.body
        )
        // The address is the caller's own choice, and most gateways stand on a private one.
        request.allowPrivate = true
        switch await caller.send(request) {
        case .success(let response): return Self.answer(response, to: order.isPlan ? .plan : .one)
        case .failure(let failure): return Self.answer(failure, origin)
        }
    }

    static func query(_ order: EntryOrder) -> String {
        var parts: [String] = []
        if order.isPlan { parts.append("dry_run=true") }
        if order.isTraced { parts.append("trace=true") }
        var include: [String] = []
        if order.include.contains(.money) { include.append("money") }
        if order.include.contains(.raw) { include.append("raw") }
        if !include.isEmpty { parts.append("include=\(include.joined(separator: ","))") }
        return parts.isEmpty ? "" : "?\(parts.joined(separator: "&"))"
    }

    private func headers(_ order: EntryOrder) -> [(String, String)] {
        var headers = [
            ("Authorization", "Bearer \(key)"), ("Content-Type", "application/json"), ("Accept", "application/json"),
        ]
        var preferences: [String] = []
        if let isLenient = order.isLenient { preferences.append("handling=\(isLenient ? "lenient" : "strict")") }
        if let rounding = order.rounding { preferences.append("rounding=\(rounding.rawValue)") }
        if !preferences.isEmpty { headers.append(("Prefer", preferences.joined(separator: "; "))) }
        if let idempotencyKey = order.idempotencyKey { headers.append(("Idempotency-Key", idempotencyKey)) }
        return headers
    }

    static func answer(_ response: CurlResponse, to asked: GatewayAnswer) -> EntryAnswer {
        var answer = answer(status: response.status, response.body, to: asked)
        answer.isReplay = response.headers.values("Idempotent-Replayed").last == "true"
        return answer
    }

    static func answer(status: Int, _ bytes: [UInt8], to asked: GatewayAnswer) -> EntryAnswer {
        let body = try? JSONValue(parsing: bytes, limits: .gatewayAnswer)
        guard let fault = asked.fault(status: status, body) else {
            return EntryAnswer(status: status, body: body ?? .null)
        }
        return .noGateway(
            "What answered (\(status)) is no Timegate gateway: \(fault).\(GatewayAnswer.shortened(bytes))"
        )
    }

    /// - Parameter isRead: nothing is changed by it, whether it got there or not.
    static func answer(_ failure: CurlFailure, _ origin: Origin, isRead: Bool = false) -> EntryAnswer {
        let detail = "The gateway at \(origin.text): \(failure.message)."
        guard failure.sent != .no, !isRead else {
            return .gatewayUnreachable(
                detail,
                hint: "See that it runs (timegate serve), and that --server has the address on which it listens."
            )
        }
        return EntryAnswer(Problem(.outcomeUnknown, detail, origin: .gateway, sent: .maybe))
    }
}
