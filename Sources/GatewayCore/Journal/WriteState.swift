/// How far a write has come. The journal holds each state but `claimed`, which lives only as long as its call: nothing
/// was sent then, so there is nothing to remember.
public enum WriteState: String, Sendable, CaseIterable {
    /// The key is taken; nothing was sent.
    case claimed
    /// The intent is durable; a byte may leave from now on.
    case sending
    /// The vendor's raw answer is durable; it is not mapped yet.
    case answered
    /// The caller's answer is durable.
    case done
    /// The request may have reached the vendor, and nobody knows what became of it.
    case unknown
    /// The vendor is being read to find out.
    case reconciling
    /// Only a person can find out.
    case needsOperator = "needs_operator"
    /// The vendor has it not, as was found out afterwards: the key is free again; who found out and when is still listed.
    case notRecorded = "not_recorded"
    /// The key is free again; what became of the write is still listed.
    case expired

    /// Whether the write has come to an end that is known.
    public var isSettled: Bool { self == .done || hasFreeKey }

    /// Whether the write is only listed: another one may have its key.
    public var hasFreeKey: Bool { self == .notRecorded || self == .expired }

    /// Whether it has left and not come to its end: what became of it is not known, or its answer could not be read yet.
    public var isUnsettled: Bool {
        switch self {
        case .sending, .answered, .unknown, .reconciling, .needsOperator: true
        case .claimed, .done, .notRecorded, .expired: false
        }
    }
}

/// What happens to a write.
public enum WriteEvent: Sendable, Hashable, CaseIterable {
    /// Validation, a permission rule or a script says no, or the plugin fails, before anything was sent.
    case refused
    /// The request is complete and may go.
    case send
    /// The journal cannot be written before the request leaves.
    case journalFailed
    /// No byte of the request left, and no attempt is left either.
    case notSent
    /// No byte left, or the vendor says that it did not process it, or it removes doubles by itself: again.
    case retry
    /// A final answer: 2xx, 400, 409, 422.
    case answered
    /// A refusal that a repaired token, permission or account turns into something else: 401, 402, 403, 404, 429.
    case refusedForNow
    /// Time ran out, the answer broke off or cannot be read, or the vendor failed after the request had left.
    case lost
    /// The answer became an entry or a problem.
    case mapped
    /// The answer could not be read as an entry.
    case unmapped
    /// The answer is there, and the vendor turns out to hold what it was sent twice under one key more than once.
    case doubled
    /// The gateway ended in the middle.
    case died
    /// The vendor removes doubles by the key, and still remembers it.
    case resend
    /// The vendor is asked what it has.
    case reconcile
    /// It has exactly this entry.
    case found
    /// It provably has it not.
    case notFound
    /// It has several that could be it, or cannot be asked.
    case unclear
    /// It could not be asked this time.
    case readFailed
    /// A person says that the vendor has it.
    case resolvedRecorded
    /// A person says that the vendor has it not.
    case resolvedNotRecorded
    /// Its time is over.
    case expire
}

/// What the host has to do for a step, in this order.
public enum WriteAction: Sendable, Equatable {
    /// Make the new state durable, and go on only when it is.
    case persist
    /// Hand the request to the network.
    case send
    /// Map the answer that the journal holds.
    case map
    /// Take the row away: the key is free.
    case release
    /// Ask the vendor later what it has.
    case scheduleReconciling
    /// Show it to a person.
    case listForOperator
}

/// The step that an event makes in a state. `state` is `nil` where the write leaves the journal.
public struct WriteStep: Sendable, Equatable {
    public var state: WriteState?
    public var actions: [WriteAction]

    init(_ state: WriteState?, _ actions: [WriteAction]) {
        self.state = state
        self.actions = actions
    }
}

extension WriteState {
    /// The one table of what may follow what. `nil` means that the event cannot happen here: the caller of this function
    /// has lost a race and must not go on.
    ///
    /// Nothing leads from `sending`, `unknown` or `needsOperator` to another send but proof (`retry`, `resend`), and nothing but `send`,
    /// `retry` and `resend` leads to the network.
    public func step(on event: WriteEvent) -> WriteStep? {
        switch (self, event) {
        case (.claimed, .refused), (.claimed, .journalFailed), (.claimed, .died): WriteStep(nil, [.release])
        case (.claimed, .send): WriteStep(.sending, [.persist, .send])

        case (.sending, .notSent), (.sending, .refusedForNow): WriteStep(nil, [.release])
        case (.sending, .retry): WriteStep(.sending, [.send])
        case (.sending, .answered): WriteStep(.answered, [.persist, .map])
        case (.sending, .lost), (.sending, .died): WriteStep(.unknown, [.persist, .scheduleReconciling])

        case (.answered, .mapped): WriteStep(.done, [.persist])
        case (.answered, .unmapped): WriteStep(.answered, [.persist])
        case (.answered, .doubled): WriteStep(.needsOperator, [.persist, .listForOperator])
        case (.answered, .refusedForNow): WriteStep(nil, [.release])
        case (.answered, .lost): WriteStep(.unknown, [.persist, .scheduleReconciling])
        case (.answered, .died): WriteStep(.answered, [.map])

        case (.unknown, .resend): WriteStep(.sending, [.persist, .send])
        case (.unknown, .reconcile): WriteStep(.reconciling, [])
        case (.unknown, .unclear): WriteStep(.needsOperator, [.persist, .listForOperator])
        case (.unknown, .died): WriteStep(.unknown, [.scheduleReconciling])

        case (.reconciling, .found): WriteStep(.done, [.persist])
        case (.reconciling, .notFound): WriteStep(.notRecorded, [.persist])
        case (.reconciling, .unclear): WriteStep(.needsOperator, [.persist, .listForOperator])
        case (.reconciling, .readFailed), (.reconciling, .died): WriteStep(.unknown, [.scheduleReconciling])

        case (.needsOperator, .resend): WriteStep(.sending, [.persist, .send])
        case (.needsOperator, .died): WriteStep(.needsOperator, [.listForOperator])
        case (.unknown, .resolvedRecorded), (.needsOperator, .resolvedRecorded), (.answered, .resolvedRecorded):
            WriteStep(.done, [.persist])
        case (.unknown, .resolvedNotRecorded), (.needsOperator, .resolvedNotRecorded),
            (.answered, .resolvedNotRecorded):
            WriteStep(.notRecorded, [.persist])

        case (.done, .expire): WriteStep(.expired, [.persist])
        case (.done, .died): WriteStep(.done, [])
        case (.expired, .expire), (.notRecorded, .expire): WriteStep(nil, [.release])
        case (.expired, .died): WriteStep(.expired, [])
        case (.notRecorded, .died): WriteStep(.notRecorded, [])
        default: nil
        }
    }
}
