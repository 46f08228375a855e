import NIOCore

/// Writes an answer as the bytes that go out: status line, headers and body in one buffer, so that one `write` sends them.
enum ResponseEncoder {
    enum Length: Equatable {
        /// The body is the response's own, and goes out with the head.
        case body
        // Only the head goes out.
        case declared(Int)
        case chunked
        case untold

        /// What is told of a body that is sent in parts, or left out.
        init(_ length: AnswerLength, status: Int, isHead: Bool, isHTTP11: Bool) {
            let mayHaveBody = allowsBody(status)
            switch length {
            // RFC 9110 section 8.6: never with 204; with 304 it is the length of what 200 would have.
            case .declared(let count) where status != 204: self = .declared(count)
            case .untold where isHead: self = .untold
            // To HTTP/1.0 chunks must not be sent; there the connection is closed.
            case .unknown, .untold, .declared: self = mayHaveBody && isHTTP11 ? .chunked : .untold
            }
        }
    }

    /// An upper bound of what the front end itself adds to an answer's own headers and body.
    private static let overhead = 256

    /// - Parameters:
    ///   - isHead: the request was HEAD: the length is told, the body is not sent.
    ///   - announcesKeepAlive: an HTTP/1.0 client must be told that the connection stays open.
    ///   - closes: the connection is closed after this answer.
    ///   - length: what is said of the body's length.
    static func write(
        _ response: borrowing OutboundResponse,
        isHead: Bool,
        closes: Bool,
        announcesKeepAlive: Bool,
        length: Length = .body,
        date: borrowing HTTPDate,
        into buffer: inout ByteBuffer
    ) {
        let sendsBody = length == .body && !isHead && allowsBody(response.status)
        let capacity =
            overhead + (response.contentType?.utf8CodeUnitCount ?? 0) + response.headerBlock.count
            + (sendsBody ? response.body.count : 0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
            var out = Cursor(memory: memory)
            out.writeStatusLine(response.status)
            if !response.hasDate {
                out.write("Date: ")
                date.bytes.withUnsafeBytes { out.write($0) }
                out.write("\r\n")
            }
            if let contentType = response.contentType {
                out.write("Content-Type: ")
                out.write(contentType)
                out.write("\r\n")
            }
            switch length {
            case .body where allowsBody(response.status): out.writeContentLength(response.body.count)
            case .declared(let count): out.writeContentLength(count)
            case .chunked: out.write("Transfer-Encoding: chunked\r\n")
            case .body, .untold: break
            }
            response.headerBlock.withUnsafeBytes { out.write($0) }
            if closes {
                out.write("Connection: close\r\n")
            } else if announcesKeepAlive {
                out.write("Connection: keep-alive\r\n")
            }
            out.write("\r\n")
            if sendsBody { response.body.withUnsafeBytes { out.write($0) } }
            return out.count
        }
    }

    /// RFC 9110 section 6.4.1: these have no body, and 204 must not have a Content-Length either.
    static func allowsBody(_ status: Int) -> Bool { status != 204 && status != 304 }

    private struct Cursor {
        let memory: UnsafeMutableRawBufferPointer
        var count = 0

        init(memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

        @inline(__always)
        mutating func write(_ text: StaticString) {
            write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }

        @inline(__always)
        mutating func write(_ bytes: UnsafeRawBufferPointer) {
            UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
            count += bytes.count
        }

        mutating func writeContentLength(_ count: Int) {
            write("Content-Length: ")
            write(decimal: count)
            write("\r\n")
        }

        mutating func write(decimal value: Int) {
            var divisor = 1
            while value / divisor >= 10 { divisor *= 10 }
            while divisor > 0 {
                memory[count] = UInt8(0x30 + value / divisor % 10)
                count += 1
                divisor /= 10
            }
        }

        mutating func writeStatusLine(_ status: Int) {
            switch status {
            case 200: write("HTTP/1.1 200 OK\r\n")
            case 201: write("HTTP/1.1 201 Created\r\n")
            case 204: write("HTTP/1.1 204 No Content\r\n")
            default:
                write("HTTP/1.1 ")
                write(decimal: status)
                write(" ")
                write(ReasonPhrase.of(status))
                write("\r\n")
            }
        }
    }
}
