internal import GatewayCore
internal import Glibc
internal import NIOCore
internal import PluginHost

/// The gates of all connections: one for each in the process, whatever event loop a call runs on.
struct ConnectionGates: Sendable {
    private let gates: [String: ConnectionGate]
    private let kinds: [String: Kind]

    /// What a gate is made from: while it is the same, a reload keeps the gate with all that it has learned.
    private struct Kind: Equatable {
        let vendor: String
        let origin: String
        let windows: [RateWindow]
        let concurrency: Int?
        /// How the vendor tells of its limits: what was understood otherwise is forgotten.
        let resets: [String?]

        init(_ connection: Connection, _ vendor: Vendor) {
            self.vendor = connection.vendor
            origin = connection.origin
            windows = connection.rateWindows(vendor.manifest.limits)
            let limits = vendor.manifest.limits
            concurrency = limits.concurrency
            resets = [limits.resetHeader, limits.resetForm.rawValue, limits.remainingHeader]
        }
    }

    /// - Parameters:
    ///   - former: the gates that these replace.
    ///   - seed: of what is random in a new gate.
    ///   - alarm: sees to it that `tick` is called in time.
    init(
        _ connections: [ConfiguredConnection],
        replacing former: ConnectionGates? = nil,
        seed: () -> UInt64 = { .random(in: .min ... .max) },
        alarm: @escaping ConnectionGate.Alarm
    ) {
        var gates: [String: ConnectionGate] = [:]
        var kinds: [String: Kind] = [:]
        for case .ready(let connection, let plugin) in connections.map(\.state) {
            let name = connection.name
            let kind = Kind(connection, plugin.vendor)
            kinds[name] = kind
            let kept = former?.kinds[name] == kind ? former?.gates[name] : nil
            gates[name] = kept ?? ConnectionGate(connection, plugin.vendor, seed: seed(), alarm: alarm)
        }
        self.gates = gates
        self.kinds = kinds
    }

    /// Gates whose alarms ring on an event loop.
    init(_ connections: [ConfiguredConnection], replacing former: ConnectionGates? = nil, on loop: any EventLoop) {
        self.init(connections, replacing: former) { gate, time in
            loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(0, time)))) {
                gate.tick(now: SendTimer.uptime())
            }
        }
    }

    subscript(connection: String) -> ConnectionGate? { gates[connection] }

    var names: [String] { gates.keys.sorted() }
}

extension SendTimer {
    /// Nanoseconds of the clock that SwiftNIO's deadlines are of.
    static func uptime() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// Waits on an event loop, and goes on there.
    static func on(_ loop: any EventLoop, _ executor: LoopExecutor) -> SendTimer {
        SendTimer(now: SendTimer.uptime) { nanoseconds in
            await withUnsafeContinuation { continuation in
                loop.scheduleTask(in: .nanoseconds(nanoseconds)) {
                    executor.run { continuation.resume() }
                }
            }
        }
    }

    /// Waits wherever.
    static let concurrent = SendTimer(now: SendTimer.uptime) { nanoseconds in
        try? await Task.sleep(nanoseconds: UInt64(max(0, nanoseconds)))
    }
}
