import Glibc

/// The arguments as the system gave them, which are bytes.
enum ProgramArguments {
    /// The first argument that is not UTF-8. Swift would put U+FFFD in its place, and a vendor would record that.
    static func fault(in arguments: UnsafePointer<UnsafeMutablePointer<CChar>?>, count: Int) -> String? {
        for index in 1..<max(1, count) {
            guard let argument = arguments[index], String(validatingCString: argument) == nil else { continue }
            let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            let before = index > 1 ? arguments[index - 1].flatMap { String(validatingCString: $0) } : nil
            let flag = before.flatMap { $0.hasPrefix("-") && !$0.contains("=") ? $0 : nil }
            return "The argument \(flag.map { "\($0) " } ?? "")\(escaped(bytes)) (number \(index)) is not UTF-8."
        }
        return nil
    }

    /// What is printable in ASCII as it is, all else as the shell reads it within `$'…'`.
    static func escaped(_ bytes: some Sequence<UInt8>) -> String {
        var text = "$'"
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"): text += "\\\(Character(Unicode.Scalar(byte)))"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text + "'"
    }

    static let remedy = "Nothing was done. Give it in UTF-8: in a UTF-8 locale, or through iconv -f LATIN1 -t UTF-8."
}
