public import NIOCore
public import NIOPosix

/// The HTTP/1.1 front end: listens, reads requests under strict limits, and hands them whole to one responder per event
/// loop. It knows nothing of what is served.
public final class HTTPServer: Sendable {
    private let listener: any Channel
    private let loops: [NIOLoopBound<HTTPLoop>]
    private let eventLoops: [any EventLoop]

    private init(listener: any Channel, loops: [NIOLoopBound<HTTPLoop>], eventLoops: [any EventLoop]) {
        self.listener = listener
        self.loops = loops
        self.eventLoops = eventLoops
    }

    /// The TCP port that is listened on.
    public var localPort: Int { listener.localAddress?.port ?? 0 }

    /// Listens and serves until ``stop(gracePeriod:)``.
    /// - Parameters:
    ///   - group: connections are spread over its event loops; the caller shuts it down after the server has stopped.
    ///   - makeResponder: called once on each event loop of `group`.
    /// - Throws: an `IOError` or `SocketAddressError` of SwiftNIO if the address cannot be resolved or bound.
    public static func start(
        configuration: HTTPServerConfiguration,
        group: MultiThreadedEventLoopGroup,
        makeResponder: @escaping @Sendable (any EventLoop) -> any HTTPResponder
    ) async throws -> HTTPServer {
        let limits = configuration.limits
        precondition(
            limits.requestLine > 0 && limits.headerBlock > 0 && limits.requestLine + limits.headerBlock < 64_000,
            "limits.requestLine and limits.headerBlock together must stay below 64,000 bytes"
        )
        let admission = ConnectionAdmission(
            maximum: configuration.maximumConnections,
            maximumPerPeer: configuration.maximumConnectionsPerPeer
        )
        var eventLoops: [any EventLoop] = []
        var loops: [NIOLoopBound<HTTPLoop>] = []
        for eventLoop in group.makeIterator() {
            eventLoops.append(eventLoop)
            loops.append(
                try await eventLoop.submit {
                    let loop = HTTPLoop(
                        eventLoop: eventLoop,
                        configuration: configuration,
                        responder: makeResponder(eventLoop),
                        admission: admission
                    )
                    return NIOLoopBound(loop, eventLoop: eventLoop)
                }.get()
            )
        }
        let byEventLoop = Dictionary(uniqueKeysWithValues: zip(eventLoops.map { ObjectIdentifier($0) }, loops))
        let bootstrap = bootstrap(configuration, group: group, loops: byEventLoop)
        let listener: any Channel
        switch configuration.listener {
        case .address(let host, let port):
            listener = try await bootstrap.bind(host: host, port: port).get()
        case .inherited(let descriptor):
            listener = try await bootstrap.withBoundSocket(descriptor).get()
        }
        return HTTPServer(listener: listener, loops: loops, eventLoops: eventLoops)
    }

    private static func bootstrap(
        _ configuration: HTTPServerConfiguration,
        group: MultiThreadedEventLoopGroup,
        loops: [ObjectIdentifier: NIOLoopBound<HTTPLoop>]
    ) -> ServerBootstrap {
        let high = max(2, configuration.limits.writeBuffer)
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // When descriptors run out, wait before the next accept instead of spinning.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // One read, then its requests, then the next connection: none can keep the loop to itself.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // A client may close its sending side and still read the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: high / 2, high: high))
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: 65536)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
                        preconditionFailure("a connection was given to an event loop outside the server's group")
                    }
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop.value))
                }
            }
    }

    /// Stops accepting, closes idle connections, lets requests in progress be answered (with `Connection: close`), and closes
    /// what is left after `gracePeriod`. Returns when every connection is closed. Calling it again only waits.
    public func stop(gracePeriod: Duration) async {
        try? await listener.close().get()
        let grace = TimeAmount.nanoseconds(Int64(clamping: gracePeriod.boundedNanoseconds))
        let drained = zip(loops, eventLoops).map { loop, eventLoop in
            eventLoop.flatSubmit {
                let timer = eventLoop.scheduleTask(in: grace) { loop.value.closeAll() }
                return loop.value.drain().always { _ in timer.cancel() }
            }
        }
        for future in drained { try? await future.get() }
    }
}
