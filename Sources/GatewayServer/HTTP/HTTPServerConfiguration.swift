/// What an ``HTTPServer`` listens on, and what it lets a client take of it. The defaults are those of the threat model:
/// a client that is slow, long-winded or many costs a bounded amount and does not keep others waiting.
public struct HTTPServerConfiguration: Sendable {
    public enum Listener: Sendable {
        /// Bind and listen here; port 0 lets the kernel choose.
        case address(host: String, port: Int)
        /// A TCP socket that is bound and listening already, such as one that a supervisor hands down. The server owns
        /// the descriptor from then on and closes it.
        case inherited(descriptor: CInt)
    }

    /// Sizes in bytes unless said otherwise. `requestLine` and `headerBlock` together must stay below 64,000.
    public struct Limits: Sendable {
        /// Method, target and version. Longer: 414.
        public var requestLine = 8192
        /// All header lines with their line ends, and the empty line. Longer: 431.
        public var headerBlock = 16384
        /// Header lines; trailer lines are counted anew. More: 431.
        public var fieldCount = 100
        /// Empty lines that may stand before a request line. More: 400.
        public var emptyLinesBeforeRequest = 2
        /// A request's body where ``HTTPServerConfiguration/bodyLimit`` says nothing else. Longer: 413.
        public var body = 1 << 20
        /// Bodies that are still arriving, all connections of one event loop together. More: 503.
        public var arrivingBodiesPerLoop = 256 << 20
        /// Bytes of answers that may wait for a slow reader before no further pipelined request of that connection is
        /// read; one answer may exceed it.
        public var writeBuffer = 65536

        public init() {}
    }

    /// Checked four times in the shortest of them, at least every 250 ms; so they may be overstepped by that much.
    public struct Deadlines: Sendable {
        /// From a request's first byte to the end of its head. Late: 408.
        public var head = Duration.seconds(10)
        /// From the end of the head to the end of a body that is handed over whole. Late: 408.
        public var body = Duration.seconds(60)
        /// Bytes per second that such a body must bring on average once ``bodyRateGrace`` is over. Slower: 408.
        public var minimumBodyRate = 1024
        public var bodyRateGrace = Duration.seconds(5)
        /// The longest pause in a body that is handed over as it arrives, counted while the responder waits for more; such
        /// a body has no deadline as a whole. Longer: 408, or ``BodyBreak/Reason/timeout`` once the answer has begun.
        public var bodyPause = Duration.seconds(30)
        /// An open connection on which nothing is asked is closed after this time, without a word.
        public var idle = Duration.seconds(60)
        /// A connection whose client took less than 16 KiB of a waiting answer in this time is closed.
        public var write = Duration.seconds(30)
        /// How long to go on reading and dropping what a client sends after its request was refused, so that the refusal
        /// reaches it instead of a reset.
        public var linger = Duration.seconds(2)
        /// A tunnel through which nothing has gone for so long, in either direction, is closed. As long as servers usually
        /// keep an idle connection, or longer.
        public var tunnelPause = Duration.seconds(300)

        public init() {}
    }

    public var listener: Listener
    /// Connections that the kernel queues before they are accepted.
    public var backlog = 1024
    public var limits = Limits()
    public var deadlines = Deadlines()
    /// Open connections in all. More: 503 and close.
    public var maximumConnections = 8192
    /// Open connections from one IPv4 address or one IPv6 /64 network. More: 503 and close. Behind a reverse proxy all
    /// connections come from one address.
    public var maximumConnectionsPerPeer = 2048
    /// Whether `GET http://host/path` and `CONNECT host:port` are taken, as a forward proxy does; 400 and 501 if not.
    public var takesAbsoluteForm = false
    /// The longest body, in bytes, that this request may bring; asked when its head is complete and a body is announced, on
    /// the connection's event loop. Nil: ``Limits/body`` for all.
    public var bodyLimit: (@Sendable (_ head: RequestHead) -> Int)?

    public init(listener: Listener) {
        self.listener = listener
    }
}

extension Duration {
    /// Whole nanoseconds, not below zero and far from overflow.
    var boundedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
