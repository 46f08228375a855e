/// Why a text is not accepted as JSON, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of fault; stable, to be compared in code.
    public enum Code: String, Sendable, CaseIterable {
        /// The text ends in the middle of a value, or is empty.
        case unexpectedEnd
        /// A byte that cannot stand where it stands; a byte order mark too.
        case unexpectedByte
        /// A number that breaks the grammar of RFC 8259 section 6: `01`, `1.`, `-`, `1e`.
        case invalidNumber
        /// A backslash sequence that RFC 8259 section 7 does not know, or half of a surrogate pair.
        case invalidEscape
        /// Bytes that are not UTF-8 by RFC 3629: overlong, truncated, a surrogate, above U+10FFFF.
        case invalidUTF8
        /// A byte below 0x20 inside a string, which must be written as an escape.
        case controlCharacter
        /// One object has the same name twice, compared after unescaping.
        case duplicateName
        /// More arrays and objects are open than ``JSONLimits/maximumDepth``.
        case tooDeep
        /// The text is longer than ``JSONLimits/maximumBytes``.
        case tooLarge
        /// Something other than white space follows the value.
        case trailingContent
    }

    public let code: Code

    /// Where the fault is: bytes from the start of the text, from 0. Equals the text's length when it ends too early.
    public let offset: Int

    /// The line of ``offset``, from 1. Lines end at a line feed.
    public let line: Int

    /// The place of ``offset`` in its line in bytes, from 1.
    public let column: Int

    /// RFC 6901 pointer of the value that was being read; "" is the whole document.
    ///
    /// Where no value was being read (a comma or a name is missing) it points to the array or object around.
    /// It holds names from the text, of any length.
    public let pointer: String

    /// One sentence that says what was found and what was expected. Quoted text is short and escaped: safe to show.
    public let message: String

    /// The message with its place, for people.
    public var description: String {
        var text = message
        text += " (line \(line), column \(column), byte \(offset)"
        if !pointer.isEmpty {
            text += ", at "
            text += JSONQuoting.shortened(pointer, toScalars: 200)
        }
        text += ")"
        return text
    }
}
