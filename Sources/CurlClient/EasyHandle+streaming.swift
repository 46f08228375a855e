internal import CCurl
internal import Glibc

// What libcurl calls for a streamed request, in place of the functions that gather an answer whole. The rules of
// `EasyHandle+callbacks.swift` hold here too.

extension EasyHandle {
    /// Sets the functions of a handle that streams; it is never used for anything else.
    func setStreamOptions(_ options: inout OptionSetter) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        options.set(timegate_curl_set_write_function(curl, receiveStreamed, this))
        options.set(timegate_curl_set_header_function(curl, receiveStreamedTrailer, this))
        options.set(timegate_curl_set_read_function(curl, provideBody, this))
    }

    /// Has libcurl ask for trailer fields.
    ///
    /// libcurl 7.88.1 forgets to set its trailer state back: the second chunked upload of a handle that has a trailer function
    /// writes to memory before its buffer (`Curl_fillreadbuffer` in its transfer.c). So such a handle serves one request.
    func setTrailers() -> CURLcode {
        timegate_curl_set_trailer_function(curl, provideTrailers, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Asks libcurl to go on with what is no longer held up. It may call back at once.
    func goOn() {
        guard let stream else { return }
        curl_easy_pause(curl, stream.pauses)
    }

    /// The answer's head is whole: tells the caller.
    fileprivate func beginAnswer(_ stream: TransferStream) {
        stream.news.head = CurlStreamHead(
            status: answer.status,
            headers: CurlHeaders(bytes: answer.takeHead()),
            contentLength: answer.declaredLength,
            isChunked: answer.isChunked
        )
        pool.loop.list(stream)
    }
}

private func receiveStreamed(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    let handle = streamingHandle(from: user)
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard piece.count > 0, let stream = handle.stream else { return 0 }
    if handle.answer.isHeadComplete {
        guard stream.take(piece) else { return CURL_WRITEFUNC_PAUSE_VALUE }
        handle.pool.loop.list(stream)
        return piece.count
    }
    stream.hasMoved = true
    guard handle.answer.consume(piece) else { return piece.count ^ 1 }
    if handle.answer.isHeadComplete { handle.beginAnswer(stream) }
    return piece.count
}

private func receiveStreamedTrailer(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    let handle = streamingHandle(from: user)
    guard handle.answer.consume(trailer: size * count) else { return 0 }
    if handle.answer.isHeadComplete, let stream = handle.stream {
        stream.take(trailer: UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    return size * count
}

private func provideBody(
    buffer: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    user: UnsafeMutableRawPointer?
) -> Int {
    let handle = streamingHandle(from: user)
    guard let stream = handle.stream else { return CURL_READFUNC_ABORT_VALUE }
    let filled = stream.fill(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    if stream.noteUploaded() { handle.pool.loop.list(stream) }
    return filled ?? CURL_READFUNC_PAUSE_VALUE
}

private func provideTrailers(
    list: UnsafeMutablePointer<UnsafeMutablePointer<curl_slist>?>?,
    user: UnsafeMutableRawPointer?
) -> Int32 {
    list?.pointee = streamingHandle(from: user).stream?.makeTrailers()
    return CURL_TRAILERFUNC_OK
}

// CURL_WRITEFUNC_PAUSE and its kind are macros of hexadecimal integers.
private let CURL_WRITEFUNC_PAUSE_VALUE = 0x1000_0001
private let CURL_READFUNC_PAUSE_VALUE = 0x1000_0001
private let CURL_READFUNC_ABORT_VALUE = 0x1000_0000

private func streamingHandle(from user: UnsafeMutableRawPointer?) -> EasyHandle {
    guard let user else { preconditionFailure("libcurl called back without the handle it was given") }
    return Unmanaged<EasyHandle>.fromOpaque(user).takeUnretainedValue()
}
