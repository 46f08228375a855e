/// An `orderby` of awork's: `property`, `property asc` or `property desc`, several with a comma and no space between.
struct AworkOrder: Sendable {
    private let terms: [(property: AworkProperty, isDescending: Bool)]

    init(_ text: String) throws(AworkQueryError) {
        var terms: [(property: AworkProperty, isDescending: Bool)] = []
        for term in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = term.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count <= 2, ["asc", "desc"].contains(words.count == 2 ? words[1] : "asc") else {
                throw AworkQueryError(message: "'\(term)' is not a property with asc or desc, without other spaces")
            }
            terms.append((try AworkProperty(named: String(words[0])), words.count == 2 && words[1] == "desc"))
        }
        self.terms = terms
    }

    /// Null comes first ascending. Equals keep their order.
    func sorted(_ entries: [AworkEntry]) -> [AworkEntry] {
        entries.enumerated().sorted { left, right in
            for (property, isDescending) in terms {
                let values = (property.value(of: left.element), property.value(of: right.element))
                guard values.0 != values.1 else { continue }
                let isBelow = values.0.isBelow(values.1) ?? (values.0 == .null)
                return isBelow != isDescending
            }
            return left.offset < right.offset
        }
        .map(\.element)
    }
}
