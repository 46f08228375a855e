/// What a document may cost. A text beyond a limit is refused with an error, never cut.
public struct JSONLimits: Sendable, Equatable {
    /// The longest text that is read, in bytes. Values above ``hardMaximumBytes`` mean ``hardMaximumBytes``.
    ///
    /// A parsed document needs up to 16 bytes of memory for every 2 bytes of text (`[0,0,0,…`), besides the text.
    public var maximumBytes: Int

    /// How many arrays and objects may be open at once: `[[1]]` has depth 2, a lone number has depth 0.
    ///
    /// Parsing needs no stack, whatever the depth. ``JSONValue`` is a recursive type, though: copying out, comparing,
    /// writing and destroying one takes stack for every level, so keep this below a few hundred wherever values are
    /// made from untrusted text.
    public var maximumDepth: Int

    /// The longest text that can be read at all: 2^28 − 1 bytes, what fits in the length field of a node.
    public static let hardMaximumBytes = (1 << 28) - 1

    /// 1 MiB and 64 levels.
    public static let `default` = JSONLimits()

    public init(maximumBytes: Int = 1 << 20, maximumDepth: Int = 64) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }
}
