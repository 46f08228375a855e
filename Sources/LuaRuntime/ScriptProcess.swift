internal import CLuaShims

/// The process that scripts run in: what the kernel takes from it, behind everything that the sandbox keeps from them.
public enum ScriptProcess {
    /// The kernel could not do it.
    public struct Failure: Error, Equatable {
        /// errno: `EINVAL` where the kernel has no seccomp filters, `ENOSYS` on a machine that the filter is not written for.
        public let errorNumber: Int32
    }

    /// No program that this thread, or a thread or process that it starts later, runs gets more rights than this one has.
    ///
    /// Threads that run already are not touched, so call it before there are any.
    public static func forbidPrivileges() { _ = timegate_process_forbid_privileges() }

    /// No core file, no debugger of the same user; the environment in `/proc` is for root alone.
    public static func forbidInspection() { _ = timegate_process_forbid_inspection() }

    /// The kernel ends this process when the thread that started it ends.
    public static func endWithParent() { _ = timegate_process_end_with_parent() }

    /// Takes from every thread, for good, what a process that serves has no use for: starting programs and processes,
    /// listening, looking into other processes, mounting, kernel code, memory that is written and then run.
    ///
    /// A process that tries is ended with SIGSYS. Call it when every listener is there.
    public static func confine() throws(Failure) {
        let errorNumber = timegate_process_confine()
        guard errorNumber == 0 else { throw Failure(errorNumber: errorNumber) }
    }
}
