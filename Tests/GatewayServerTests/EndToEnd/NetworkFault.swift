import FaultProxy
import Testing

/// A way in which the network breaks an exchange with a vendor.
struct NetworkFault: Sendable, CustomTestStringConvertible {
    let name: String
    let fault: ProxyFault
    /// Whether the vendor has recorded the entry although the answer is lost.
    let isRecorded: Bool

    init(_ name: String, _ fault: ProxyFault, isRecorded: Bool) {
        self.name = name
        self.fault = fault
        self.isRecorded = isRecorded
    }

    var testDescription: String { name }
}

extension NetworkFault {
    private static let manyHeaders = Array(
        String(repeating: "X-A: \(String(repeating: "a", count: 500))\r\n", count: 600).utf8
    )

    /// The request is cut off: the vendor never has it.
    static let cutRequests = [
        NetworkFault("closed before the request", .cut(.nothing, .close), isRecorded: false),
        NetworkFault("reset before the request", .cut(.nothing, .reset), isRecorded: false),
        NetworkFault("reset after one byte", .cut(.bytes(1), .reset), isRecorded: false),
        NetworkFault("reset in the request line", .cut(.bytes(20), .reset), isRecorded: false),
        NetworkFault("closed in the headers", .cut(.bytes(100), .close), isRecorded: false),
        NetworkFault("reset after the headers", .cut(.head, .reset), isRecorded: false),
        NetworkFault("closed after the headers", .cut(.head, .close), isRecorded: false),
        NetworkFault("reset in the body", .cut(.bytes(300), .reset), isRecorded: false),
        NetworkFault("closed after the request", .cut(.whole, .close), isRecorded: false),
        NetworkFault("reset after the request", .cut(.whole, .reset), isRecorded: false),
        NetworkFault("black hole", .cut(.whole, .hold), isRecorded: false),
        NetworkFault("black hole that reads nothing", .cut(.nothing, .hold), isRecorded: false),
    ]

    /// The vendor has done its work, and its answer does not come or cannot be used.
    static let lostAnswers = [
        NetworkFault("closed in place of the answer", .lostAnswer(.close), isRecorded: true),
        NetworkFault("reset in place of the answer", .lostAnswer(.reset), isRecorded: true),
        NetworkFault("silence in place of the answer", .lostAnswer(.hold), isRecorded: true),
        NetworkFault("one byte of the answer", .cutAnswer(.bytes(1)), isRecorded: true),
        NetworkFault("the status line is cut", .cutAnswer(.bytes(12)), isRecorded: true),
        NetworkFault("the headers are cut", .cutAnswer(.bytes(40), .reset), isRecorded: true),
        NetworkFault("the last byte is missing", .cutAnswer(.allBut(1)), isRecorded: true),
        NetworkFault("the body is cut by a reset", .cutAnswer(.allBut(30), .reset), isRecorded: true),
        NetworkFault("half of the answer, then silence", .cutAnswer(.allBut(30), .hold), isRecorded: true),
        NetworkFault("the length is too large", .cutAnswer(.lengthChanged(by: 10)), isRecorded: true),
        NetworkFault("the length is too small", .cutAnswer(.lengthChanged(by: -10)), isRecorded: true),
        NetworkFault("garbage", .cutAnswer(.replaced(by: [0, 1, 2, 0xFF, 0xFE, 13, 10])), isRecorded: true),
        NetworkFault(
            "another protocol",
            .cutAnswer(.replaced(by: Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))),
            isRecorded: true
        ),
        NetworkFault(
            "a bad chunk",
            .cutAnswer(
                .replaced(by: Array("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n".utf8))
            ),
            isRecorded: true
        ),
        NetworkFault(
            "two lengths that differ",
            .cutAnswer(
                .replaced(by: Array("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".utf8))
            ),
            isRecorded: true
        ),
        NetworkFault(
            "headers without end",
            .cutAnswer(.replaced(by: Array("HTTP/1.1 201 Created\r\n".utf8) + manyHeaders)),
            isRecorded: true
        ),
        NetworkFault(
            "a flood of interim answers",
            .cutAnswer(.replaced(by: Array(String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 50_000).utf8))),
            isRecorded: true
        ),
        NetworkFault(
            "a packed answer that is broken",
            .cutAnswer(
                .replaced(
                    by: Array("HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n".utf8)
                        + [0x1F, 0x8B, 8, 0]
                )
            ),
            isRecorded: true
        ),
    ]

    static let all = cutRequests + lostAnswers

    /// One of each kind.
    static let few = all.filter { fault in
        ["reset in the body", "closed after the request", "reset in place of the answer", "the last byte is missing"]
            .contains(fault.name)
    }

    /// What does no harm.
    static let harmless = [
        NetworkFault("slow bytes", ProxyFault(answer: .inPieces(bytes: 40, pauseMilliseconds: 5)), isRecorded: true),
        NetworkFault(
            "an interim answer before",
            ProxyFault(answer: .preceded(by: "HTTP/1.1 100 Continue\r\n\r\n")),
            isRecorded: true
        ),
        NetworkFault(
            "early hints before",
            ProxyFault(answer: .preceded(by: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
            isRecorded: true
        ),
        NetworkFault("closed after the answer", ProxyFault(end: .close), isRecorded: true),
        NetworkFault("reset after the answer", ProxyFault(end: .reset), isRecorded: true),
        NetworkFault("bytes behind the answer", ProxyFault(answer: .followed(by: "surplus")), isRecorded: true),
    ]
}
