/// What the scanner throws: small, without text. ``JSONFailureReport`` makes a ``JSONError`` of it.
struct JSONFailure: Error {
    /// What was expected or what is wrong, at the offset.
    enum Reason: UInt8 {
        case emptyText
        case byteOrderMark
        case tooLarge
        case tooDeep
        case expectedValue
        case expectedValueOrEndOfArray
        case expectedLiteral
        case expectedName
        case expectedNameOrEndOfObject
        case expectedColon
        case expectedCommaOrEndOfObject
        case expectedCommaOrEndOfArray
        case expectedEndOfText
        case expectedEndOfString
        case leadingZero
        case expectedDigit
        case controlCharacter
        case unknownEscape
        case expectedHexadecimalDigits
        case loneSurrogate
        case invalidUTF8
        case duplicateName
    }

    var reason: Reason
    var offset: Int
}
