import Glibc
import LuaRuntime

/// A core file would hold the secrets of every connection, and so does what a debugger of the same user can read.
enum CoreDumps {
    static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        ScriptProcess.forbidInspection()
    }
}
