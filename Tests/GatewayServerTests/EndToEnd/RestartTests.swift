import FaultProxy
import Foundation
import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A gateway that ends in the middle of a write, and the next one on its journal: nothing is doubled, nothing is lost, and
/// what nobody can know is listed.
struct RestartTests {
    /// One of each class: the vendor removes doubles, can be looked at, can do neither.
    static let classes: [SimulatedVendor] = [.hoursmith, .productive, .sonderplan]

    /// A script that looks at the vendor's answer, so that the raw answer is stored before it.
    private func readingPlugin(_ body: String) throws -> String {
        try Plugins.sonderplan(
            as: "sonderplan",
            with: "from_vendor = function(entry, answer, call)\n\(body)\nend,"
        )
    }

    @Test("a process that ends before the intent is durable has sent nothing, and the key is free", arguments: classes)
    func beforeTheIntent(vendor: SimulatedVendor) async throws {
        try await Lives.of(vendor) { lives in
            try await lives.live(dying: .beforeIntent) { life in _ = try await life.create() }
            #expect(lives.proxy.counts.begun == 0)
            try await lives.live { life in
                let row = try await life.row()
                #expect(row == nil)
                #expect(try await life.create().status == 201)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test(
        "a process that ends between the intent and the request leaves a row that is told the truth",
        arguments: classes
    )
    func afterTheIntent(vendor: SimulatedVendor) async throws {
        try await Lives.of(vendor) { lives in
            try await lives.live(dying: .afterIntent) { life in
                _ = try await life.create()
                #expect(try await life.row()?.state == .sending)
            }
            #expect(lives.proxy.counts.begun == 0)
            try await expectUnknownUntilSettled(lives)
            try await lives.live { life in
                let row = try await life.settledRow()
                switch vendor {
                // It is sent under the key that it would have had.
                case .hoursmith: #expect(row?.state == .done)
                // Nobody can show that it is not there.
                default: #expect(row?.state == .needsOperator)
                }
                #expect(try await life.create().status == (vendor == .hoursmith ? 201 : 409))
            }
            #expect(lives.recorded.count == (vendor == .hoursmith ? 1 : 0))
        }
    }

    @Test("a process that ends before the vendor's answer is stored has one entry and finds it", arguments: classes)
    func beforeTheAnswerIsStored(vendor: SimulatedVendor) async throws {
        try await Lives.of(vendor) { lives in
            try await lives.live(dying: .beforeDone) { life in
                _ = try await life.create()
                #expect(try await life.row()?.state == .sending)
            }
            #expect(lives.recorded.count == 1)
            try await expectUnknownUntilSettled(lives)
            try await lives.live { life in
                let row = try await life.settledRow()
                let again = try await life.create()
                if vendor == .sonderplan {
                    #expect(row?.state == .needsOperator)
                    #expect(again.code == "idempotency_outcome_unknown")
                } else {
                    #expect(row?.state == .done)
                    #expect(row?.vendorEntryID == lives.recorded.first)
                    #expect(again.status == 201)
                    #expect(again["data.id"]?.string == lives.recorded.first)
                }
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a raw answer that is stored and not mapped is mapped after the restart, and nothing is sent")
    func storedAnswer() async throws {
        try await Lives.of(.sonderplan, plugin: readingPlugin("return entry")) { lives in
            try await lives.live(dying: .afterAnswer) { life in
                _ = try await life.create()
                let row = try await life.row()
                #expect(row?.state == .answered)
                #expect(row?.answer?.status == 200)
            }
            let sent = lives.proxy.counts.begun
            try await lives.live { life in
                let isDone = try await soon { try await life.row()?.state == .done }
                #expect(isDone)
                #expect(try await life.row()?.vendorEntryID == lives.recorded.first)
                let again = try await life.create()
                #expect(again.status == 201)
                #expect(again["data.id"]?.string == lives.recorded.first)
            }
            #expect(lives.proxy.counts.begun == sent)
            #expect(lives.recorded.count == 1)
        }
    }

    @Test(
        "a process that ends before the raw answer is stored, or before the mapped one is",
        arguments: [
            MortalJournal.Moment.beforeAnswer, .beforeDone,
        ]
    )
    func aroundTheStoredAnswer(moment: MortalJournal.Moment) async throws {
        try await Lives.of(.sonderplan, plugin: readingPlugin("return entry")) { lives in
            try await lives.live(dying: moment) { life in _ = try await life.create() }
            try await lives.live { life in
                if moment == .beforeAnswer {
                    #expect(try await life.settledRow()?.state == .needsOperator)
                } else {
                    let isDone = try await soon { try await life.row()?.state == .done }
                    #expect(isDone)
                }
                #expect(try await life.create().status == (moment == .beforeAnswer ? 409 : 201))
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("an answer in which no entry is found stays, and a mended plugin maps it after the restart")
    func mendedPlugin() async throws {
        let good = try Plugins.sonderplan(as: "sonderplan", with: "")
        let bad = good.replacingOccurrences(of: "entry = \"success\"", with: "entry = \"somewhere\"")
        try #require(bad != good)
        try await Lives.of(.sonderplan, plugin: bad) { lives in
            try await lives.live { life in
                let answer = try await life.create()
                #expect(answer.code == "recorded_but_unmapped")
                #expect(answer.sent == "yes")
                #expect(try await life.row()?.state == .answered)
                // The same request is told the same.
                #expect(try await life.create().body == answer.body)
            }
            try lives.mend(good)
            try await lives.live { life in
                let isDone = try await soon { try await life.row()?.state == .done }
                #expect(isDone)
                #expect(try await life.create()["data.id"]?.string == lives.recorded.first)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a process that ends after the last commit answers the same request byte for byte", arguments: classes)
    func afterTheLastCommit(vendor: SimulatedVendor) async throws {
        try await Lives.of(vendor) { lives in
            var first: Answer?
            try await lives.live(dying: .afterDone) { life in
                first = try await life.create()
                #expect(try await life.row()?.state == .done)
            }
            try await lives.live { life in
                let again = try await life.create()
                #expect(again.status == 201)
                #expect(again.body == first?.body)
                #expect(again.header("idempotent-replayed") == "true")
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a row that a person must settle outlives restarts and never expires")
    func operatorsRow() async throws {
        try await Lives.of(.sonderplan) { lives in
            try await lives.live(dying: .afterIntent) { life in _ = try await life.create() }
            for _ in 0..<2 {
                try await lives.live { life in
                    #expect(try await life.settledRow()?.state == .needsOperator)
                    // A sweep of a far future takes nothing of it.
                    _ = try await life.journal.sweep(doneBefore: .max / 2, expiredBefore: .max / 2, limit: 100)
                    #expect(try await life.row()?.state == .needsOperator)
                }
            }
        }
    }

    /// After the restart and before anything is settled: the same request is told that it is not known, and sends nothing.
    private func expectUnknownUntilSettled(_ lives: Lives) async throws {
        let sent = lives.proxy.counts.begun
        try await lives.live(settles: false) { life in
            #expect(try await life.row()?.state == .unknown)
            let answer = try await life.create()
            #expect(answer.status == 409)
            #expect(answer.code == "idempotency_outcome_unknown")
            #expect(answer.sent == "maybe")
        }
        #expect(lives.proxy.counts.begun == sent)
    }
}
