import GatewayCore
import Testing

/// The one table of what may follow what: every pair of a state and an event, the legal ones with their step.
struct WriteStateTests {
    /// A legal pair, and what it leads to. `nil` means that the write leaves the journal.
    struct Step: Sendable {
        var from: WriteState
        var event: WriteEvent
        var to: WriteState?
        var actions: [WriteAction]
        init(_ from: WriteState, _ event: WriteEvent, _ to: WriteState?, _ actions: [WriteAction]) {
            (self.from, self.event, self.to, self.actions) = (from, event, to, actions)
        }
    }

    static let table: [Step] = [
        // Nothing has left.
        Step(.claimed, .refused, nil, [.release]),
        Step(.claimed, .journalFailed, nil, [.release]),
        Step(.claimed, .died, nil, [.release]),
        Step(.claimed, .send, .sending, [.persist, .send]),
        // The request is on its way, or may be.
        Step(.sending, .notSent, nil, [.release]),
        Step(.sending, .retry, .sending, [.send]),
        Step(.sending, .answered, .answered, [.persist, .map]),
        Step(.sending, .refusedForNow, nil, [.release]),
        Step(.sending, .lost, .unknown, [.persist, .scheduleReconciling]),
        Step(.sending, .died, .unknown, [.persist, .scheduleReconciling]),
        // The answer is there.
        Step(.answered, .mapped, .done, [.persist]),
        Step(.answered, .unmapped, .answered, [.persist]),
        Step(.answered, .doubled, .needsOperator, [.persist, .listForOperator]),
        Step(.answered, .refusedForNow, nil, [.release]),
        Step(.answered, .lost, .unknown, [.persist, .scheduleReconciling]),
        Step(.answered, .died, .answered, [.map]),
        Step(.answered, .resolvedRecorded, .done, [.persist]),
        Step(.answered, .resolvedNotRecorded, .notRecorded, [.persist]),
        // Nobody knows.
        Step(.unknown, .resend, .sending, [.persist, .send]),
        Step(.unknown, .reconcile, .reconciling, []),
        Step(.unknown, .unclear, .needsOperator, [.persist, .listForOperator]),
        Step(.unknown, .died, .unknown, [.scheduleReconciling]),
        Step(.unknown, .resolvedRecorded, .done, [.persist]),
        Step(.unknown, .resolvedNotRecorded, .notRecorded, [.persist]),
        Step(.reconciling, .found, .done, [.persist]),
        Step(.reconciling, .notFound, .notRecorded, [.persist]),
        Step(.reconciling, .unclear, .needsOperator, [.persist, .listForOperator]),
        Step(.reconciling, .readFailed, .unknown, [.scheduleReconciling]),
        Step(.reconciling, .died, .unknown, [.scheduleReconciling]),
        // A person is asked.
        Step(.needsOperator, .resend, .sending, [.persist, .send]),
        Step(.needsOperator, .died, .needsOperator, [.listForOperator]),
        Step(.needsOperator, .resolvedRecorded, .done, [.persist]),
        Step(.needsOperator, .resolvedNotRecorded, .notRecorded, [.persist]),
        // It is settled.
        Step(.done, .expire, .expired, [.persist]),
        Step(.done, .died, .done, []),
        Step(.expired, .expire, nil, [.release]),
        Step(.expired, .died, .expired, []),
        Step(.notRecorded, .expire, nil, [.release]),
        Step(.notRecorded, .died, .notRecorded, []),
    ]

    @Test(arguments: WriteState.allCases)
    func eachEventMakesItsStepOrIsRefused(_ state: WriteState) {
        for event in WriteEvent.allCases {
            let expected = WriteStateTests.table.filter { $0.from == state && $0.event == event }
            let step = state.step(on: event)
            guard let legal = expected.first else {
                #expect(step == nil, "\(state) took \(event)")
                continue
            }
            #expect(expected.count == 1)
            #expect(step?.state == legal.to, "\(state) on \(event)")
            #expect(step?.actions == legal.actions, "\(state) on \(event)")
            #expect(step != nil, "\(state) refused \(event)")
        }
    }

    @Test func nothingReachesTheNetworkBeforeItIsDurable() {
        for state in WriteState.allCases {
            for event in WriteEvent.allCases {
                guard let step = state.step(on: event), let send = step.actions.firstIndex(of: .send) else { continue }
                #expect([.send, .retry, .resend].contains(event), "\(state) sends on \(event)")
                #expect(step.state == .sending)
                // A retry is already durable as a write that may leave.
                if state != .sending { #expect(step.actions.firstIndex(of: .persist).map { $0 < send } == true) }
            }
        }
    }

    @Test func aWriteWhoseOutcomeIsOpenIsNeverFreeWithoutProof() {
        let proofs: [WriteEvent] = [.notSent, .refusedForNow, .notFound, .resolvedNotRecorded]
        for state in WriteState.allCases where state.isUnsettled {
            for event in WriteEvent.allCases {
                guard let step = state.step(on: event), step.state?.hasFreeKey ?? true else { continue }
                #expect(proofs.contains(event), "\(state) is freed by \(event)")
            }
        }
    }

    /// From every state there is a way to an end, with or without a person.
    @Test(arguments: WriteState.allCases)
    func everyStateCanEnd(_ state: WriteState) {
        var reached: Set<WriteState> = [state]
        var isFreed = false
        var waiting = [state]
        while let next = waiting.popLast() {
            for event in WriteEvent.allCases {
                guard let step = next.step(on: event) else { continue }
                guard let after = step.state else {
                    isFreed = true
                    continue
                }
                if reached.insert(after).inserted { waiting.append(after) }
            }
        }
        #expect(isFreed)
    }
}
