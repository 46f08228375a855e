internal import GatewayCore

/// What the codes of the HTTP front end mean: those that the catalogue of problems has not.
enum FrontEndCatalogue {
    struct Entry: Sendable {
        let title: String
        let hint: String
    }

    static func entry(_ code: String) -> Entry? {
        if let known = ProblemCode(rawValue: code) { return Entry(title: known.title, hint: known.hint) }
        return all[code]
    }

    private static let all: [String: Entry] = [
        "malformed_request_line": Entry(
            title: "The request line is no HTTP",
            hint: "Send METHOD, one space, the target, one space, HTTP/1.1."
        ),
        "malformed_target": Entry(
            title: "The request's target is malformed",
            hint:
                "Send a path that begins with / and is percent-encoded, without a fragment or a user; with CONNECT, host:port."
        ),
        "absolute_target": Entry(
            title: "A whole address is no target here",
            hint: "Send the path alone, and the host in Host."
        ),
        "http_version_unsupported": Entry(
            title: "This version of HTTP is not spoken here",
            hint: "Use HTTP/1.1, or put a proxy in front that speaks the other version."
        ),
        "target_too_long": Entry(
            title: "The request line is too long",
            hint: "Ask for less in one query, for example with fewer filters."
        ),
        "malformed_line_end": Entry(
            title: "A line of the head does not end as HTTP wants it",
            hint: "End each line in CR LF."
        ),
        "malformed_header": Entry(
            title: "A header is malformed",
            hint: "Send name, colon, value, without control characters, folding or a second one of what may stand once."
        ),
        "malformed_trailer": Entry(
            title: "A trailer is not allowed",
            hint: "Send the field as a header, before the body."
        ),
        "aliasing_header": Entry(
            title: "A header's name could be taken for another",
            hint: "Write - in the names of headers, not _."
        ),
        "host_missing": Entry(title: "The Host header is missing", hint: "Send one Host header."),
        "host_repeated": Entry(title: "There are several Host headers", hint: "Send one Host header."),
        "host_malformed": Entry(
            title: "The Host header is malformed",
            hint: "Send a host name or an address, and a port if it needs one."
        ),
        "malformed_content_length": Entry(
            title: "Content-Length is malformed",
            hint: "Send the body's length once, as digits."
        ),
        "malformed_transfer_encoding": Entry(
            title: "This transfer coding is not taken",
            hint: "Send Content-Length, or Transfer-Encoding: chunked alone."
        ),
        "ambiguous_framing": Entry(
            title: "Where the body ends is not certain",
            hint:
                "Send Content-Length or Transfer-Encoding, not both, a body of GET, HEAD or DELETE with HTTP/1.1, and CONNECT without."
        ),
        "upgrade_refused": Entry(
            title: "Upgrade is refused",
            hint: "Send the request without Upgrade."
        ),
        "malformed_connection": Entry(
            title: "The Connection header names what it must not",
            hint: "Send Connection with close or keep-alive, or without it."
        ),
        "expectation_unsupported": Entry(
            title: "This expectation is not known",
            hint: "Send Expect: 100-continue, or no Expect."
        ),
        "headers_too_large": Entry(title: "The headers are too long", hint: "Send fewer or shorter headers."),
        "headers_too_many": Entry(title: "There are too many headers", hint: "Send fewer headers."),
        "malformed_chunk": Entry(
            title: "The chunked body is malformed",
            hint: "Leave the chunks to an HTTP library, or send Content-Length."
        ),
        "request_timeout": Entry(
            title: "The request did not arrive in time",
            hint: "Send it again on a new connection; nothing was done."
        ),
        "too_many_connections": Entry(
            title: "There are too many connections",
            hint: "Keep connections open and use them again; try later. Nothing was done."
        ),
        "too_many_bodies": Entry(
            title: "Too many bodies are arriving at once",
            hint: "Try again in a moment; nothing was done."
        ),
        "invalid_response_header": Entry(
            title: "The answer could not be sent",
            hint: "What was asked for may have been done: look before sending it again, and report the request_id."
        ),
    ]
}

/// One line of the catalogue of problems.
public struct CatalogueLine: Sendable, Equatable {
    public let code: String
    public let status: Int
    public let title: String
    public let hint: String
}

/// Everything that can go wrong, by code: the core's catalogue, and what the HTTP front end refuses by itself.
public enum ProblemCatalogue {
    public static var lines: [CatalogueLine] {
        var lines = ProblemCode.allCases.map {
            CatalogueLine(code: $0.rawValue, status: $0.status, title: $0.title, hint: $0.hint)
        }
        for fault in OpenAPIProblemSchemas.faults where !lines.contains(where: { $0.code == fault.code }) {
            let entry = FrontEndCatalogue.entry(fault.code)
            lines.append(
                CatalogueLine(
                    code: fault.code,
                    status: fault.status,
                    title: entry?.title ?? "",
                    hint: entry?.hint ?? ""
                )
            )
        }
        return lines
    }

    /// The text of `docs/problems.md`.
    public static var markdown: String {
        var text = """
            # Problems

            Every refusal is an RFC 9457 problem (`application/problem+json`). `code` is stable: programs branch on it. `detail` says what is wrong this time,
            `hint` what can be done, `errors[]` the same for each field; `origin` says who refused (`caller`, `gateway`, `plugin`, `vendor`), `sent` whether the vendor
            may have the request (`no`, `maybe`, `yes`), `retry` whether trying again makes sense (`never`, `same_key`, `after`), and `request_id` is what
            `timegate explain` takes. 504 stands for `outcome_unknown` too, where time ran out.

            This page is what `timegate problems -o markdown` prints, made from the catalogue that answers are made from.

            | code | status | what it means | what to do |
            | --- | --- | --- | --- |

            """
        for line in lines { text += "| `\(line.code)` | \(line.status) | \(line.title) | \(line.hint) |\n" }
        return text
    }
}
