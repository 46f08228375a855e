/// A request on its way to the vendor, with what decides on sending it again.
///
/// A class, as `Draft` is: a call that waits for its vendor holds it once, and not a copy for each function that it is in.
final class Delivery {
    var request: UpstreamRequest
    let retries: RetryRule.Request
    let kind: ConnectionGate.Kind
    /// The header with the vendor's own key, where it has one.
    let idempotencyHeader: String?
    /// The entry as the vendor holds it when the write is done, where it is about one.
    let entry: Entry?
    let call: Call
    let vendor: Vendor
    let upstream: any Upstream
    /// When the vendor's time is up, in nanoseconds of the sending clock.
    var deadline: Int64 = 0
    /// From 1.
    var attempt = 1
    /// Whether the vendor may have acted on an attempt.
    var mayHaveActed = false
    /// What the attempt before this one came to.
    var last: Result<UpstreamAnswer, UpstreamFailure>?

    init(
        _ request: consuming UpstreamRequest,
        _ rule: OperationRule,
        _ kind: ConnectionGate.Kind,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        entry: Entry? = nil
    ) {
        self.request = request
        self.kind = kind
        self.entry = entry
        self.call = call
        self.vendor = vendor
        self.upstream = upstream
        idempotencyHeader = rule.idempotencyHeader
        retries = RetryRule.Request(rule, vendor.manifest.limits)
    }

    /// The place in the journal, if it is a write that has one.
    var write: JournaledWrite? { kind == .write ? call.write : nil }

    /// The same where the raw answer is made durable before a script looks at it.
    var answersFirst: JournaledWrite? {
        vendor.functions.isDisjoint(with: [.fromVendor, .problem]) && call.hooks?.looksOn != true ? nil : write
    }
}
