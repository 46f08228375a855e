import Foundation
import Synchronization
import Testing

@testable import timegate

@Suite("Watching files", .timeLimit(.minutes(3)))
struct FileWatcherTests {
    @Test("A change is told although something beside it is written all the time")
    func neverQuiet() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let told = Told()
        let watcher = try FileWatcher([FileWatcher.Place(path: scratch.path)]) { told.flag.withLock { $0 = true } }
        let start = ContinuousClock.now
        while !told.flag.withLock({ $0 }), start.duration(to: .now) < .seconds(10) {
            try scratch.write("busy", "\(start.duration(to: .now))")
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(told.flag.withLock { $0 })
        withExtendedLifetime(watcher) {}
    }

    private final class Told: Sendable {
        let flag = Mutex(false)
    }
}
