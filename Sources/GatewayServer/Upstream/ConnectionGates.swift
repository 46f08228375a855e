internal import GatewayCore
internal import Glibc
internal import NIOCore
internal import PluginHost

/// The gates of all connections: one for each in the process, whatever event loop a call runs on.
struct ConnectionGates: Sendable {
    private let gates: [String: ConnectionGate]

    /// - Parameter alarm: sees to it that `tick` is called in time.
    init(
        _ connections: [ConfiguredConnection],
        seed: () -> UInt64 = { .random(in: .min ... .max) },
        alarm: @escaping ConnectionGate.Alarm
    ) {
        var gates: [String: ConnectionGate] = [:]
        for case .ready(let connection, let plugin) in connections.map(\.state) {
            gates[connection.name] = ConnectionGate(connection, plugin.vendor, seed: seed(), alarm: alarm)
        }
        self.gates = gates
    }

    /// Gates whose alarms ring on an event loop.
    init(_ connections: [ConfiguredConnection], on loop: any EventLoop) {
        self.init(connections) { gate, time in
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
