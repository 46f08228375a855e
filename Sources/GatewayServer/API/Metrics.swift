/// Counters of one event loop. They are touched on the loop only and read by asking the loop, so counting costs an
/// addition.
struct Metrics {
    struct Series: Hashable {
        let connection: String
        let operation: String
        let status: Int
    }

    /// The tunnels of a connection, and the bytes that went through those that have ended.
    struct Tunnels {
        var open = 0
        var toVendor = 0
        var toClient = 0
    }

    /// Upper bounds of the duration's buckets, in microseconds.
    static let bounds = [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000]

    private(set) var requests: [Series: Int] = [:]
    private(set) var problems: [String: Int] = [:]
    private(set) var tunnels: [String: Tunnels] = [:]
    private(set) var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
    private(set) var microseconds = 0

    mutating func count(_ connection: String, _ operation: String, _ status: Int) {
        requests[Series(connection: connection, operation: operation, status: status), default: 0] += 1
    }

    mutating func count(problem code: String) {
        problems[code, default: 0] += 1
    }

    mutating func tunnelOpened(_ connection: String) { tunnels[connection, default: Tunnels()].open += 1 }

    mutating func tunnelEnded(_ connection: String, toVendor: Int, toClient: Int) {
        tunnels[connection, default: Tunnels()].open -= 1
        tunnels[connection]?.toVendor += toVendor
        tunnels[connection]?.toClient += toClient
    }

    mutating func time(microseconds: Int) {
        self.microseconds += microseconds
        var index = 0
        while index < Metrics.bounds.count, microseconds > Metrics.bounds[index] { index += 1 }
        buckets[index] += 1
    }

    mutating func add(_ other: Metrics) {
        requests.merge(other.requests, uniquingKeysWith: +)
        problems.merge(other.problems, uniquingKeysWith: +)
        tunnels.merge(other.tunnels) { one, two in
            Tunnels(
                open: one.open + two.open,
                toVendor: one.toVendor + two.toVendor,
                toClient: one.toClient + two.toClient
            )
        }
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        microseconds += other.microseconds
    }

    /// The text format of Prometheus, version 0.0.4.
    var text: String {
        var text = "# HELP timegate_calls_total Calls by connection, operation and HTTP status.\n"
        text += "# TYPE timegate_calls_total counter\n"
        let series = requests.sorted { a, b in
            (a.key.connection, a.key.operation, a.key.status) < (b.key.connection, b.key.operation, b.key.status)
        }
        for (key, count) in series {
            text += "timegate_calls_total{connection=\"\(Metrics.escaped(key.connection))\","
            text += "operation=\"\(key.operation)\",status=\"\(key.status)\"} \(count)\n"
        }
        text += "# HELP timegate_problems_total Problems by code.\n# TYPE timegate_problems_total counter\n"
        for (code, count) in problems.sorted(by: { $0.key < $1.key }) {
            text += "timegate_problems_total{code=\"\(code)\"} \(count)\n"
        }
        text += "# HELP timegate_request_duration_seconds Time from a request's head to its answer.\n"
        text += "# TYPE timegate_request_duration_seconds histogram\n"
        var sum = 0
        for (index, bound) in Metrics.bounds.enumerated() {
            sum += buckets[index]
            text += "timegate_request_duration_seconds_bucket{le=\"\(Double(bound) / 1e6)\"} \(sum)\n"
        }
        sum += buckets[Metrics.bounds.count]
        text += "timegate_request_duration_seconds_bucket{le=\"+Inf\"} \(sum)\n"
        text += "timegate_request_duration_seconds_sum \(Double(microseconds) / 1e6)\n"
        text += "timegate_request_duration_seconds_count \(sum)\n"
        return text + tunnelText
    }

    private var tunnelText: String {
        if tunnels.isEmpty { return "" }
        let series = tunnels.sorted { $0.key < $1.key }
        var text = "# HELP timegate_tunnels_open Tunnels that are open.\n# TYPE timegate_tunnels_open gauge\n"
        for (name, counts) in series {
            text += "timegate_tunnels_open{connection=\"\(Metrics.escaped(name))\"} \(counts.open)\n"
        }
        text += "# HELP timegate_tunnel_bytes_total Bytes that went through tunnels that have ended.\n"
        text += "# TYPE timegate_tunnel_bytes_total counter\n"
        for (name, counts) in series {
            for (way, count) in [("to_vendor", counts.toVendor), ("to_client", counts.toClient)] {
                text += "timegate_tunnel_bytes_total{connection=\"\(Metrics.escaped(name))\","
                text += "direction=\"\(way)\"} \(count)\n"
            }
        }
        return text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
