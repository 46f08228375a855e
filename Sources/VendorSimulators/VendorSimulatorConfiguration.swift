import Glibc

/// How one simulator listens, whom it lets in, and which ids it does not know.
///
/// Every well-formed id exists for a simulator, except those in `missingReferences`; that keeps tests short, since
/// nothing has to be seeded before an entry can be created.
public struct VendorSimulatorConfiguration: Sendable {
    /// Whose stand-in this is.
    public var vendor: SimulatedVendor
    /// Address to listen on. Keep it on loopback: a simulator has no protection beyond its token check.
    public var host = "127.0.0.1"
    /// Port to listen on; 0 lets the kernel choose.
    public var port = 0
    /// Tokens that are accepted. All other tokens are answered as the vendor answers a bad one.
    public var tokens: Set<String>
    /// Accepted tokens that may not write: the vendor's answer for a missing permission or scope.
    public var readOnlyTokens: Set<String> = []
    /// Accepted tokens whose plan does not hold the API. Only Hoursmith knows this case (402 `forbidden_plan`).
    public var planLimitedTokens: Set<String> = []
    /// Users (awork), people (Productive) or owners (Sonderplan) in whose name the token may not write.
    public var deniedUserIDs: Set<String> = []
    /// Ids of projects, tasks, services, users and so on that the vendor does not know.
    public var missingReferences: Set<String> = []
    /// Productive: accepted values of `X-Organization-Id`.
    public var organizationIDs: Set<String> = ["2055"]
    /// Plannr: accepted values of `X-PLANNR-ACCOUNT-UUID`, lower case.
    public var accountUUIDs: Set<String> = ["7db3f856-46bc-4255-8bbb-dee85d89ed7e"]
    /// awork, Hoursmith: the user whom the token belongs to.
    public var ownUserID = "2c4a230c-5085-4924-a3e1-25fb4fc5965b"
    /// awork: the users assigned to a task, by its id; other tasks have nobody. Ids in lower case.
    public var taskAssignees: [String: [String]] = [:]
    /// awork: the user of a private task, by its id; all other tasks are project tasks.
    public var privateTasks: [String: String] = [:]
    /// Hoursmith: accepted tokens of members; all others are an owner's.
    public var memberTokens: Set<String> = []
    /// Hoursmith: projects whose entries are invoiced as soon as they are recorded, and locked.
    public var invoicedProjects: Set<String> = []
    /// Milliseconds since 1970-01-01T00:00:00Z. Give a fixed clock to get the same answers at any time of day.
    public var clock: @Sendable () -> Int64
    /// Largest request body in bytes; a longer one is answered 413 and the connection is closed.
    public var maximumBodyBytes = 1 << 20
    /// How many requests the ledger keeps; the oldest are dropped and counted.
    public var ledgerCapacity = 10_000

    /// A simulator of `vendor` that accepts the vendor's `exampleToken` and goes by the system's clock.
    public init(vendor: SimulatedVendor) {
        self.vendor = vendor
        self.tokens = [vendor.exampleToken]
        self.clock = Self.systemClock
    }

    /// The wall clock of the system, in milliseconds since 1970.
    public static let systemClock: @Sendable () -> Int64 = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
