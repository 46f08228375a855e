internal import CCurl

/// One libcurl easy handle and what belongs to the transfer it runs; used again for the next.
///
/// Belongs to its loop's thread. Options that never change are set when it is made; the others only when they differ
/// from what the handle has, since `curl_easy_setopt` copies strings.
final class EasyHandle {
    let curl: OpaquePointer
    unowned(unsafe) let pool: TransferPool

    /// The multi handle it runs in; `nil` between transfers.
    unowned(unsafe) var multi: MultiHandle?

    // The request that runs.
    private(set) var id: UInt64 = 0
    private(set) var token: UInt64 = 0
    private(set) var url = ""
    /// When the total timeout ends, nanoseconds of the monotonic clock.
    private(set) var deadline: UInt64 = 0

    // What the callbacks saw of it.

    /// Unchecked: the check (a run-time call for each line of an answer) guards against what a single thread whose
    /// callbacks do not nest cannot do.
    @exclusivity(unchecked) var answer = AnswerCollector(limits: CurlLimits())
    /// How often libcurl was about to write the request.
    var prereqCalls = 0
    /// libcurl tried to go to the network again after the request had been written once.
    var resendPrevented = false
    var socketsOpened = 0
    var addressesRefused = 0
    var localPort = 0

    /// The two directions of a streamed request.
    var stream: TransferStream?
    /// Made for streamed requests.
    let isForStreams: Bool

    private var headerLines: HeaderLines
    private var bodyBytes = StableBytes()
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    // What the handle is set to.
    private let urlParts: OpaquePointer
    private var customRequest: String?
    private var timeouts: CurlTimeouts?
    private var bodyLimit = -1
    private var freshConnect = false
    private var target: String?
    private var uploads = false
    /// Not to be used for another request.
    private(set) var isSpent = false

    /// `nil` if libcurl cannot make a handle or refuses an option, for which only a lack of memory is a reason, or a
    /// libcurl that was built without a thing that the gateway needs.
    init?(pool: TransferPool, configuration: CurlClientConfiguration, isForStreams: Bool = false) {
        guard let curl = curl_easy_init() else { return nil }
        guard let urlParts = curl_url() else {
            curl_easy_cleanup(curl)
            return nil
        }
        self.curl = curl
        self.urlParts = urlParts
        self.pool = pool
        self.isForStreams = isForStreams
        headerLines = HeaderLines(userAgent: configuration.userAgent)
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        guard setFixedOptions(configuration) == CURLE_OK else { return nil }
    }

    deinit {
        curl_easy_cleanup(curl)
        curl_url_cleanup(urlParts)
        errorText.deallocate()
    }

    /// Readies the handle for a request that has no ``CurlRequest/problem()``.
    func prepare(
        _ request: borrowing CurlRequest,
        upload: CurlUpload = .request,
        id: UInt64,
        token: UInt64,
        deadline: UInt64
    ) -> CURLcode {
        self.id = id
        self.token = token
        self.deadline = deadline
        answer = AnswerCollector(limits: request.limits)
        prereqCalls = 0
        resendPrevented = false
        socketsOpened = 0
        addressesRefused = 0
        localPort = 0
        errorText[0] = 0

        var options = OptionSetter()
        if url != request.url {
            // Parsed here, so that requests to the same place (most are) do without.
            url = ""
            guard timegate_curl_url_parse(urlParts, request.url) == CURLUE_OK else { return CURLE_URL_MALFORMAT }
            options.set(timegate_curl_set_url(curl, request.url))
            options.set(timegate_curl_set_url_parts(curl, urlParts))
            url = request.url
        }
        if target != request.target {
            target = request.target
            options.set(timegate_curl_set_request_target(curl, target))
        }
        setMethod(request, upload, &options)
        if timeouts != request.timeouts { setTimeouts(request.timeouts, &options) }
        if bodyLimit != request.limits.bodyBytes {
            bodyLimit = request.limits.bodyBytes
            // 0 would mean "no limit" to libcurl; the write callback counts anyhow.
            options.set(timegate_curl_set_max_file_size(curl, Int64(max(1, bodyLimit))))
        }
        if freshConnect != request.freshConnection {
            freshConnect = request.freshConnection
            options.set(timegate_curl_set_fresh_connect(curl, freshConnect ? 1 : 0))
        }
        return options.code
    }

    /// Lets go of everything big, so that idle handles cost little.
    func clear() {
        answer = AnswerCollector(limits: CurlLimits())
        headerLines.clear()
        bodyBytes.clear()
        stream = nil
    }

    /// libcurl's own words for what went wrong; empty if it had none.
    var errorMessage: String {
        let bytes = UnsafeBufferPointer(start: errorText, count: Int(CURL_ERROR_SIZE))
        var text = ""
        // Parts of it can come from the peer (a certificate's subject, say).
        for byte in bytes.prefix(while: { $0 != 0 }).prefix(200) {
            let byte = UInt8(bitPattern: byte)
            text.unicodeScalars.append((0x20..<0x7F).contains(byte) ? Unicode.Scalar(byte) : "?")
        }
        return text
    }

    private func setMethod(_ request: borrowing CurlRequest, _ upload: CurlUpload, _ options: inout OptionSetter) {
        var suppressed: HeaderLines.Suppressed = []
        if !request.headers.hasAccept { suppressed.insert(.accept) }
        let ownWord = setBody(request, upload, &suppressed, &options)
        let wanted = request.method == ownWord ? nil : request.method
        if customRequest != wanted {
            customRequest = wanted
            options.set(timegate_curl_set_custom_request(curl, wanted))
        }
        let list = headerLines.assign(
            request.headers,
            suppressed: suppressed,
            namesAgent: !request.isAnonymous && !request.headers.hasUserAgent
        )
        options.set(timegate_curl_set_http_header(curl, list))
    }

