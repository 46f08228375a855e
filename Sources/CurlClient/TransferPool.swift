/// Transfers that may share connections, and the idle easy handles set up for them.
///
/// Belongs to its loop's thread.
final class TransferPool {
    /// What must be equal for two requests to share connections. libcurl itself takes a warm connection without asking
    /// the address guard, which is why ``allowPrivate`` is part of it.
    struct Key: Hashable {
        let allowPrivate: Bool
        let caFile: String?
        let name: String?
    }

    let key: Key
    unowned(unsafe) let loop: CompanionLoop

    /// The first is always used first, so that warm connections are in few places.
    private var multis: [MultiHandle] = []
    private var idle: [EasyHandle] = []
    private var idleForStreams: [EasyHandle] = []
    private let configuration: CurlClientConfiguration

    /// Idle handles above this are freed. One takes about 6 KB.
    private static let keptHandles = 256

    /// For each request libcurl 7.88.1 walks the list of a multi handle's connections to the host (`ConnectionExists`,
    /// `close_connect_only`), past all those that are in use. With one multi handle, a request costs two and a half
    /// times as much CPU with 1,000 in flight as with 32; so above this many, another multi handle takes over.
    private static let transfersPerMulti = 64
    private static let maxMultis = 32

    init(key: Key, loop: CompanionLoop, configuration: CurlClientConfiguration) {
        self.key = key
        self.loop = loop
        self.configuration = configuration
    }

    func takeHandle() -> EasyHandle? {
        idle.popLast() ?? EasyHandle(pool: self, configuration: configuration)
    }

    func takeHandleForStream() -> EasyHandle? {
        idleForStreams.popLast() ?? EasyHandle(pool: self, configuration: configuration, isForStreams: true)
    }

    func giveBack(_ handle: EasyHandle) {
        handle.clear()
        if handle.isForStreams {
            if !handle.isSpent, idleForStreams.count < Self.keptHandles { idleForStreams.append(handle) }
            return
        }
        if idle.count < Self.keptHandles { idle.append(handle) }
    }

    /// Closes multi handles, and with them all their connections, in which nothing ran since that time.
    ///
    /// libcurl itself closes connections that are dead or too old only when the next request comes to the same handle.
    ///
    /// - Returns: `false` if nothing is left of the pool.
    func closeIdle(since time: UInt64) -> Bool {
        multis.removeAll { multi in
            guard multi.running == 0, multi.idleSince <= time else { return false }
            loop.forget(multi)
            return true
        }
        return !multis.isEmpty
    }

    /// The multi handle for one more transfer; `nil` if there is no memory for one.
    func multi() -> MultiHandle? {
        // Connection limits are kept by libcurl, per multi handle.
        let isLimited = configuration.maxConnections > 0 || configuration.maxHostConnections > 0
        for multi in multis where isLimited || multi.running < Self.transfersPerMulti { return multi }
        if multis.count < Self.maxMultis {
            guard let multi = loop.makeMulti() else { return multis.first }
            multis.append(multi)
            return multi
        }
        return multis.min { $0.running < $1.running }
    }
}
