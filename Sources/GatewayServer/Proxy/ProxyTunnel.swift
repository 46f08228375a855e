internal import GatewayCore
internal import JSON
internal import NIOCore
internal import PluginHost

/// One tunnel: from CONNECT to its end.
///
/// `@unchecked Sendable`: everything in it is touched on its event loop only.
final class ProxyTunnel: @unchecked Sendable {
    private let api: ProxyAPI
    private let target: ProxyTarget
    private let head: RequestHead
    private let authority: ProxyAuthority
    private let caller: Caller
    private let id: String
    private let reply: ReplyHandle
    private let trace: CallTrace?

    /// - Precondition: it has its place in ``ProxyShared/tunnels``, which it gives back.
    init(
        api: ProxyAPI,
        target: ProxyTarget,
        head: RequestHead,
        authority: ProxyAuthority,
        caller: Caller,
        id: String,
        reply: ReplyHandle
    ) {
        self.api = api
        self.target = target
        self.head = head
        self.authority = authority
        self.caller = caller
        self.id = id
        self.reply = reply
        trace = api.keep == nil ? nil : CallTrace(now: SendTimer.uptime)
    }

    /// Milliseconds in which the connection must be made.
    private var patience: Int { min(TunnelDialer.longestMilliseconds, api.timeoutMilliseconds) }

    func begin() {
        let dialer = TunnelDialer(
            eventLoop: api.eventLoop,
            ownPorts: api.ownPorts,
            timeoutMilliseconds: patience
        )
        dialer.dial(
            host: authority.bareHost,
            port: authority.effectivePort,
            allowsPrivate: target.connection.allowsPrivate
        ).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let far): self.open(far)
            case .failure(let error): self.refuse(self.problem(error))
            }
        }
    }

    private func open(_ far: TunnelFarEnd) {
        trace?.lap(.send)
        var response = OutboundResponse(status: 200)
        if trace != nil { response.addHeader("Timegate-Request-Id", id) }
        let isOpen = reply.openTunnel(response, to: far) { summary in self.ended(summary) }
        guard isOpen else {
            far.breakOff()
            return refuse(Problem(.vendorUnreachable, "The client has gone.", origin: .caller))
        }
        api.tunnelOpened(target.connection.name)
    }

    private func ended(_ summary: TunnelSummary) {
        api.shared.tunnels.leave(target.connection.name)
        api.tunnelEnded(id, target.connection.name, summary)
        trace?.lap(.reply)
        keep(
            200,
            [
                "bytes_to_vendor": .integer(Int64(summary.toFar)),
                "bytes_to_client": .integer(Int64(summary.toClient)),
                "duration_ms": .integer(Int64(summary.microseconds / 1000)),
                "ended": .string(summary.end.rawValue),
            ]
        )
    }

    private func refuse(_ problem: Problem) {
        api.shared.tunnels.leave(target.connection.name)
        api.note(id, target.connection.name, problem.status, problem.code)
        var response = api.response(problem, nil, id)
        if trace != nil { response.addHeader("Timegate-Request-Id", id) }
        trace?.lap(.send)
        keep(problem.status, nil, response.body)
        reply.send(response)
    }

    private func problem(_ error: any Error) -> Problem {
        let vendor = "\(target.plugin.vendor.title) (\(authority.host):\(authority.effectivePort))"
        func problem(_ code: ProblemCode, _ text: String) -> Problem {
            Problem(
                code,
                "\(vendor): \(text).",
                origin: .vendor,
                retry: code == .vendorAddressRefused ? .never : .after
            )
        }
        switch error as? TunnelDialer.Failure {
        case .unresolved(let reason): return problem(.vendorUnreachable, "the name cannot be resolved (\(reason))")
        case .addressRefused:
            return problem(
                .vendorAddressRefused,
                "the host resolves to an address that tunnels may not go to (loopback, private, link-local or special)"
            )
        case .timeout: return problem(.vendorTimeout, "no connection in \(patience) ms")
        case .unreachable(let reason): return problem(.vendorUnreachable, "no connection (\(reason))")
        case .loop: return Problem(.loopDetected, "The tunnel's target is this gateway itself.", origin: .gateway)
        case nil: return problem(.vendorUnreachable, "no connection")
        }
    }

    private func keep(_ status: Int, _ summary: JSONObject?, _ answer: [UInt8] = []) {
        guard let trace, let keep = api.keep else { return }
        keep(
            CallRecord(
                id: id,
                time: SystemClock.milliseconds(),
                caller: caller,
                connection: target.connection,
                operation: "tunnel",
                generation: api.generation,
                method: head.method,
                path: String(decoding: head.target, as: UTF8.self),
                query: nil,
                body: [],
                status: status,
                answer: summary.map { JSONValue.object($0).serializedBytes() } ?? answer,
                trace: trace
            )
        )
    }
}
