/// Plain text in fields that a vendor holds as HTML.
enum HTMLText {
    /// Escapes what HTML would read as markup; a line break becomes `<br>`.
    static func escape(_ text: String) -> String {
        let needsWork = text.utf8.contains { byte in
            byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&")
                || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        }
        guard needsWork else { return text }
        var html = ""
        var previousWasReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "&": html += "&amp;"
            case "\r": html += "<br>"
            case "\n": if !previousWasReturn { html += "<br>" }
            default: html.unicodeScalars.append(scalar)
            }
            previousWasReturn = scalar == "\r"
        }
        return html
    }

    /// The text that a reader of the HTML sees: breaks and the ends of blocks become line breaks, other markup goes.
    static func plain(_ html: String) -> String {
        guard html.utf8.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }) else { return html }
        var text = ""
        var rest = html[...]
        while let character = rest.first {
            if character == "<", let end = rest.firstIndex(of: ">") {
                let tag = rest[rest.index(after: rest.startIndex)..<end].lowercased()
                let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
                let isEnd = tag.hasPrefix("/")
                if name == "br" {
                    text += "\n"
                } else if isEnd, ["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"].contains(String(name)) {
                    text += "\n"
                } else if name.isEmpty, !tag.hasPrefix("!") {
                    // `a < b > c`: no tag at all.
                    text.append("<")
                    rest = rest.dropFirst()
                    continue
                }
                rest = rest[rest.index(after: end)...]
            } else if character == "&", let end = rest.prefix(12).firstIndex(of: ";"),
                let decoded = entity(rest[rest.index(after: rest.startIndex)..<end])
            {
                text.append(decoded)
                rest = rest[rest.index(after: end)...]
            } else {
                text.append(character)
                rest = rest.dropFirst()
            }
        }
        while text.last == "\n" { text.removeLast() }
        return text
    }

    private static func entity(_ name: Substring) -> Character? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos", "#39": return "'"
        case "nbsp": return "\u{A0}"
        default:
            guard name.first == "#" else { return nil }
            let digits = name.dropFirst()
            let number =
                digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return number.flatMap(Unicode.Scalar.init).map { Character($0) }
        }
    }
}