    /// - Returns: the method that libcurl takes with such a body.
    private func setBody(
        _ request: borrowing CurlRequest,
        _ upload: CurlUpload,
        _ suppressed: inout HeaderLines.Suppressed,
        _ options: inout OptionSetter
    ) -> String {
        if uploads {
            // POST and NOBODY leave CURLOPT_UPLOAD of the request before as it is.
            uploads = false
            options.set(timegate_curl_set_http_get(curl))
        }
        let length: Int64
        switch upload {
        case .request:
            guard let body = request.body ?? Self.emptyBody(for: request.method) else {
                options.set(
                    request.method == "HEAD" ? timegate_curl_set_no_body(curl) : timegate_curl_set_http_get(curl)
                )
                return request.method == "HEAD" ? "HEAD" : "GET"
            }
            bodyBytes.assign(body)
            options.set(timegate_curl_set_post(curl))
            options.set(timegate_curl_set_post_fields(curl, bodyBytes.start, Int64(body.count)))
            if !request.headers.hasContentType { suppressed.insert(.contentType) }
            // libcurl asks for "100 Continue" before bodies above 1 MiB and waits a second for it.
            if body.count >= 1 << 20 { suppressed.insert(.expect) }
            return "POST"
        case .length(let count): length = Int64(count)
        case .chunked(let hasTrailers):
            length = -1
            if hasTrailers {
                isSpent = true
                options.set(setTrailers())
            }
        }
        uploads = true
        suppressed.insert(.expect)
        options.set(timegate_curl_set_upload(curl, length))
        return "PUT"
    }

    /// RFC 9110 section 8.6: methods that expect content say `Content-Length: 0` when there is none.
    private static func emptyBody(for method: String) -> [UInt8]? {
        method == "POST" || method == "PUT" || method == "PATCH" ? [] : nil
    }

    private func setTimeouts(_ wanted: CurlTimeouts, _ options: inout OptionSetter) {
        let former = timeouts
        timeouts = wanted
        options.set(timegate_curl_set_timeout_ms(curl, wanted.totalMilliseconds))
        // What is left of a call's time is another number each time; the rest seldom changes.
        if var former {
            former.totalMilliseconds = wanted.totalMilliseconds
            if former == wanted { return }
        }
        options.set(timegate_curl_set_connect_timeout_ms(curl, wanted.connectMilliseconds))
        options.set(timegate_curl_set_low_speed(curl, wanted.lowSpeedBytesPerSecond, wanted.lowSpeedSeconds))
        options.set(timegate_curl_set_max_age_connection(curl, wanted.maxIdleSeconds))
    }

    private func setFixedOptions(_ configuration: CurlClientConfiguration) -> CURLcode {
        var options = OptionSetter()
        // Where to: never to another protocol, never on to another place, never through somebody else's settings.
        options.set(timegate_curl_set_protocols(curl, pool.key.allowPrivate ? "http,https" : "https"))
        options.set(timegate_curl_set_no_redirects(curl))
        options.set(timegate_curl_set_no_proxy(curl))
        options.set(timegate_curl_set_netrc_ignored(curl))
        options.set(timegate_curl_set_disallow_username_in_url(curl, 1))
        options.set(timegate_curl_set_path_as_is(curl, 1))
        // How: HTTP/1.1 with nothing in it that the caller did not ask for. No ACCEPT_ENCODING: answers are not
        // unpacked.
        options.set(timegate_curl_set_http_1_1(curl))
        options.set(timegate_curl_set_http09_allowed(curl, 0))
        options.set(timegate_curl_set_header_separate(curl))
        options.set(timegate_curl_set_tls_verified(curl))
        if let caFile = pool.key.caFile { options.set(timegate_curl_set_ca_info(curl, caFile)) }
        options.set(timegate_curl_set_no_signal(curl, 1))
        options.set(timegate_curl_set_quick_exit(curl, 1))
        options.set(timegate_curl_set_dns_cache_timeout(curl, configuration.dnsCacheSeconds))
        options.set(timegate_curl_set_max_lifetime_connection(curl, configuration.connectionLifetimeSeconds))
        options.set(timegate_curl_set_buffer_size(curl, configuration.receiveBufferBytes))
        options.set(timegate_curl_set_error_buffer(curl, errorText))

        let this = Unmanaged.passUnretained(self).toOpaque()
        options.set(timegate_curl_set_private(curl, this))
        options.set(timegate_curl_set_prereq_function(curl, beforeRequest, this))
        options.set(timegate_curl_set_header_in_body(curl, 1))
        options.set(timegate_curl_set_write_function(curl, receive, this))
        options.set(timegate_curl_set_header_function(curl, receiveTrailer, this))
        if isForStreams { setStreamOptions(&options) }
        options.set(timegate_curl_set_open_socket_function(curl, openSocket, this))
        // A connection outlives the transfer that made it, so its end is told to the loop.
        options.set(
            timegate_curl_set_close_socket_function(
                curl,
                closeSocket,
                Unmanaged.passUnretained(pool.loop).toOpaque()
            )
        )
        return options.code
    }
}

/// Keeps the first refusal of a row of options.
struct OptionSetter {
    private(set) var code = CURLE_OK

    mutating func set(_ result: CURLcode) {
        if code == CURLE_OK { code = result }
    }
}
