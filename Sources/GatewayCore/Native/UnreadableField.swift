/// A place of a native request that does not hold what its field holds.
public struct UnreadableField: Sendable, Equatable {
    /// RFC 6901; empty for the whole body.
    public var pointer: String
    /// A sentence.
    public var why: String

    public init(pointer: String, why: String) {
        self.pointer = pointer
        self.why = why
    }

    init(path: VendorPath, _ document: DocumentRule?, _ why: String) {
        let names = (document.map { [$0.at] } ?? []) + path.segments.map(\.name)
        self.init(
            pointer: names.map {
                "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1")
            }.joined(),
            why: why
        )
    }
}

/// What is done with a native request that cannot be read.
public enum UnreadableRule: String, Sendable, CaseIterable {
    /// It goes to the vendor as it is, and no rule that needs the entry is asked.
    case pass
    /// It is refused with the reason.
    case refuse
}
