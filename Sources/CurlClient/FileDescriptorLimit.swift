internal import Glibc

/// The process's limit of open file descriptors. One connection takes one.
public enum FileDescriptorLimit {
    /// Raises the soft limit to at least `wanted`, as far as the hard limit allows. Never lowers it.
    ///
    /// - Returns: the soft limit in force afterwards; less than `wanted` if the hard limit (`ulimit -Hn`,
    ///   `LimitNOFILE=` of systemd) is lower.
    public static func raise(toAtLeast wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let target = min(rlim_t(max(0, wanted)), limit.rlim_max)
        if limit.rlim_cur < target {
            let before = limit.rlim_cur
            limit.rlim_cur = target
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
