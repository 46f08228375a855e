import NIOCore
import Testing

@testable import GatewayServer

struct OutboundResponseTests {
    private func encoded(
        _ response: OutboundResponse,
        isHead: Bool = false,
        closes: Bool = false,
        announcesKeepAlive: Bool = false
    ) -> String {
        var date = HTTPDate()
        date.set(secondsSince1970: 784_111_777)
        var buffer = ByteBuffer()
        ResponseEncoder.write(
            response,
            isHead: isHead,
            closes: closes,
            announcesKeepAlive: announcesKeepAlive,
            date: date,
            into: &buffer
        )
        return String(buffer: buffer)
    }

    private let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    @Test func answerIsStatusLineHeadersAndBody() {
        var response = OutboundResponse.json(status: 201, Array("{}".utf8))
        response.addHeader("Location", "/v1/a/time-entries/1")
        #expect(
            encoded(response)
                == "HTTP/1.1 201 Created\r\n\(date)Content-Type: application/json\r\nContent-Length: 2\r\n"
                + "Location: /v1/a/time-entries/1\r\n\r\n{}"
        )
    }

    @Test func headIsAnsweredWithTheLengthButNoBody() {
        #expect(
            encoded(.text("abc"), isHead: true, closes: true)
                == "HTTP/1.1 200 OK\r\n\(date)Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
                + "Connection: close\r\n\r\n"
        )
    }

    @Test func noContentHasNeitherBodyNorLength() {
        #expect(
            encoded(.empty(), announcesKeepAlive: true)
                == "HTTP/1.1 204 No Content\r\n\(date)Connection: keep-alive\r\n\r\n"
        )
    }

    @Test func unregisteredStatusHasAnEmptyReason() {
        #expect(encoded(OutboundResponse(status: 599)).hasPrefix("HTTP/1.1 599 \r\n"))
    }

    @Test func dateThatWasSetIsKept() {
        var response = OutboundResponse(status: 200)
        response.addHeader("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(
            encoded(response) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"
        )
    }

    @Test(arguments: [
        ("X-A", "b\r\nC: d"), ("X-A", "b\nc"), ("X-A", "b\rc"), ("X-A", "b\0"), ("X-A", "\u{1B}[0m"), ("X-A", "\u{7F}"),
        ("", "b"), ("X A", "b"), ("X-A:", "b"), ("X-A\r\nB", "b"), ("X-\u{E9}", "b"),
        ("Content-Length", "0"), ("transfer-encoding", "chunked"), ("Connection", "close"), ("Keep-Alive", "1"),
        ("Upgrade", "h2c"), ("Trailer", "a"), ("TE", "trailers"), ("Proxy-Connection", "close"),
    ])
    func headerThatWouldBreakFramingMakesTheAnswerUnsendable(name: String, value: String) {
        var response = OutboundResponse(status: 200)
        response.addHeader(name: Array(name.utf8), value: Array(value.utf8))
        #expect(!response.isSendable)
        #expect(response.headerBlock.isEmpty)
    }

    @Test(arguments: [-1, 0, 100, 101, 199, 600, 1000])
    func statusThatIsNoFinalAnswerIsUnsendable(status: Int) {
        #expect(!OutboundResponse(status: status).isSendable)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
    ])
    func dateIsFormattedAsIMFFixdate(seconds: Int, text: String) {
        var date = HTTPDate()
        date.set(secondsSince1970: seconds)
        #expect(String(decoding: date.bytes, as: UTF8.self) == text)
    }
}
