import JSON
import Testing

func expect(
    _ text: String,
    isRefusedWith code: JSONError.Code,
    at offset: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(Array(text.utf8), isRefusedWith: code, at: offset, sourceLocation: sourceLocation)
}

func expect(
    _ text: [UInt8],
    isRefusedWith code: JSONError.Code,
    at offset: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    do {
        _ = try JSONDocument(parsing: text)
        Issue.record("accepted: \(String(decoding: text, as: UTF8.self))", sourceLocation: sourceLocation)
    } catch {
        #expect(
            error.code == code,
            "\(String(decoding: text, as: UTF8.self)): \(error)",
            sourceLocation: sourceLocation
        )
        if let offset {
            #expect(
                error.offset == offset,
                "\(String(decoding: text, as: UTF8.self)): \(error)",
                sourceLocation: sourceLocation
            )
        }
        #expect(throws: ReferenceParser.Refusal.self, sourceLocation: sourceLocation) {
            try ReferenceParser.parse(text)
        }
    }
}
