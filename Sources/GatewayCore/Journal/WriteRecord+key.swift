extension WriteRecord {
    /// The part of a vendor's key life, in hundredths, that is left unused for its clock and ours. It is never less than
    /// what a request may take to arrive.
    private static let keyMargin: Int64 = 10

    /// Whether the vendor surely remembers the key that it was given.
    ///
    /// - Parameters:
    ///   - life: seconds for which it promises to.
    ///   - now: milliseconds since 1970.
    ///   - settle: milliseconds that a request may take to arrive.
    public func isKeyRemembered(for life: Int, now: Int64, settle: Int64) -> Bool {
        now - createdAt < Int64(life) * 1000 - max(Int64(life) * 10 * WriteRecord.keyMargin, settle)
    }
}
