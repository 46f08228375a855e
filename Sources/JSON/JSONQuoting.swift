/// How text from a document is quoted in an error message.
enum JSONQuoting {
    /// At most `limit` scalars of `text`; those that are not visible, or that would change how the text around them
    /// is shown (controls, bidirectional marks, line separators), as `\u{…}`.
    static func shortened(_ text: String, toScalars limit: Int) -> String {
        var result = ""
        var taken = 0
        for scalar in text.unicodeScalars {
            if taken == limit {
                result += "…"
                break
            }
            taken += 1
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A byte as it is named in a message: `'x'` when it is printable ASCII, else `byte 0x1F`.
    static func byte(_ byte: UInt8) -> String {
        switch byte {
        case 0x27: return "\"'\""
        case 0x21...0x7E: return "'" + String(UnicodeScalar(byte)) + "'"
        case 0x20: return "a space"
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            return "byte 0x" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
    }
}
