/// The forms of time that an entry can have.
public enum TimeForm: String, Sendable, CaseIterable {
    /// `started_at` and `ended_at`.
    case interval
    /// `started_at` and a duration.
    case startDuration = "start_duration"
    /// `ended_at` and a duration.
    case endDuration = "end_duration"
    /// `work_date` and a duration.
    case dateDuration = "date_duration"
    /// A duration alone; only where the vendor takes it.
    case durationOnly = "duration_only"
    /// A timer that is running.
    case running

    /// Whether the form says at which instant the work began.
    var hasInstants: Bool { self == .interval || self == .startDuration || self == .endDuration }

    /// The time members that the form is made of.
    public func carries(_ member: Member) -> Bool {
        switch (self, member) {
        case (.interval, .startedAt), (.interval, .endedAt): true
        case (.startDuration, .startedAt), (.startDuration, .durationSeconds): true
        case (.endDuration, .endedAt), (.endDuration, .durationSeconds): true
        case (.dateDuration, .workDate), (.dateDuration, .durationSeconds): true
        case (.durationOnly, .durationSeconds): true
        case (.running, .startedAt): true
        default: false
        }
    }

    /// How a caller writes it, for messages.
    var wording: String {
        switch self {
        case .interval: "started_at and ended_at"
        case .startDuration: "started_at and a duration"
        case .endDuration: "ended_at and a duration"
        case .dateDuration: "work_date and a duration"
        case .durationOnly: "a duration alone"
        case .running: "timer_state: running"
        }
    }
}

/// The times of an entry, worked out and free of contradictions.
public struct TimeGroup: Sendable {
    public var form: TimeForm
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var durationSeconds: Int64?
    public var workDate: CivilDate?
    /// Whether the day follows from the start and was not given.
    public var isWorkDateDerived = false
    /// The entry's own zone, else the connection's, else none.
    public var zone: Zone?

    /// These times in the form of others, which had the same members: what was worked out is not what was given.
    func keeping(_ given: TimeGroup) -> TimeGroup {
        var group = self
        if given.form.hasInstants, form.hasInstants { group.form = given.form }
        group.isWorkDateDerived = given.isWorkDateDerived && given.workDate == workDate
        return group
    }

    /// The members that make up the group.
    static let members: MemberSet = [
        .workDate, .startedAt, .endedAt, .timeZone, .durationSeconds, .duration, .timerState, .breakSeconds,
    ]
}

/// What forms of time a vendor takes, and how a form becomes another.
public struct TimeRules: Sendable, Equatable {
    /// In order of preference.
    public var accepts: [TimeForm]
    /// The members that a running timer is created with beside its start; `nil` if the vendor starts none on create.
    public var running: [Member: Value]?
    /// The setting of a connection that allows an interval to be recorded as its length only.
    public var lengthOnlySetting: String?
    /// The setting that names a time of day for entries that have a date and no start.
    public var assumedStartSetting: String?

    public init(
        accepts: [TimeForm],
        running: [Member: Value]? = nil,
        lengthOnlySetting: String? = nil,
        assumedStartSetting: String? = nil
    ) {
        self.accepts = accepts
        self.running = running
        self.lengthOnlySetting = lengthOnlySetting
        self.assumedStartSetting = assumedStartSetting
    }

    var wording: String {
        let forms = accepts.map(\.wording) + (running == nil ? [] : [TimeForm.running.wording])
        return forms.joined(separator: "; ")
    }
}
