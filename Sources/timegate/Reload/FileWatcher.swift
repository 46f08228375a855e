import Glibc
import Synchronization

/// Tells when something below some directories has changed, with inotify, once it has been quiet for a moment: an editor
/// writes a file in several steps.
///
/// Directories are watched, not files: editors and deployments replace a file by renaming another over it.
final class FileWatcher: Sendable {
    struct Failure: Error {
        let reason: String
    }

    /// Milliseconds without another change after which a change is told.
    static let quiet: Int32 = 150
    /// The same after which it is told where it does not get quiet: something else may be written there all the time.
    static let longest: Int32 = 1_000

    private let descriptor: Int32
    /// Closed, it ends the thread, which polls the other end.
    private let stop: Int32
    private let state: Mutex<State>

    /// A directory, and how far below it is watched too.
    struct Place: Equatable {
        var path: String
        var depth = 0
    }

    private struct State {
        var roots: [Place]
    }

    /// What is watched for: a file written to its end, made, moved or taken away, here or as a directory of its own.
    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_ATTRIB
    )

    /// - Parameters:
    ///   - places: what is not there is left out.
    ///   - changed: called on a thread of the watcher.
    init(_ places: [Place], changed: @escaping @Sendable () -> Void) throws(Failure) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        stop = ends[1]
        state = Mutex(State(roots: places))
        for place in places { add(place.path, depth: place.depth) }
        let descriptor = descriptor
        let thread = Thread(descriptor: descriptor, stop: ends[0]) { [weak self] in
            self?.addNew()
            changed()
        }
        thread.start()
    }

    deinit { close(stop) }

    private func add(_ directory: String, depth: Int) {
        guard FilePaths.isDirectory(directory) else { return }
        let number = inotify_add_watch(descriptor, directory, Self.mask)
        guard number >= 0, depth > 0, let handle = opendir(directory) else { return }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            add("\(directory)/\(name)", depth: depth - 1)
        }
    }

    /// Directories that have come since. Adding one again changes nothing.
    private func addNew() {
        for place in state.withLock({ $0.roots }) { add(place.path, depth: place.depth) }
    }

    /// Watches these too from now on.
    func watch(_ places: [Place]) {
        state.withLock { $0.roots = places }
        addNew()
    }

    /// The thread: blocks in `poll`, and holds nothing of the watcher that would keep it alive.
    private struct Thread {
        let descriptor: Int32
        let stop: Int32
        let changed: @Sendable () -> Void

        func start() {
            let box = Unmanaged.passRetained(Box(self))
            var thread = pthread_t()
            let status = pthread_create(
                &thread,
                nil,
                { Unmanaged<Box>.fromOpaque($0!).takeRetainedValue().run() },
                box.toOpaque()
            )
            if status == 0 { pthread_detach(thread) } else { box.release() }
        }

        private final class Box: Sendable {
            let thread: Thread

            init(_ thread: Thread) { self.thread = thread }

            func run() -> UnsafeMutableRawPointer? {
                var buffer = [UInt8](repeating: 0, count: 16 << 10)
                var dirtySince: ContinuousClock.Instant?
                while true {
                    var polled = [
                        pollfd(fd: thread.descriptor, events: Int16(POLLIN), revents: 0),
                        pollfd(fd: thread.stop, events: Int16(POLLIN), revents: 0),
                    ]
                    let count = poll(&polled, 2, dirtySince == nil ? -1 : FileWatcher.quiet)
                    if count < 0, errno != EINTR { break }
                    if polled[1].revents != 0 { break }
                    if let since = dirtySince,
                        count == 0 || since.duration(to: .now) >= .milliseconds(FileWatcher.longest)
                    {
                        dirtySince = nil
                        thread.changed()
                    }
                    while read(thread.descriptor, &buffer, buffer.count) > 0 { dirtySince = dirtySince ?? .now }
                }
                close(thread.descriptor)
                close(thread.stop)
                return nil
            }
        }
    }
}
