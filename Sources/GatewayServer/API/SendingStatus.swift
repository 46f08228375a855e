internal import GatewayCore
internal import JSON

/// How it stands between the gateway and each vendor, as the admin listener shows it.
extension ConnectionGate.Status {
    /// ```json
    /// {"breaker": "closed", "in_flight": 1, "waiting": 0, "windows": [{"requests": 100, "seconds": 10, "remaining": 97}]}
    /// ```
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("breaker")
        writer.string(breaker.rawValue)
        writer.name("in_flight")
        writer.integer(Int64(inFlight))
        writer.name("waiting")
        writer.integer(Int64(waiting))
        if let pausedFor, pausedFor > 0 {
            writer.name("paused_seconds")
            writer.integer((pausedFor + 999_999_999) / 1_000_000_000)
        }
        writer.name("windows")
        writer.beginArray()
        for window in windows {
            writer.beginObject()
            writer.name("requests")
            writer.integer(Int64(window.window.requests))
            writer.name("seconds")
            writer.integer(Int64(window.window.seconds))
            writer.name("remaining")
            writer.integer(Int64(window.remaining))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension ConnectionGates {
    /// Prometheus text.
    func metrics(now: Int64) -> String {
        let all = names.compactMap { name in self[name].map { (name, $0.status(now: now)) } }
        var text = ""
        func gauge(_ name: String, _ help: String, _ value: (ConnectionGate.Status) -> Int) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
            for (connection, status) in all { text += "\(name){connection=\"\(connection)\"} \(value(status))\n" }
        }
        gauge("timegate_breaker_open", "1 while a vendor that fails is left alone.") { $0.breaker == .closed ? 0 : 1 }
        gauge("timegate_vendor_requests_in_flight", "Requests that a vendor has not answered yet.") { $0.inFlight }
        gauge("timegate_vendor_requests_waiting", "Requests that wait for a place or for a vendor's window.") {
            $0.waiting
        }
        return text
    }
}
