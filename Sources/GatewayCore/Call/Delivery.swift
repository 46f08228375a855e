/// A request on its way to the vendor, with what decides on sending it again.
///
/// A class, as `Draft` is: a call that waits for its vendor holds it once, and not a copy for each function that it is in.
final class Delivery {
    var request: UpstreamRequest
    let retries: RetryRule.Request
    /// The rule of a write; `nil` for a read.
    let rule: Shared<OperationRule>?
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

    /// Of a write.
    init(
        _ request: consuming UpstreamRequest,
        _ entry: Entry?,
        _ rule: Shared<OperationRule>,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) {
        self.request = request
        self.entry = entry
        self.rule = rule
        self.call = call
        self.vendor = vendor
        self.upstream = upstream
        retries = RetryRule.Request(rule.value, vendor.manifest.limits)
    }

    /// Of a read.
    init(
        _ request: consuming UpstreamRequest,
        reading rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) {
        self.request = request
        self.rule = nil
        entry = nil
        self.call = call
        self.vendor = vendor
        self.upstream = upstream
        retries = RetryRule.Request(rule, vendor.manifest.limits)
    }

    var kind: ConnectionGate.Kind { rule == nil ? .read : .write }

    /// The place in the journal, if it is a write that has one.
    var write: JournaledWrite? { rule == nil ? nil : call.write }

    /// The same where the raw answer is made durable before a script looks at it.
    var answersFirst: JournaledWrite? {
        vendor.functions.isDisjoint(with: [.fromVendor, .problem]) && call.hooks?.looksOn != true ? nil : write
    }
}
