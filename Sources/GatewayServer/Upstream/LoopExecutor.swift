internal import NIOCore

/// Runs a call's steps on the event loop that its connection lives on, so that a call never changes threads.
///
/// `@unchecked Sendable`: `jobs` and `isScheduled` are touched on the event loop only; a job that is enqueued from
/// another thread is carried there first.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            add(job)
        } else {
            eventLoop.execute { self.add(job) }
        }
    }

    /// Runs something that wakes calls, and then those calls, without another turn of the loop.
    func run(_ body: () -> Void) {
        let wasScheduled = isScheduled
        isScheduled = true
        body()
        isScheduled = wasScheduled
        drain()
    }

    private func add(_ job: UnownedJob) {
        jobs.append(job)
        if isScheduled { return }
        isScheduled = true
        eventLoop.execute {
            self.isScheduled = false
            self.drain()
        }
    }

    private func drain() {
        var index = 0
        // A job may enqueue others.
        while index < jobs.count {
            jobs[index].runSynchronously(on: asUnownedTaskExecutor())
            index += 1
        }
        jobs.removeAll(keepingCapacity: true)
    }
}
