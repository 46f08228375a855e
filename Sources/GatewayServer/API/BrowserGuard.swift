internal import GatewayCore

/// Keeps web pages away from the admin listener, which asks for no key: a page that a browser on the same machine shows could
/// send there what its author likes.
///
/// Readiness and metrics are for everybody: they change nothing, and tell nothing of a call.
struct BrowserGuard {
    /// Whether only this machine reaches the listener, so that no name but `localhost` leads there.
    let isLoopback: Bool

    init(host: String) {
        isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Why a request is refused; `nil` where it is not.
    func refusal(_ request: InboundRequest) -> Problem? {
        // Browsers send it with every POST, also from a page whose name was bent to this address; other clients do not.
        for (name, value) in [
            ("Origin", request.headers.firstString("origin")),
            ("Sec-Fetch-Site", request.headers.firstString("sec-fetch-site")),
        ] {
            guard let value, value != "none" else { continue }
            return Problem(.browserRefused, "The request comes from a web page (\(name): \(value)).", origin: .gateway)
        }
        guard isLoopback, let host = request.headers.firstString("host"), !BrowserGuard.isOwn(host) else { return nil }
        return Problem(
            .browserRefused,
            "The request names the host \(host); this listener is reached as localhost or by its address.",
            origin: .gateway
        )
    }

    /// `localhost`, or a numeric address: no name that somebody else could have bent.
    private static func isOwn(_ host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let name = host.prefix { $0 != ":" }.lowercased()
        return name == "localhost" || name.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    }
}
