import GatewayCore
import Testing

@testable import GatewayServer

/// Cutting a streamed body into lines, and what the lines come to.
struct BatchLinesTests {
    private func lines(_ parts: [ArraySlice<UInt8>], limit: Int = 5) -> [LineReader.Line] {
        var reader = LineReader(limit: limit)
        var lines: [LineReader.Line] = []
        for part in parts {
            reader.take(Array(part))
            while let line = reader.next() { lines.append(line) }
        }
        if let rest = reader.rest() { lines.append(rest) }
        return lines
    }

    private func text(_ text: String) -> LineReader.Line { .text(Array(text.utf8)) }

    @Test func linesAreTheSameHoweverTheBodyIsCut() {
        let body = Array("ab\r\n\n \t\r\ncdefg\r\ncdefgh\r\n123456789\nx\ry\nend".utf8)
        let expected = [text("ab"), text("cdefg"), .tooLong, .tooLong, text("x\ry"), text("end")]
        #expect(lines([body[...]]) == expected)
        #expect(lines(body.indices.map { body[$0...$0] }) == expected)
        for first in 0...body.count {
            for second in first...body.count {
                #expect(lines([body[..<first], body[first..<second], body[second...]]) == expected)
            }
        }
    }

    @Test(arguments: ["", "\n", "\r\n \n\t"])
    func blankBodyHasNoLines(body: String) {
        #expect(lines([Array(body.utf8)[...]]) == [])
    }

    @Test func longLineIsNotKept() {
        var reader = LineReader(limit: 1_000)
        for _ in 0..<200 {
            reader.take([UInt8](repeating: 0x78, count: 65_536))
            #expect(reader.next() == nil)
        }
        reader.take(Array("\nshort\n".utf8))
        #expect(reader.next() == .tooLong)
        #expect(reader.next() == text("short"))
    }

    @Test func lineTooManyIsRefusedAndEndsTheBatch() {
        var batch = BatchLines()
        var refused = 0
        batch.take(.bytes(Array(String(repeating: "7\n", count: BatchStream.maximumLines + 10).utf8)))
        loop: while true {
            switch batch.next(isStopping: true) {
            case .refusal(let problem):
                refused += 1
                let isLast = refused == BatchStream.maximumLines + 1
                if problem.code != (isLast ? .outOfRange : .shuttingDown) || problem.sent != .no {
                    Issue.record("line \(refused): \(problem.code)")
                }
            case .end: break loop
            case .item, .more:
                Issue.record("line \(refused)")
                break loop
            }
        }
        #expect(refused == BatchStream.maximumLines + 1)
    }

    @Test(
        arguments: [
            (.incomplete, .malformedJSON), (.timeout, .malformedJSON), (.malformed, .malformedJSON),
            (.tooLarge, .bodyTooLarge), (.stopping, .shuttingDown),
        ] as [(BodyBreak.Reason, ProblemCode)]
    )
    func breakIsTheLastOutcomeWhateverWasBegun(reason: BodyBreak.Reason, code: ProblemCode) {
        for beginning in ["", "{\"entry\":{"] {
            var batch = BatchLines()
            if !beginning.isEmpty { batch.take(.bytes(Array(beginning.utf8))) }
            guard case .more = batch.next(isStopping: false) else {
                Issue.record("an incomplete line was taken")
                continue
            }
            batch.take(.broken(BodyBreak(reason: reason, detail: "It broke.")))
            guard case .refusal(let problem) = batch.next(isStopping: false),
                case .end = batch.next(isStopping: false)
            else {
                Issue.record("the break has no outcome")
                continue
            }
            #expect(problem.code == code)
            #expect(problem.sent == .no)
        }
    }
}
