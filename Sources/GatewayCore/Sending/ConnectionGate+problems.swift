/// What a call is told that is not let through: nothing was sent, and when to come back.
extension ConnectionGate {
    func limitReached(_ inside: inout Inside, _ time: Int64) -> Problem {
        let now = inside.now
        let wait = max(1, (time - now).secondsRoundedUp)
        let detail: String
        if let pause = inside.scheduler.pause, pause.until > now {
            let asked = pause.asked.secondsRoundedUp
            let cap = pause.asked > RateScheduler.maximumPause ? " of which the gateway keeps 900 s" : ""
            detail =
                "\(vendorTitle) has had too many requests: \(connection) holds back for \(asked) s\(cap), and has \(wait) s to go."
        } else if let full = inside.scheduler.states(now, waiting: inside.slots.waiting).first(where: {
            $0.remaining == 0
        }) {
            detail =
                "\(vendorTitle) takes \(full.window.requests) requests in \(full.window.lengthText) through \(connection), and "
                + "they are used: the next can go in \(wait) s."
        } else {
            detail =
                "\(vendorTitle) takes no more requests through \(connection) for \(wait) s, as its last answer says."
        }
        return Problem(.vendorLimit, detail, origin: .gateway, retry: .after, retryAfter: wait)
    }

    func noPlace(_ inside: Inside) -> Problem {
        Problem(
            .tooManyCalls,
            "\(inside.slots.inFlight) calls to \(vendorTitle) are under way through \(connection), and "
                + "\(inside.slots.waiting) wait.",
            origin: .gateway,
            retry: .after,
            retryAfter: 1
        )
    }

    func breakerOpen(_ breaker: CircuitBreaker, _ wait: Int64) -> Problem {
        let wait = max(1, wait.secondsRoundedUp)
        let reason = breaker.reason
        return Problem(
            .breakerOpen,
            "\(vendorTitle) failed \(reason.failures) of the last \(reason.calls) calls through \(connection); calls are held "
                + "back until a read succeeds. The next try may be in \(wait) s.",
            origin: .gateway,
            retry: .after,
            retryAfter: wait
        )
    }
}
