/// Where a value stands in a vendor's JSON: `relationships.person.data.id`, `project[].id`.
///
/// Segments are member names joined by dots; `[]` behind a name says that the member is a list and the rest of the
/// path is meant for each element.
public struct VendorPath: Sendable, Hashable {
    public struct Segment: Sendable, Hashable {
        public let name: String
        public let isList: Bool
    }

    /// The path as the plugin writes it.
    public let text: String
    public let segments: [Segment]

    /// Fails on an empty path or an empty segment.
    public init?(_ text: String) {
        var segments: [Segment] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let isList = part.hasSuffix("[]")
            let name = isList ? part.dropLast(2) : part
            if name.isEmpty { return nil }
            segments.append(Segment(name: String(name), isList: isList))
        }
        if segments.isEmpty { return nil }
        self.text = text
        self.segments = segments
    }

    /// A member of the body itself.
    public init(name: String) {
        self.init(segments: [Segment(name: name, isList: false)])
    }

    init(segments: [Segment]) {
        self.segments = segments
        self.text = segments.map { $0.isList ? $0.name + "[]" : $0.name }.joined(separator: ".")
    }

    public func appending(_ name: String) -> VendorPath {
        VendorPath(segments: segments + [Segment(name: name, isList: false)])
    }

    /// The path without its last `count` segments.
    public func dropping(_ count: Int) -> VendorPath {
        VendorPath(segments: Array(segments.dropLast(count)))
    }

    /// The first segment that is a list, if any.
    public var listIndex: Int? { segments.firstIndex { $0.isList } }
}
