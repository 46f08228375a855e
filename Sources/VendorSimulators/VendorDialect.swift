import JSON
import NIOHTTP1

/// One vendor's way of taking requests and answering them, with the entries it holds.
///
/// A dialect never sees faults, sockets or the ledger, but for a key that it is to ignore. Calls come one at a time.
protocol VendorDialect: Sendable {
    /// The vendor's answer to a request on any path that is not the simulator's own.
    ///
    /// - Parameter now: milliseconds since 1970.
    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer

    /// The vendor's 429, without `Retry-After`, which the fault adds.
    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer
}

extension VendorDialect {
    /// The path is one of the vendor's, and the simulator has no such operation. Not a vendor's answer, so that nobody
    /// takes it for one.
    func notSimulated(_ request: SimulatorRequest, allowed: [String]) -> SimulatorAnswer {
        .json(501, headers: [("allow", allowed.joined(separator: ", "))]) { writer in
            writer.beginObject()
            writer.name("simulator")
            writer.string("\(request.method.rawValue) \(request.path) is not simulated; this path takes \(allowed)")
            writer.endObject()
        }
    }
}
