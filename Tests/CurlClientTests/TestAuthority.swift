import Glibc
import Synchronization

/// A certificate authority in a temporary folder, made with the `openssl` command.
final class TestAuthority: Sendable {
    /// The authority's certificate, PEM.
    let file: String
    private let folder: String
    private let count = Atomic<Int>(0)

    struct Certificate: Sendable {
        let certificate: String
        let key: String
    }

    init() throws {
        var template = Array("/tmp/curl-client-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed(arguments: ["mkdtemp"]) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        file = folder + "/ca.pem"
        try openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            path("ca.key"),
            "-out",
            file,
            "-days",
            "2",
            "-subj",
            "/CN=Test Authority"
        )
    }

    func remove() {
        guard let entries = opendir(folder) else { return }
        while let entry = readdir(entries) {
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { _ = unlink(path(String(cString: $0))) }
            }
        }
        closedir(entries)
        rmdir(folder)
    }

    /// - Parameters:
    ///   - names: As in subjectAltName, e.g. `DNS:localhost`.
    ///   - days: How long it is good from now; negative for one that has expired.
    func certificate(names: [String], days: Int = 1) throws -> Certificate {
        let name = "\(count.add(1, ordering: .relaxed).newValue)"
        let result = Certificate(certificate: path(name + ".pem"), key: path(name + ".key"))
        let extensions = path(name + ".ext")
        try write("subjectAltName=\(names.joined(separator: ","))\n", to: extensions)
        try openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            result.key,
            "-out",
            path(name + ".req"),
            "-subj",
            "/CN=test"
        )
        try openssl(
            "x509",
            "-req",
            "-in",
            path(name + ".req"),
            "-CA",
            file,
            "-CAkey",
            path("ca.key"),
            "-days",
            "\(days)",
            "-out",
            result.certificate,
            "-extfile",
            extensions
        )
        return result
    }

    /// Signed by nobody but itself.
    func selfSignedCertificate(name: String) throws -> Certificate {
        let result = Certificate(certificate: path("self.pem"), key: path("self.key"))
        try openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            result.key,
            "-out",
            result.certificate,
            "-days",
            "1",
            "-subj",
            "/CN=\(name)",
            "-addext",
            "subjectAltName=DNS:\(name)"
        )
        return result
    }

    private func path(_ name: String) -> String {
        "\(folder)/\(name)"
    }

    private func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Failed(arguments: ["write", path]) }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw Failed(arguments: ["write", path]) }
    }

    private func openssl(_ arguments: String...) throws {
        guard try ChildProcess(["openssl"] + arguments).wait() == 0 else { throw Failed(arguments: arguments) }
    }

    struct Failed: Error {
        let arguments: [String]
    }
}
