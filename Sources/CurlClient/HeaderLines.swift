internal import CCurl
internal import Glibc

/// The request's header fields as libcurl wants them: a linked list of C strings.
///
/// `curl_slist_append` would allocate twice per field. libcurl only reads the list
/// (https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html: "libcurl does not copy the list"), and its struct is public, so
/// the nodes are kept here and used again.
struct HeaderLines: ~Copyable {
    /// Fields that libcurl would add by itself; `name:` with nothing behind keeps it from that.
    struct Suppressed: OptionSet {
        let rawValue: UInt8
        static let accept = Suppressed(rawValue: 1)
        static let contentType = Suppressed(rawValue: 2)
        static let expect = Suppressed(rawValue: 4)
    }

    private var text = StableBytes()
    /// A line of its own, which does not come from the request. CURLOPT_USERAGENT would print it anew for each transfer.
    private var userAgent = StableBytes()
    private var nodes: UnsafeMutableBufferPointer<curl_slist> = .allocate(capacity: 16)

    /// - Parameter userAgent: without control characters; `nil` or empty for none.
    init(userAgent: String?) {
        if let userAgent, !userAgent.isEmpty { self.userAgent.assign(Array("User-Agent: \(userAgent)\0".utf8)) }
    }

    deinit {
        nodes.deallocate()
    }

    mutating func clear() {
        text.clear()
    }

    /// - Parameter namesAgent: whether the user agent stands before the fields.
    /// - Returns: the list, good until the next call or ``clear()``; `nil` if it is empty.
    mutating func assign(
        _ headers: borrowing CurlRequestHeaders,
        suppressed: Suppressed,
        namesAgent: Bool
    ) -> UnsafeMutablePointer<curl_slist>? {
        let wanted = headers.count + 4
        if nodes.count < wanted {
            nodes.deallocate()
            nodes = .allocate(capacity: wanted * 2)
        }
        text.assign(headers.lines)
        var count = 0
        if namesAgent, userAgent.count > 0, let line = userAgent.start { add(at: line, &count) }
        var rest = UnsafeMutableRawPointer(mutating: text.start)
        for _ in 0..<headers.count {
            guard let line = rest?.assumingMemoryBound(to: CChar.self) else { break }
            add(line, &count)
            rest = UnsafeMutableRawPointer(line) + strlen(line) + 1
        }
        if suppressed.contains(.accept) { add("Accept:", &count) }
        if suppressed.contains(.contentType) { add("Content-Type:", &count) }
        if suppressed.contains(.expect) { add("Expect:", &count) }
        return count == 0 ? nil : nodes.baseAddress
    }

    private mutating func add(_ line: StaticString, _ count: inout Int) {
        add(at: line.utf8Start, &count)
    }

    private mutating func add(at line: UnsafePointer<UInt8>, _ count: inout Int) {
        // Never written to: libcurl reads the list only.
        let start = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(line))
        add(start.assumingMemoryBound(to: CChar.self), &count)
    }

    private mutating func add(_ line: UnsafeMutablePointer<CChar>, _ count: inout Int) {
        nodes.initializeElement(at: count, to: curl_slist(data: line, next: nil))
        if count > 0, let base = nodes.baseAddress { nodes[count - 1].next = base + count }
        count += 1
    }
}
