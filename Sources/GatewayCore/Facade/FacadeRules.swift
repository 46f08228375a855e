/// What a connection must tell so that it can be served in another vendor's dialect: which things of the one account are
/// which things of the other.
public struct FacadeRules: Sendable, Equatable {
    /// How the ids of one kind become those of the connection's vendor.
    public enum IDs: Sendable, Equatable {
        /// They are the same on both sides.
        case same
        /// By the id that the served dialect has.
        case table([String: String])
    }

    /// A type of subject in the served dialect → one of the connection's vendor, or `activity`.
    public var types: [String: String] = [:]
    /// By kind in the served dialect: `user`, `activity`, and the types of subject.
    public var ids: [String: IDs] = [:]

    /// Who, on what and when, where the served dialect has no field for it. Ids are the connection's vendor's.
    public var user: String?
    public var activity: String?
    public var title: String?
    public var zone: Zone?
    /// The local time at which an entry with a day and no start begins, where the vendor needs a start: `09:00`.
    public var assumedStart: String?

    public init() {}

    public static func == (left: FacadeRules, right: FacadeRules) -> Bool {
        left.types == right.types && left.ids == right.ids && left.user == right.user
            && left.activity == right.activity && left.title == right.title && left.zone?.name == right.zone?.name
            && left.assumedStart == right.assumedStart
    }

    /// The id that the connection's vendor has for one of the served dialect; `nil` where nobody said it.
    func own(_ id: String, _ kind: String) -> String? {
        switch ids[kind] {
        case .same?: id
        case .table(let table)?: table[id] ?? table.first { isSameID($0.key, id) }?.value
        case nil: nil
        }
    }

    /// The way back; `nil` also where two ids of the dialect stand for this one.
    func served(_ id: String, _ kind: String) -> String? {
        switch ids[kind] {
        case .same?: return id
        case .table(let table)?:
            let found = table.filter { isSameID($0.value, id) }
            return found.count == 1 ? found.first?.key : nil
        case nil: return nil
        }
    }
}
