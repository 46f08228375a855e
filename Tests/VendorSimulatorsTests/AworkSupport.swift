import JSON
import Synchronization
import Testing
import VendorSimulators

extension VendorSimulator {
    /// A request below `/api/v1` with the example token; a body is announced as JSON.
    func awork(
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String = SimulatedVendor.awork.exampleToken
    ) throws -> RawClient.Answer {
        let headers =
            [("authorization", "Bearer \(token)")] + (body.isEmpty ? [] : [("content-type", "application/json")])
        return try send(method, "/api/v1" + path, headers: headers, body: body)
    }

    /// The list under a filter, which is percent-encoded first.
    func aworkList(filter: String) throws -> RawClient.Answer {
        try awork("GET", "/timeentries?filterby=" + percentEncoded(filter))
    }

    /// Creates an entry and returns its id.
    func aworkEntry(_ members: KeyValuePairs<String, String?> = [:]) throws -> String {
        let answer = try CreateRequest(.awork).with(members: members).send(to: self)
        return try #require(answer.json?["id"]?.string)
    }
}

/// Everything but letters and digits as `%XX`.
func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        let scalar = Unicode.Scalar(byte)
        if scalar.properties.isAlphabetic && scalar.isASCII || ("0"..."9").contains(scalar) { return String(scalar) }
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
    }
    .joined()
}

extension RawClient.Answer {
    /// That member of each element of an array, or of each element in `data`, as text.
    func column(_ name: String) -> [String] {
        (json?["data"] ?? json)?.array?.map { $0[name]?.string ?? $0[name]?.numberText ?? "null" } ?? []
    }
}

/// A clock that a test sets.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(pageMoment)

    var now: Int64 { milliseconds.withLock { $0 } }

    func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1000 } }
}
