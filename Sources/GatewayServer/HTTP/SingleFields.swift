/// Fields of a request that may stand in it once, apart from those that frame it: of two, one server takes the first and
/// another the last (RFC 9110 section 5.3). Fields that hold lists may be repeated.
struct SingleFields: OptionSet {
    let rawValue: UInt8

    static let authorization = SingleFields(rawValue: 1)
    static let contentType = SingleFields(rawValue: 2)
    static let contentRange = SingleFields(rawValue: 4)
    static let expect = SingleFields(rawValue: 8)
    static let ifModifiedSince = SingleFields(rawValue: 16)
    static let ifUnmodifiedSince = SingleFields(rawValue: 32)
    static let ifRange = SingleFields(rawValue: 64)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The one that has this name; empty for any other.
    @inline(__always)
    init(_ name: UnsafeRawBufferPointer) {
        self =
            switch name.count {
            case 6 where name.equalsIgnoringCase("expect"): .expect
            case 8 where name.equalsIgnoringCase("if-range"): .ifRange
            case 12 where name.equalsIgnoringCase("content-type"): .contentType
            case 13 where name.equalsIgnoringCase("authorization"): .authorization
            case 13 where name.equalsIgnoringCase("content-range"): .contentRange
            case 17 where name.equalsIgnoringCase("if-modified-since"): .ifModifiedSince
            case 19 where name.equalsIgnoringCase("if-unmodified-since"): .ifUnmodifiedSince
            default: []
            }
    }
}
