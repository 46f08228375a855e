internal import Crypto
internal import GatewayCore

/// `/openapi.json` and `/docs`: what can be read about the API without a key.
enum Docs {
    /// The answer at this address; `nil` where nothing of this is.
    static func answer(to request: InboundRequest, at segments: [String]) throws(Problem) -> OutboundResponse? {
        guard segments.count == 1 else { return nil }
        var response: OutboundResponse
        switch segments[0] {
        case "openapi.json": response = .json(OpenAPI.bytes)
        case "docs":
            response = OutboundResponse(status: 200, contentType: "text/html; charset=utf-8", body: page)
            response.addHeader("Content-Security-Policy", policy)
            response.addHeader("Referrer-Policy", "no-referrer")
        default: return nil
        }
        guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
        response.addHeader("X-Content-Type-Options", "nosniff")
        return response
    }

    /// The page loads nothing but `openapi.json` beside it: style and script stand in it.
    static let page = Array(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Timegate API</title>
        <link rel="icon" href="data:,">
        <style>\(style)</style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
        <h1>Timegate <span id="version"></span></h1>
        <label class="find"><span>Find</span> <input id="find" type="search" autocomplete="off" \
        placeholder="an operation, a code …"></label>
        <a href="openapi.json">openapi.json</a>
        </header>
        <div class="columns">
        <nav aria-label="Contents"><details id="contents"><summary>Contents</summary>
        <div id="nav"></div></details></nav>
        <main id="main" tabindex="-1">
        <p id="status" role="status">Loading …</p>
        <noscript><p>This page shows <a href="openapi.json">openapi.json</a> with a script.</p></noscript>
        </main>
        </div>
        <script>\(script)</script>
        </body>
        </html>

        """.utf8
    )

    /// Nothing may run, style or be loaded but what is on the page itself.
    static let policy = [
        "default-src 'none'", "script-src \(hash(of: script))", "style-src \(hash(of: style))", "connect-src 'self'",
        "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// As `Content-Security-Policy` names a script or style that stands in the page.
    private static func hash(of text: String) -> String {
        "'sha256-\(base64(SHA256.hash(data: Array(text.utf8))))'"
    }

    private static func base64(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[Int(bits >> count & 63)])
            }
        }
        if count > 0 { text.append(digits[Int(bits << (6 - count) & 63)]) }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }
}
