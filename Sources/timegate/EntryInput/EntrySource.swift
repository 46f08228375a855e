import ArgumentParser
import JSON

/// Where an entry comes from: a file, standard input, or flags.
struct EntrySource {
    /// A path, or `-` for standard input.
    var file: String?
    var flags: EntryFlags

    static let fileHelp = ArgumentHelp(
        "A JSON file with one entry; - reads standard input. Or use flags.",
        valueName: "file"
    )

    enum Fault: Error {
        /// How the command was used.
        case usage(ValidationError)
        /// The file could not be read.
        case unreadable(String)
    }

    /// The body of the request. It is checked by the gateway, not here.
    func body() throws(Fault) -> [UInt8] {
        let entry: JSONObject?
        do throws(ValidationError) {
            entry = try flags.entry()
        } catch {
            throw .usage(error)
        }
        switch (file, entry) {
        case (let file?, nil): return try read(file)
        case (nil, let entry?): return JSONValue.object(entry).serializedBytes()
        case (_?, _?):
            throw .usage(ValidationError("Give the entry in a file or in flags, not in both."))
        case (nil, nil):
            throw .usage(
                ValidationError("Give an entry: a JSON file, - for standard input, or flags such as --project.")
            )
        }
    }

    private func read(_ file: String) throws(Fault) -> [UInt8] {
        do throws(FileContent.Failure) {
            return try file == "-" ? FileContent.readingStandardInput() : FileContent(readingFrom: file).bytes
        } catch {
            throw .unreadable("\(file == "-" ? "Standard input" : file) cannot be read: \(error.reason).")
        }
    }
}
