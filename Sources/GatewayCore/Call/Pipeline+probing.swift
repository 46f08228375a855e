/// Finding out whether a vendor that failed works again.
extension Pipeline {
    /// Sends the read that a half-open breaker waits for, before a write that it would refuse.
    ///
    /// A connection that only writes has no reads of its callers'. Any answer below 500 shows that the vendor works: the
    /// list is asked for as far as that goes without filters, and where a vendor has no list, the address at which
    /// entries are created.
    func probe(_ gate: ConnectionGate, _ call: Call, _ vendor: Vendor, _ upstream: any Upstream) async {
        let operations = vendor.manifest.operations
        guard gate.needsProbe(now: timer.now()), let rule = operations[.list] ?? operations[.create] else { return }
        let read = call.looking(.list)
        // A list that goes by the user has no address without one.
        var request = readRequest(rule, (try? url(rule, read, nil)) ?? call.connection.origin + "/", read)
        request.method = "GET"
        // Asked once, by whoever comes first; nobody waits for leave here.
        guard case .go(let pass) = gate.admit(.read, now: timer.now(), deadline: timer.now(), wake: { _ in }) else {
            return
        }
        let result = await upstream.send(request)
        gate.finished(pass, SendResult(result, LimitSignal()), now: timer.now())
    }
}
