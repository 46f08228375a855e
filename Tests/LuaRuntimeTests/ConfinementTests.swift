import Foundation
import LuaRuntime
import Testing

/// What the hardened mode takes from a process, each in a process of its own.
@Suite("L23 a confined process", .timeLimit(.minutes(1))) struct ConfinementTests {
    @Test func startingAProgramEndsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ScriptProcess.confine()
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
            execv("/bin/true", &arguments)
        }
    }

    @Test func startingAProcessEndsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ScriptProcess.confine()
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
            var child = pid_t()
            posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil)
        }
    }

    @Test func listeningEndsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            try ScriptProcess.confine()
            listen(descriptor, 1)
        }
    }

    @Test func anotherRootEndsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ScriptProcess.confine()
            chroot("/")
        }
    }

    @Test func memoryThatIsWrittenCannotBeRun() async {
        await #expect(processExitsWith: .success) {
            try ScriptProcess.confine()
            let size = 4096
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
            let both = mmap(nil, size, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0)
            try #require(both == MAP_FAILED && errno == EACCES)
            let written = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
            try #require(written != MAP_FAILED)
            try #require(mprotect(written, size, PROT_READ | PROT_EXEC) != 0 && errno == EACCES)
            // A thread still is to be had.
            try #require(await Task.detached { true }.value)
        }
    }
}
