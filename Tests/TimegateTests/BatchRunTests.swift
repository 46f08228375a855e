import Foundation
import GatewayCore
import JSON
import Testing

@testable import timegate

/// How a batch is cut into requests, and where it says to go on.
@Suite("Running a batch")
struct BatchRunTests {
    /// Requests that a gateway of this test got, and what it answers them with.
    private final class Gateway {
        var sizes: [Int] = []
        var answer: (Int, [JSONValue]) -> EntryAnswer = { _, elements in Gateway.good(elements) }

        func perform(_ order: APIOrder) -> EntryAnswer {
            let elements = (try? JSONValue(parsing: order.body ?? []))?.array ?? []
            sizes.append(elements.count)
            return answer(sizes.count, elements)
        }

        static func good(_ elements: [JSONValue]) -> EntryAnswer {
            let items = elements.indices.map { index -> JSONValue in
                ["index": .integer(Int64(index)), "status": 201, "data": ["id": "x"]]
            }
            return EntryAnswer(status: 207, body: ["data": .array(items)])
        }
    }

    private func run(
        _ text: String,
        from first: Int = 1,
        keys: BatchKeys.Source = .none,
        _ gateway: Gateway,
        isStopped: @escaping () -> Bool = { false },
        take: @escaping ([BatchOutcome]) throws(FileContent.Failure) -> Void = { _ in },
        show: @escaping ([BatchOutcome]) throws(FileContent.Failure) -> Void = { _ in }
    ) async throws -> BatchRun {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let lines = try LineReader(path: try scratch.write("batch", text), isStopped: isStopped)
        var run = BatchRun(
            file: try BatchFile(lines, name: "batch", keys: BatchKeys(keys)),
            firstPlace: first,
            order: APIOrder(method: "POST", connection: "acme", segments: ["batch"]),
            isPlan: false,
            perform: { gateway.perform($0) },
            isStopped: isStopped,
            progress: ProgressLine(isWanted: false),
            take: take,
            show: show
        )
        await run.run()
        return run
    }

    private func lines(_ count: Int) -> String { String(repeating: "{\"note\": \"x\"}\n", count: count) }

    @Test("Requests grow to 500 elements and never above")
    func growing() async throws {
        let gateway = Gateway()
        let run = try await run(lines(2000), gateway)
        #expect(gateway.sizes == [50, 100, 200, 400, 500, 500, 250])
        #expect(run.tally.done == 2000)
        #expect(run.tally.exit(stop: nil) == .done)
    }

    @Test("A request stays below the gateway's 1 MiB")
    func size() async throws {
        let gateway = Gateway()
        let line = "{\"note\": \"\(String(repeating: "x", count: 100_000))\"}\n"
        let run = try await run(String(repeating: line, count: 20), gateway)
        #expect(gateway.sizes == [9, 9, 2])
        #expect(run.tally.done == 20)
    }

    @Test("A line of more than 1 MiB fails by itself")
    func longLine() async throws {
        let gateway = Gateway()
        let long = "{\"note\": \"\(String(repeating: "x", count: 3 << 20))\"}\n"
        var codes: [String?] = []
        let run = try await run(lines(1) + long + lines(1), gateway, take: { codes += $0.map(\.code) })
        #expect(codes == [nil, "body_too_large", nil])
        #expect(run.tally.done == 2)
        #expect(run.tally.unreadable == 1)
    }

    @Test("A request that is refused as a whole stops the batch before it")
    func refused() async throws {
        let gateway = Gateway()
        gateway.answer = { number, elements in
            number == 2 ? EntryAnswer(Problem(.connectionDisabled, "off")) : Gateway.good(elements)
        }
        let run = try await run("\n" + lines(200), gateway)
        #expect(run.stop?.place == 52)
        #expect(run.tally.done == 50)
        #expect(run.tally.uncertain.isEmpty)
        #expect(run.tally.exit(stop: run.stop?.reason.exit) == .partly)
    }

    @Test("A request without an answer makes its lines uncertain")
    func unanswered() async throws {
        let gateway = Gateway()
        gateway.answer = { _, _ in EntryAnswer(Problem(.outcomeUnknown, "gone", sent: .maybe)) }
        let run = try await run(lines(3), gateway)
        #expect(run.tally.uncertain == [1, 2, 3])
        #expect(run.stop?.place == 1)
        #expect(run.tally.exit(stop: run.stop?.reason.exit) == .partly)
    }

