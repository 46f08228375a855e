/// Faults of the gateway's own making, each of which the checker must find: a check that cannot fail is none.
enum Sabotage: String, CaseIterable, Sendable {
    case none
    /// The journal says that a write is durable before it is.
    case lyingDisk
    /// A request whose answer is lost is sent once more, as libcurl does where nothing stops it.
    case silentResend
    /// A key may be taken twice: no claims, and no unique key in the journal.
    case droppedClaims
    /// What was under way when the gateway ended is forgotten.
    case recoveryReleases
    /// A list that shows entries late is declared to show each at once.
    case promisedLists
    /// A request is given no time to arrive before the vendor is asked what became of it.
    case noSettling
    /// A key is free again before its day is over.
    case earlySweep
    /// A vendor that knows no keys is declared to remove doubles by them.
    case idleVendorKey
    /// A vendor that breaks its word about keys cannot be looked at.
    case blindTrust
}
