internal import CurlClient
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Connects the far ends of tunnels, under the rules that requests to vendors go by: addresses are looked at after the name
/// was resolved, and only public ones are gone to unless the connection allows others.
struct TunnelDialer {
    enum Failure: Error {
        case unresolved(String)
        /// The name stands for addresses that are not gone to.
        case addressRefused
        case timeout
        case unreachable(String)
        /// It was the gateway itself that answered.
        case loop
    }

    /// What a connection may take to be made, in milliseconds: as for a request to a vendor.
    static let longestMilliseconds = 5_000

    /// As much waits in the gateway for a slow reader as on a client's connection.
    static let writeBuffer = 65_536

    /// Name servers may be slow: those who wait for them have threads of their own, so that nothing else waits there.
    private static let resolvers: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    let eventLoop: any EventLoop
    let ownPorts: OwnPorts
    /// For the name and the connection together.
    let timeoutMilliseconds: Int

    /// - Parameter host: a name or an address, IPv6 without brackets.
    /// - Returns: on the dialer's event loop. Fails with a ``Failure`` only.
    func dial(host: String, port: Int, allowsPrivate: Bool) -> EventLoopFuture<TunnelFarEnd> {
        let patience = TimeAmount.milliseconds(Int64(timeoutMilliseconds))
        let deadline = NIODeadline.now() + patience
        let resolved = eventLoop.makePromise(of: [SocketAddress].self)
        let timer = eventLoop.scheduleTask(deadline: deadline) { resolved.fail(Failure.timeout) }
        TunnelDialer.resolvers.runIfActive(eventLoop: eventLoop) { try TunnelDialer.resolve(host, port) }
            .whenComplete { resolved.completeWith($0) }
        let loop = eventLoop
        let ownPorts = ownPorts
        return resolved.futureResult.flatMap { addresses in
            timer.cancel()
            let allowed = addresses.filter { address in
                allowsPrivate || address.ipAddress.map { AddressGuard.isPublic(numeric: $0) } ?? false
            }
            if allowed.isEmpty { return loop.makeFailedFuture(Failure.addressRefused) }
            return TunnelDialer.connect(allowed, host, port, loop, deadline - .now())
        }.flatMapThrowing { (channel: any Channel) in
            let far = try channel.pipeline.syncOperations.handler(type: TunnelFarEnd.self)
            if ownPorts.isListening(at: port), channel.localAddress?.ipAddress == channel.remoteAddress?.ipAddress {
                far.breakOff()
                throw Failure.loop
            }
            return far
        }.flatMapErrorThrowing { error in throw TunnelDialer.failure(error) }
    }

    private static func connect(
        _ addresses: [SocketAddress],
        _ host: String,
        _ port: Int,
        _ loop: any EventLoop,
        _ patience: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .resolver(Known(addresses: addresses, loop: loop))
            .connectTimeout(max(patience, .milliseconds(1)))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.writeBufferWaterMark, value: .init(low: writeBuffer / 2, high: writeBuffer))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TunnelFarEnd())
                }
            }
            .connect(host: host, port: port)
    }

    private static func failure(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case ChannelError.connectTimeout: return .timeout
        case let error as NIOConnectionError:
            guard let last = error.connectionErrors.last else { return .unreachable("no address answered") }
            return failure(last.error)
        case let error as IOError: return .unreachable(String(cString: strerror(error.errnoCode)))
        default: return .unreachable("the connection failed")
        }
    }

    // MARK: - Names

    /// The addresses of a name. Blocks.
    private static func resolve(_ host: String, _ port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, nil, &hints, &list)
        guard result == 0 else { throw Failure.unresolved(String(cString: gai_strerror(result))) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let isNamed =
                getnameinfo(
                    entry.pointee.ai_addr,
                    entry.pointee.ai_addrlen,
                    &text,
                    socklen_t(text.count),
                    nil,
                    0,
                    NI_NUMERICHOST
                ) == 0
            let number = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard isNamed, let address = try? SocketAddress(ipAddress: number, port: port) else { continue }
            addresses.append(address)
        }
        return addresses
    }

    /// Gives SwiftNIO's connector the addresses that were looked at, so that it asks nobody again.
    private struct Known: Resolver, Sendable {
        let addresses: [SocketAddress]
        let loop: any EventLoop

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
        }

        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
        }

        func cancelQueries() {}
    }
}