    @Test("A signal lets the request under way finish, and names the line to go on from")
    func signal() async throws {
        let gateway = Gateway()
        let stopped = try await run(lines(200), gateway, isStopped: { gateway.sizes.count == 2 })
        #expect(gateway.sizes == [50, 100])
        #expect(stopped.stop?.place == 151)
        #expect(stopped.tally.exit(stop: stopped.stop?.reason.exit) == .partly)
        let rest = Gateway()
        let resumed = try await run(lines(200), from: 151, rest)
        #expect(rest.sizes == [50])
        #expect(resumed.tally.exit(stop: nil) == .done)
        let atOnce = try await run(lines(200), Gateway(), isStopped: { true })
        #expect(atOnce.tally.exit(stop: atOnce.stop?.reason.exit) == .interrupted)
    }

    @Test("Where what failed cannot be written down, the batch stops behind the request that is done")
    func unwritable() async throws {
        let gateway = Gateway()
        let run = try await run(
            lines(200),
            gateway,
            take: { _ throws(FileContent.Failure) in
                throw FileContent.Failure(reason: "No space left on device")
            }
        )
        #expect(gateway.sizes == [50])
        #expect(run.stop?.place == 51)
        #expect(run.tally.exit(stop: run.stop?.reason.exit) == .partly)
    }

    @Test("Where outcomes cannot be shown, the batch stops behind the request that is done, with its failures written")
    func unshown() async throws {
        let gateway = Gateway()
        var taken = 0
        let run = try await run(
            lines(200),
            gateway,
            take: { taken += $0.count },
            show: { _ throws(FileContent.Failure) in throw FileContent.Failure(reason: "Broken pipe") }
        )
        #expect(gateway.sizes == [50])
        #expect(taken == 50)
        #expect(run.stop?.place == 51)
        #expect(run.unshown?.first == 1 && run.unshown?.last == 50)
        #expect(run.tally.exit(stop: run.stop?.reason.exit) == .partly)
    }

    @Test("A signal after the last request changes nothing")
    func lateSignal() async throws {
        let gateway = Gateway()
        let run = try await run(lines(10), gateway, isStopped: { gateway.sizes.count == 1 })
        #expect(run.stop == nil)
        #expect(run.tally.exit(stop: nil) == .done)
    }

    @Test(
        "A byte order mark before the first line is no part of it",
        arguments: ["{\"note\": \"a\"}\n{\"note\": \"a\"}\n", "[{\"note\": \"a\"}, {\"note\": \"a\"}]"]
    )
    func byteOrderMark(text: String) async throws {
        let run = try await run("\u{FEFF}" + text, Gateway())
        #expect(run.tally.done == 2)
        #expect(run.tally.failed == 0)
        let empty = try await self.run("\u{FEFF}", Gateway())
        #expect(empty.tally.total == 0)
    }

    @Test("Only an element without a key gets one, and an element that is no object goes as it is")
    func keys() async throws {
        let gateway = Gateway()
        var sent: [JSONValue] = []
        gateway.answer = { _, elements in
            sent += elements
            return Gateway.good(elements)
        }
        _ = try await run("{\"note\": \"a\"}\n{\"key\": \"k\", \"entry\": {}}\n7\n", keys: .new, gateway)
        let version7 = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(sent[0]["key"]?.string?.wholeMatch(of: version7) != nil)
        #expect(sent[0]["entry"] == ["note": "a"])
        #expect(sent[1] == ["key": "k", "entry": [:]])
        #expect(sent[2] == 7)
    }

    @Test(
        "Keys made of a text and the entries are those of the entries, wherever they stand and however they are spelled"
    )
    func repeatableKeys() async throws {
        let gateway = Gateway()
        var sent: [[String]] = []
        gateway.answer = { _, elements in
            sent.append(elements.compactMap { $0["key"]?.string })
            return Gateway.good(elements)
        }
        let first = "{\"note\": \"a\", \"n\": 1}\n{\"note\": \"b\"}\n{\"note\": \"a\", \"n\": 1}\n"
        _ = try await run(first, keys: .text("march"), gateway)
        #expect(Set(sent[0]).count == 3)
        let version8 = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(sent[0].allSatisfy { $0.wholeMatch(of: version8) != nil })

        let second = "[{\"note\": \"c\"}, {\"n\": 1, \"note\": \"\\u0061\"}, {\"entry\": {\"note\": \"b\"}}]"
        _ = try await run(second, keys: .text("march"), gateway)
        #expect(Array(sent[1].dropFirst()) == [sent[0][0], sent[0][1]])
        // What is passed over counts all the same.
        _ = try await run(first, from: 3, keys: .text("march"), gateway)
        #expect(sent[2] == [sent[0][2]])
        _ = try await run(first, keys: .text("april"), gateway)
        #expect(Set(sent[0]).isDisjoint(with: sent[3]))
    }

