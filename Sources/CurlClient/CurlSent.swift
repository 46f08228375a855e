/// Whether a request may have reached the server.
public enum CurlSent: String, Sendable, Hashable {
    /// Proof that no byte of the request left: libcurl never got as far as writing it (its PREREQ callback was never
    /// called). A repeat is safe for any method.
    case no

    /// Writing had begun, or was about to, and no full answer came. The server may or may not have acted on it.
    case maybe

    /// A full answer came.
    case yes
}
