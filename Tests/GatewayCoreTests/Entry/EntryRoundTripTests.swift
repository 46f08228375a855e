import JSON
import Testing

@testable import GatewayCore

@Suite("Entry written and read")
struct EntryRoundTripTests {
    @Test("an entry that is written reads back as the same entry, whatever it holds", arguments: 0..<UInt64(300))
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let entry = EntryMaker.entry(using: &random)
        var writer = JSONWriter(reserving: 256)
        entry.write(to: &writer)
        let bytes = writer.finish()
        let parsed = try EntryReader.read(JSONDocument(parsing: bytes).root)
        #expect(parsed.entry == entry, "\(String(decoding: bytes, as: UTF8.self))")
        #expect(parsed.report.isEmpty)
        #expect(parsed.localTimes.isEmpty)
    }

    @Test("an answer's entry, bookkeeping and all, reads back from its JSON", arguments: 0..<UInt64(200))
    func answer(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var entry = EntryMaker.entry(using: &random, allowsNull: false)
        entry[.duration] = nil
        entry[.id] = .string("e-1")
        entry[.createdAt] = .time(EntryMaker.time(using: &random))
        entry[.createdByID] = .string("9")
        entry[.approvalByID] = .string("8")
        entry[.approvalByName] = .string("Ana")
        let read = try Entry(golden: entry.json)
        #expect(read == entry)
    }

    @Test("members stand in the order of the table, the objects once each")
    func order() {
        var entry = Entry()
        entry[.updatedByName] = .string("z")
        entry[.approvalReason] = .string("r")
        entry[.approvalByName] = .string("n")
        entry[.approvalState] = .string("rejected")
        entry[.approvalByID] = .string("i")
        entry[.userEmail] = .string("e")
        entry[.userID] = .string("u")
        entry[.id] = .string("1")
        let text = entry.json.serialized(.compact)
        #expect(
            text
                == #"{"id":"1","user":{"id":"u","email":"e"},"#
                + #""approval":{"state":"rejected","by":{"id":"i","name":"n"},"reason":"r"},"updated_by":{"name":"z"}}"#
        )
        #expect(Entry().json.serialized(.compact) == "{}")
    }

    @Test("a slot is set, changed and removed, and the order stays")
    func slots() {
        var random = SeededRandom(seed: 5)
        var entry = Entry()
        var model: [Member: Int64] = [:]
        for step in 0..<2000 {
            let member = Member.allCases.randomElement(using: &random)!
            if Bool.random(using: &random) {
                entry[member] = .integer(Int64(step))
                model[member] = Int64(step)
            } else {
                entry[member] = nil
                model[member] = nil
            }
        }
        #expect(entry.slots.map(\.member) == Member.allCases.filter { model[$0] != nil })
        for member in Member.allCases {
            #expect(entry[member]?.integer == model[member])
            #expect(entry.has(member) == (model[member] != nil))
        }
    }

    @Test("a script's entry with a member that the model has not so is refused as the plugin's fault")
    func wrongAnswer() throws {
        for text in [#"{"work_date":"soon"}"#, #"{"billable":"yes"}"#, #"{"started_at":5}"#, #"{"user":{"id":7}}"#] {
            let value = try JSONValue(parsing: text)
            let problem = try #require(throws: Problem.self) { _ = try Entry(golden: value) }
            #expect(problem.code == .pluginFailed)
            #expect(problem.origin == .plugin)
        }
        let problem = try #require(throws: Problem.self) { _ = try Entry(golden: .array([])) }
        #expect(problem.detail == "The plugin did not return an entry.")
    }
}

/// Makes entries that a caller could write.
enum EntryMaker {
    static func entry(using random: inout SeededRandom, allowsNull: Bool = true) -> Entry {
        var entry = Entry()
        for member in Member.allCases where !member.isAlwaysIgnored && Bool.random(using: &random) {
            if allowsNull, Int.random(in: 0..<8, using: &random) == 0 {
                entry[member] = .null
            } else {
                entry[member] = value(member, using: &random, allowsNull)
            }
        }
        // Breaks one by one are as long as they are together.
        if entry[.breaks]?.json.array != nil {
            let seconds = Int64.random(in: 0..<100_000, using: &random)
            entry[.breaks] = .json([["duration_seconds": .integer(seconds)], ["duration_seconds": 60]])
            entry[.breakSeconds] = .integer(seconds + 60)
        }
        return entry
    }

    private static func value(_ member: Member, using random: inout SeededRandom, _ allowsNull: Bool) -> Value {
        switch member.type {
        case .identifier, .zone: return .string("i" + text(using: &random))
        case .text: return .string(text(using: &random))
        case .date: return .date(time(using: &random).localDate)
        case .instant: return .time(time(using: &random))
        case .seconds: return .integer(Int64.random(in: 0...Int64.max, using: &random))
        case .durationText: return .string("1h30m")
        case .boolean: return .bool(Bool.random(using: &random))
        case .enumeration(let values): return .string(values.randomElement(using: &random)!)
        case .subjects:
            return .subjects(
                ["project", "task", "board_task"].map { type in
                    allowsNull && Bool.random(using: &random)
                        ? Subject(type: type, isNull: true)
                        : Subject(
                            type: type,
                            id: "i" + text(using: &random),
                            name: Bool.random(using: &random) ? text(using: &random) : nil
                        )
                }
            )
        case .subjectList: return .json(.array([["type": "task", "id": .string("i" + text(using: &random))]]))
        case .object: return .json(["a": json(using: &random), "b": .object(["c": json(using: &random)])])
        case .textList: return .json(.array((0..<3).map { _ in .string(text(using: &random)) }))
        case .list: return .json(.array([json(using: &random)]))
        case .any: return .json(json(using: &random))
        }
    }

    static func time(using random: inout SeededRandom) -> Timestamp {
        let seconds = Int64.random(in: 0..<4_000_000_000, using: &random)
        let nanosecond = Bool.random(using: &random) ? 0 : Int.random(in: 0..<1_000_000_000, using: &random)
        let offset = Int.random(in: -14 * 60...14 * 60, using: &random) * 60
        return offset == 0
            ? Timestamp(epochSeconds: seconds, nanosecond: nanosecond)!
            : Timestamp(epochSeconds: seconds, nanosecond: nanosecond, offsetSeconds: offset)!
    }

    static func text(using random: inout SeededRandom) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1F}", "\u{7F}", "é", "\u{301}", "\u{200D}",
            "\u{2028}",
            "😀", "<", ">", "&", ";", "#", "\u{10FFFF}", "\u{FE0F}", "س",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text.unicodeScalars.append(alphabet.randomElement(using: &random)!)
        }
        return text
    }

    private static func json(using random: inout SeededRandom) -> JSONValue {
        let values: [JSONValue] = [
            .null, true, 7, .integer(.min), .integer(.max), .number("0.1000000000000000055511151231257827"), .array([]),
            .object(JSONObject()), .string(text(using: &random)),
        ]
        return values.randomElement(using: &random)!
    }
}
