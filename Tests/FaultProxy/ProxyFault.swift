/// What a ``FaultProxy`` does with one exchange, a request and its answer, instead of passing both on.
///
/// A fault is put together from how much of the request is read, whether it is passed on, what the client is answered, and
/// how the connection ends.
public struct ProxyFault: Sendable {
    /// How much of the request is taken from the client.
    public enum Reading: Sendable, Equatable {
        case nothing
        /// At most so many bytes.
        case bytes(Int)
        /// The request line and the headers.
        case head
        case whole
    }

    /// What the client gets. All but `nothing` and `bytes` need a request that was passed on.
    public enum Answer: Sendable, Equatable {
        case nothing
        case whole
        /// The server's answer up to this byte.
        case bytes(Int)
        /// The server's answer up to this byte before its end.
        case allBut(Int)
        case inPieces(bytes: Int, pauseMilliseconds: Int)
        /// These bytes, then the server's answer.
        case preceded(by: String)
        /// The server's answer, then these bytes.
        case followed(by: String)
        /// These bytes in place of the server's answer.
        case replaced(by: [UInt8])
        /// The server's answer with this much added to its Content-Length.
        case lengthChanged(by: Int)
    }

    public enum End: Sendable, Equatable {
        /// The next request is waited for.
        case keep
        /// FIN, or RST where the client sent more than was read.
        case close
        /// RST.
        case reset
        /// The connection stays, and nothing is said on it until the client closes.
        case hold
    }

    /// A point of an exchange at which a test can do something else, such as ending a process.
    public enum Moment: Sendable, Equatable {
        /// As much as is read has been read; nothing was passed on.
        case requestRead
        /// The server's answer is here; the client has none of it.
        case answered
        /// The client has what it gets; the connection has not ended.
        case replied
    }

    public var reading: Reading
    /// Whether a whole request goes on to the server.
    public var passesOn: Bool
    public var answer: Answer
    public var end: End
    public var at: (@Sendable (Moment) -> Void)?

    public init(
        reading: Reading = .whole,
        passesOn: Bool = true,
        answer: Answer = .whole,
        end: End = .keep,
        at: (@Sendable (Moment) -> Void)? = nil
    ) {
        precondition(passesOn == false || reading == .whole, "only a whole request can be passed on")
        self.reading = reading
        self.passesOn = passesOn
        self.answer = answer
        self.end = end
        self.at = at
    }

    /// Everything is passed on.
    public static let none = ProxyFault()

    /// The request is cut: so much is read, nothing is passed on.
    public static func cut(_ reading: Reading, _ end: End) -> ProxyFault {
        ProxyFault(reading: reading, passesOn: false, answer: .nothing, end: end)
    }

    /// The server has done its work, and its answer is lost.
    public static func lostAnswer(_ end: End) -> ProxyFault {
        ProxyFault(answer: .nothing, end: end)
    }

    /// So much of the answer, then the end.
    public static func cutAnswer(_ answer: Answer, _ end: End = .close) -> ProxyFault {
        ProxyFault(answer: answer, end: end)
    }
}
