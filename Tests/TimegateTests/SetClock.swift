import Foundation

/// A wall clock that a test sets for a running program: a library that is loaded before the C library and moves what
/// `CLOCK_REALTIME` says by the seconds that a file holds. The other clocks stay as they are, as when somebody sets a machine's
/// clock.
final class SetClock {
    private let scratch: Scratch
    private let file: String
    private let library: String

    static let reason = "there is no C compiler"
    static let isUsable = FileManager.default.isExecutableFile(atPath: compiler)
    private static let compiler = "/usr/bin/cc"

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <time.h>

        static volatile long long *ahead;

        __attribute__((constructor)) static void find(void) {
            int file = open(getenv("SET_CLOCK"), O_RDONLY | O_CLOEXEC);
            void *page = mmap(0, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
            if (page != MAP_FAILED) ahead = page;
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            static int (*next)(clockid_t, struct timespec *);
            if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            int result = next(clock, time);
            if (ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += *ahead;
            return result;
        }
        """

    init() async throws {
        scratch = try Scratch()
        file = "\(scratch.path)/ahead"
        library = "\(scratch.path)/clock.so"
        try scratch.write("clock.c", SetClock.source)
        try Data(count: MemoryLayout<Int64>.size).write(to: URL(fileURLWithPath: file))
        let line = "\(SetClock.compiler) -shared -fPIC -O1 -o \(library) \(scratch.path)/clock.c"
        let ended = try await TimegateBinary.shell(line)
        guard ended.status == 0 else { throw RunningTimegate.DidNotStart(description: "\(line): \(ended.words)") }
    }

    deinit { scratch.remove() }

    /// What a program is run by, so that it has this clock.
    var command: [String] { ["/usr/bin/env"] + environment.map { "\($0.key)=\($0.value)" } }

    /// The variables that give a program this clock.
    var environment: [String: String] { ["LD_PRELOAD": library, "SET_CLOCK": file] }

    /// Sets how many seconds the program's clock is ahead of the machine's.
    func set(ahead seconds: Int64) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        try handle.write(contentsOf: withUnsafeBytes(of: seconds) { Data($0) })
    }
}
