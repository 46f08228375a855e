import Foundation

/// A certificate authority in a temporary folder, made with the `openssl` command.
final class TestAuthority: Sendable {
    /// The authority's certificate, PEM.
    let file: String
    private let folder: URL

    struct Certificate: Sendable {
        let certificate: String
        let key: String
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "curl-client-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = folder.appending(path: "ca.pem").path
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", path("ca.key"), "-out", file, "-days", "2", "-subj", "/CN=Test Authority"
        )
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    /// - Parameters:
    ///   - names: As in subjectAltName, e.g. `DNS:localhost`.
    ///   - days: How long it is good from now; negative for one that has expired.
    func certificate(names: [String], days: Int = 1) throws -> Certificate {
        let name = UUID().uuidString
        let result = Certificate(certificate: path(name + ".pem"), key: path(name + ".key"))
        let extensions = path(name + ".ext")
        try "subjectAltName=\(names.joined(separator: ","))\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", result.key, "-out", path(name + ".req"), "-subj", "/CN=test"
        )
        try openssl(
            "x509", "-req", "-in", path(name + ".req"), "-CA", file, "-CAkey", path("ca.key"),
            "-days", "\(days)", "-out", result.certificate, "-extfile", extensions
        )
        return result
    }

    /// Signed by nobody but itself.
    func selfSignedCertificate(name: String) throws -> Certificate {
        let result = Certificate(certificate: path("self.pem"), key: path("self.key"))
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", result.key, "-out", result.certificate, "-days", "1", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=DNS:\(name)"
        )
        return result
    }

    private func path(_ name: String) -> String {
        folder.appending(path: name).path
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
    }

    struct Failed: Error {
        let arguments: [String]
    }
}
