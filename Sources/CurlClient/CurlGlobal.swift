internal import CCurl
internal import Glibc

/// What has to happen once per process before libcurl is used.
public enum CurlGlobal {
    /// libcurl's version as it was loaded, e.g. `7.88.1`.
    public static var version: String {
        String(cString: timegate_curl_version())
    }

    /// Sets the process up for libcurl; further calls do nothing. ``CurlClient`` calls it; a program that starts
    /// threads early calls it first thing itself, since it changes the environment.
    ///
    /// - Returns: `false` if libcurl cannot be initialised.
    @discardableResult
    public static func initialize() -> Bool {
        initialized
    }

    private static let initialized: Bool = {
        // OpenSSL builds of libcurl write every session's keys into this file.
        unsetenv("SSLKEYLOGFILE")
        // With NOSIGNAL libcurl leaves SIGPIPE alone, and OpenSSL writes without MSG_NOSIGNAL.
        timegate_curl_ignore_sigpipe()
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()
}
