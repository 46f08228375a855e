extension Facade {
    /// What can be known before the first request: the dialect must work in both directions, and its ids must be able to
    /// hold those of the account.
    static func check(_ dialect: Vendor, _ vendor: Vendor, _ rules: FacadeRules) throws(FacadeFault) {
        guard dialect.manifest.operations[.create] != nil, vendor.manifest.operations[.create] != nil else {
            throw FacadeFault(message: "A façade needs a create on both sides.")
        }
        if let fault = dialect.nativeReadingFault ?? dialect.nativeWritingFault { throw FacadeFault(message: fault) }
        if let header = dialect.manifest.operations[.create]?.idHeader {
            throw FacadeFault(
                message:
                    "\(dialect.title) names a new entry in the header \(header), with an address of its own: no façade can write it."
            )
        }
        if !holdsIDs(dialect, of: vendor) {
            throw FacadeFault(
                message:
                    "\(dialect.title) answers with ids that \(vendor.title) does not have: a client would get an id that "
                    + "its dialect cannot write."
            )
        }
        let served = Set(dialect.requests.subjectTypes)
        let own = Set(vendor.requests.subjectTypes).union(["activity"])
        for (type, target) in rules.types.sorted(by: { $0.key < $1.key }) {
            if !served.contains(type) {
                throw FacadeFault(
                    message: "translate.types: \(dialect.title) books on no \(type); it books on "
                        + served.sorted().joined(separator: ", ") + "."
                        + Suggestion.sentence(for: type, among: served.sorted())
                )
            }
            if !own.contains(target) {
                throw FacadeFault(
                    message: "translate.types.\(type): \(vendor.title) has no \(target); it has "
                        + own.sorted().joined(separator: ", ") + "."
                        + Suggestion.sentence(for: target, among: own.sorted())
                )
            }
        }
        let kinds = served.union(["user", "activity"])
        for kind in rules.ids.keys.sorted() where !kinds.contains(kind) {
            throw FacadeFault(
                message: "translate.\(kind): \(dialect.title) has no such ids; it has those of "
                    + kinds.sorted().joined(separator: ", ") + "."
                    + Suggestion.sentence(for: kind, among: kinds.sorted())
            )
        }
    }

    /// Whether the id of an entry can be said in answers of the dialect.
    private static func holdsIDs(_ dialect: Vendor, of vendor: Vendor) -> Bool {
        let own = vendor.answers.converter(of: .id)
        switch dialect.answers.converter(of: .id) {
        case .uuid?: return own == .uuid
        case .integerIdentifier?: return own == .integerIdentifier
        default: return true
        }
    }
}
