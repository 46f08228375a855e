import NIOCore

/// What the connections of one event loop share: the responder, buffers and clocks that are used again for each answer, and
/// the sweep that enforces deadlines. Confined to its event loop.
final class HTTPLoop {
    let eventLoop: any EventLoop
    let configuration: HTTPServerConfiguration
    let responder: any HTTPResponder
    let admission: ConnectionAdmission
    let deadlines: DeadlineNanoseconds

    /// Answers are written into this one; it allocates only while an earlier answer is still being sent.
    var scratch = ByteBufferAllocator().buffer(capacity: 4096)
    var date = HTTPDate()
    /// Bytes of bodies that are still arriving; see ``HTTPServerConfiguration/Limits/arrivingBodiesPerLoop``.
    var arrivingBodyBytes = 0

    private(set) var isDraining = false
    private var connections: [HTTPConnection] = []
    private var sweep: RepeatedTask?
    private var drained: EventLoopPromise<Void>?

    init(
        eventLoop: any EventLoop,
        configuration: HTTPServerConfiguration,
        responder: any HTTPResponder,
        admission: ConnectionAdmission
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.responder = responder
        self.admission = admission
        self.deadlines = DeadlineNanoseconds(configuration.deadlines)
    }

    /// Monotonic nanoseconds.
    @inline(__always)
    var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    // MARK: - Connections

    func add(_ connection: HTTPConnection) {
        connection.slot = connections.count
        connections.append(connection)
        startSweep()
    }

    func remove(_ connection: HTTPConnection) {
        let slot = connection.slot
        guard connections.indices.contains(slot), connections[slot] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[slot] = last
            last.slot = slot
        }
        guard connections.isEmpty else { return }
        // A server without connections does not wake up.
        sweep?.cancel()
        sweep = nil
        drained?.succeed()
    }

    /// One timer for all connections: starting and cancelling a timer for each request would cost more than the request's
    /// parsing.
    private func startSweep() {
        guard sweep == nil else { return }
        let interval = TimeAmount.nanoseconds(Int64(deadlines.sweepInterval))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.enforceDeadlines()
        }
    }

    private func enforceDeadlines() {
        let now = now
        // From the end, because a connection that closes moves the last one into its place.
        var index = connections.count - 1
        while index >= 0 {
            if index < connections.count { connections[index].enforceDeadlines(now: now) }
            index -= 1
        }
    }

    // MARK: - Stopping

    /// Closes idle connections and lets the others finish their request; a streamed body or a tunnel may pause no longer
    /// than ``HTTPServerConfiguration/Deadlines/linger`` then. The future succeeds when none is left.
    func drain() -> EventLoopFuture<Void> {
        if let drained { return drained.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        isDraining = true
        if connections.isEmpty {
            promise.succeed()
        } else {
            for connection in connections {
                connection.closeIfIdle()
                connection.hurryBody()
                connection.hurryTunnel()
            }
        }
        return promise.futureResult
    }

    func closeAll() {
        for connection in connections { connection.closeNow() }
    }
}

/// ``HTTPServerConfiguration/Deadlines`` in the unit of the event loop's clock.
struct DeadlineNanoseconds {
    let head: UInt64
    let body: UInt64
    let bodyRateGrace: UInt64
    let bodyPause: UInt64
    let minimumBodyRate: UInt64
    let idle: UInt64
    let write: UInt64
    let linger: UInt64
    let tunnelPause: UInt64
    let sweepInterval: UInt64

    init(_ deadlines: HTTPServerConfiguration.Deadlines) {
        head = deadlines.head.boundedNanoseconds
        body = deadlines.body.boundedNanoseconds
        bodyRateGrace = deadlines.bodyRateGrace.boundedNanoseconds
        bodyPause = deadlines.bodyPause.boundedNanoseconds
        minimumBodyRate = UInt64(max(0, deadlines.minimumBodyRate))
        idle = deadlines.idle.boundedNanoseconds
        write = deadlines.write.boundedNanoseconds
        linger = deadlines.linger.boundedNanoseconds
        tunnelPause = deadlines.tunnelPause.boundedNanoseconds
        let shortest = min(head, body, bodyPause, idle, write, linger, tunnelPause)
        sweepInterval = min(max(shortest / 4, 5_000_000), 250_000_000)
    }
}
