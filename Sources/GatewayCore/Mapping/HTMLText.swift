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
        var text = String.UnicodeScalarView()
        // By scalars: a combining mark behind a bracket makes another character of the two, but no other HTML.
        var rest = html.unicodeScalars[...]
        var hasEnd = true
        while let scalar = rest.first {
            let behind = rest.dropFirst()
            if scalar == "<", hasEnd, beginsTag(behind) {
                guard let end = behind.firstIndex(of: ">") else {
                    hasEnd = false
                    continue
                }
                if breaksLine(behind[..<end]) { text.append("\n") }
                rest = behind[behind.index(after: end)...]
            } else if scalar == "&", let end = behind.prefix(12).firstIndex(of: ";"),
                let decoded = entity(String(behind[..<end]))
            {
                text.append(decoded)
                rest = behind[behind.index(after: end)...]
            } else {
                text.append(scalar)
                rest = behind
            }
        }
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }

    /// Whether what follows a `<` makes it markup: `a < b` and `<3` are text.
    private static func beginsTag(_ rest: Substring.UnicodeScalarView) -> Bool {
        guard let first = rest.first else { return false }
        if first == "/" { return rest.dropFirst().first?.isASCIILetter == true }
        return first == "!" || first == "?" || first.isASCIILetter
    }

    private static func breaksLine(_ tag: Substring.UnicodeScalarView) -> Bool {
        let isEnd = tag.first == "/"
        let name = String(Substring(tag.drop { $0 == "/" }.prefix { $0.isASCIILetter || "0"..."9" ~= $0 })).lowercased()
        return name == "br" || isEnd && blocks.contains(name)
    }

    private static let blocks: Set<String> = ["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"]

    private static func entity(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        case "nbsp": return "\u{A0}"
        default:
            guard name.first == "#" else { return nil }
            let digits = name.dropFirst()
            let number =
                digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return number.flatMap(Unicode.Scalar.init)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIILetter: Bool { "a"..."z" ~= self || "A"..."Z" ~= self }
}
