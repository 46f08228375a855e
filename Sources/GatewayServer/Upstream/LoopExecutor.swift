internal import NIOCore

/// Runs a call's steps on the event loop that its connection lives on, so that a call never changes threads.
///
/// `@unchecked Sendable`: `jobs`, `spare` and `isScheduled` are touched on the event loop only; a job that is enqueued from
/// another thread is carried there first.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    /// Empty, with room: what `jobs` was before the last turn.
    private var spare: [UnownedJob] = []
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
        // A job may enqueue others.
        while !jobs.isEmpty {
            var batch = spare
            spare = []
            swap(&batch, &jobs)
            for index in 0..<batch.count { batch[index].runSynchronously(on: asUnownedTaskExecutor()) }
            batch.removeAll(keepingCapacity: true)
            spare = batch
        }
    }
}
