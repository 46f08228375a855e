import JSON
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: 0..<150)
    func randomValueSurvivesWritingAndReading(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        let value = random.value()
        let compact = value.serialized()
        #expect(try JSONValue(parsing: compact) == value)
        #expect(try JSONValue(parsing: value.serialized(.pretty)) == value)
        let text = random.text(of: value)
        let document = try JSONDocument(parsing: text)
        #expect(document.root.value == value)
        #expect(document.root.value.isEquivalent(to: value))
        #expect(document.root.value.serialized() == compact)
        #expect(try ReferenceParser.parse(Array(text.utf8)) == value)
    }

    @Test(arguments: 0..<50)
    func sourceOfEveryPartIsATextOfItsOwn(seed: UInt64) throws {
        var random = RandomJSON(seed: 1000 + seed)
        let value = random.value()
        var views = [try JSONDocument(parsing: random.text(of: value)).root]
        while let view = views.popLast() {
            #expect(try JSONDocument(parsing: Array(view.source)).root.value == view.value)
            #expect(view.count == Array(view.elements).count + Array(view.members).count)
            for (position, element) in view.elements.enumerated() {
                #expect(view[position]?.sourceRange == element.sourceRange)
                views.append(element)
            }
            for (key, member) in view.members {
                #expect(view[key.string]?.sourceRange == member.sourceRange)
                views.append(member)
            }
        }
    }

    /// Damaged texts: both parsers must agree, and nothing may trap.
    @Test(arguments: 0..<200)
    func damagedTextIsJudgedAsTheReferenceParserDoes(seed: UInt64) throws {
        var random = RandomJSON(seed: 5000 + seed)
        let value = random.value()
        let original = Array(random.text(of: value).utf8)
        let alphabet =
            Array("{}[]\",:\\/0123456789-+.eEtrufalsn \n\tbx".utf8) + [
                0, 0x1F, 0x7F, 0x80, 0xBF, 0xC3, 0xED, 0xF0, 0xFF,
            ]
        for _ in 0..<10 {
            var text = original
            for _ in 0...Int.random(in: 0..<3, using: &random.generator) {
                let position = Int.random(in: 0...text.count, using: &random.generator)
                switch Int.random(in: 0..<5, using: &random.generator) {
                case 0: text.insert(alphabet.randomElement(using: &random.generator)!, at: position)
                case 1 where position < text.count: text.remove(at: position)
                case 2 where position < text.count: text[position] = alphabet.randomElement(using: &random.generator)!
                case 3: text.removeSubrange(position...)
                default:
                    let from = Int.random(in: 0...text.count, using: &random.generator)
                    text.insert(
                        contentsOf: Array(text[min(from, position)..<max(from, position)].prefix(40)),
                        at: position
                    )
                }
            }
            let expected = try? ReferenceParser.parse(text)
            do {
                let document = try JSONDocument(parsing: text)
                #expect(document.root.value == expected, "\(String(decoding: text, as: UTF8.self))")
            } catch {
                #expect(expected == nil, "\(error): \(String(decoding: text, as: UTF8.self))")
                #expect((0...text.count).contains(error.offset))
                let lines = text[..<error.offset].split(separator: 0x0A, omittingEmptySubsequences: false)
                #expect(error.line == lines.count)
                #expect(error.column == lines.last!.count + 1)
            }
        }
    }
}