    @Test("What failed is written down with its key, or with a new one where the key remembers the vendor's refusal")
    func sentAgain() async throws {
        let gateway = Gateway()
        var sent: [JSONValue] = []
        func refusal(_ code: String, _ origin: String, _ status: Int64) -> JSONValue {
            var problem: JSONObject = ["code": .string(code), "origin": .string(origin), "sent": "yes"]
            if status == 422, origin == "vendor" { problem["key_is_spent"] = true }
            return ["status": .integer(status), "problem": .object(problem)]
        }
        gateway.answer = { _, elements in
            sent += elements
            var items = [
                refusal("vendor_invalid", "vendor", 422), refusal("vendor_invalid", "vendor", 422),
                refusal("vendor_permission", "vendor", 403), refusal("idempotency_key_reused", "caller", 422),
            ]
            if case .object(var first) = items[0] {
                first["replayed"] = true
                items[0] = .object(first)
            }
            return EntryAnswer(status: 207, body: ["data": .array(items)])
        }
        let own = "{\"key\": \"k\", \"entry\": {\"note\": \"b\"}}"
        let text = "{\"note\": \"a\"}\n\(own)\n{\"note\": \"c\"}\n{\"note\": \"d\"}\n"
        for keys in [BatchKeys.Source.new, .text("march")] {
            sent = []
            var again: [JSONValue] = []
            let run = try await run(
                text,
                keys: keys,
                gateway,
                take: { again += $0.filter { $0.kind == .failed }.compactMap(\.again) }
            )
            #expect(again.map { $0["entry"]?["note"] } == ["a", "b", "c"])
            #expect(again[0]["key"]?.string?.count == 36)
            #expect(again[0]["key"] != sent[0]["key"])
            #expect(again[0]["key"]?.string == sent[0]["key"]?.string.map { BatchKeys.key(after: $0) })
            #expect(again[1]["key"]?.string == BatchKeys.key(after: "k"))
            #expect(again[2] == sent[2])
            // Another request has its key, and may have recorded it.
            #expect(run.tally.uncertain == [4])
            #expect(run.tally.replayedFailures == 1)

            // What was written down and is refused once more gets the key after that.
            let written = again[0].serialized(.compact) + "\n"
            _ = try await self.run(
                written + written + written + written,
                gateway,
                take: { again += $0.compactMap(\.again) }
            )
            #expect(again[3]["key"]?.string == again[0]["key"]?.string.map { BatchKeys.key(after: $0) })
        }
    }

    @Test("An answer that does not say what became of each entry leaves it open")
    func notWhole() async throws {
        let gateway = Gateway()
        gateway.answer = { _, _ in
            EntryAnswer(status: 207, body: ["data": [[:], ["status": 201], ["status": 422, "problem": [:]]]])
        }
        var kinds: [BatchOutcome.Kind] = []
        let run = try await run(lines(3), gateway, take: { kinds += $0.map(\.kind) })
        #expect(kinds == [.uncertain, .uncertain, .uncertain])
        #expect(run.tally.exit(stop: nil) == .partly)
        gateway.answer = { _, _ in EntryAnswer(status: 200, body: ["data": []]) }
        let stopped = try await self.run(lines(3), gateway)
        guard case .unknown(let answer, _)? = stopped.stop?.reason else { return #expect(Bool(false)) }
        #expect(answer.body["code"] == "gateway_answer_invalid")
        #expect(stopped.tally.uncertain == [1, 2, 3])
    }

    @Test("What was recorded and could not be read is not among what failed")
    func recordedButUnmapped() async throws {
        let gateway = Gateway()
        gateway.answer = { _, _ in
            let problem = EntryAnswer(Problem(.recordedButUnmapped, "odd", sent: .yes))
            let item: JSONValue = ["index": 0, "status": .integer(Int64(problem.status)), "problem": problem.body]
            return EntryAnswer(status: 207, body: ["data": [item]])
        }
        var kinds: [BatchOutcome.Kind] = []
        let run = try await run(lines(1), gateway, take: { kinds += $0.map(\.kind) })
        #expect(kinds == [.uncertain])
        #expect(run.tally.exit(stop: nil) == .partly)
    }
}
