// What Swift may call of libcurl.
//
// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic: Swift cannot call them, and in C the
// compiler cannot check the argument's type against the option. So every option in use has one inline function of
// its own that takes exactly the type the manual asks for. An option that is not listed here is not used.
//
// Manual: https://curl.se/libcurl/c/curl_easy_setopt.html (read for 7.88.1).

#ifndef TIMEGATE_CCURL_SHIM_H
#define TIMEGATE_CCURL_SHIM_H

// Makes CURL and CURLM distinct struct types instead of void, so that C checks which handle goes where.
#define CURL_STRICTER
#include <curl/curl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// PREREQFUNCTION (7.80), PROTOCOLS_STR (7.85) and QUICK_EXIT (7.87) are what the gateway's promises rest on.
#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87.0 or newer is needed: install libcurl4-openssl-dev of Debian 12 or later"
#endif

// MARK: The request

static inline CURLcode timegate_curl_set_url(CURL *easy, const char *url) {
    return curl_easy_setopt(easy, CURLOPT_URL, url);
}

/// A URL that was parsed with curl_url_set. libcurl keeps the pointer and copies the parts when the transfer begins.
///
/// Needs CURLOPT_URL as well: without it 7.88.1 writes the parts together into a URL again, which costs more than the
/// parsing.
static inline CURLcode timegate_curl_set_url_parts(CURL *easy, CURLU *parts) {
    return curl_easy_setopt(easy, CURLOPT_CURLU, parts);
}

/// Replaces the parts by those of an absolute URL; no user name, dot segments stay.
static inline CURLUcode timegate_curl_url_parse(CURLU *parts, const char *url) {
    return curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
}

/// NULL gives the method word back to libcurl (GET, HEAD or POST).
static inline CURLcode timegate_curl_set_custom_request(CURL *easy, const char *method) {
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

/// Also clears NOBODY and POST of the request before.
static inline CURLcode timegate_curl_set_http_get(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
}

static inline CURLcode timegate_curl_set_no_body(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
}

/// Also clears NOBODY of the request before.
static inline CURLcode timegate_curl_set_post(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_POST, 1L);
}

/// libcurl keeps the pointer: the bytes have to stay where they are until the transfer ends.
static inline CURLcode timegate_curl_set_post_fields(CURL *easy, const uint8_t *bytes, int64_t count) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (const char *)bytes);
}

/// A body that the read function brings: `count` bytes, or in chunks for -1. Also clears NOBODY; HTTPGET switches it off.
static inline CURLcode timegate_curl_set_upload(CURL *easy, int64_t count) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)count);
}

/// Stands on the request line in place of the URL's path and query, byte for byte; NULL takes those of the URL.
static inline CURLcode timegate_curl_set_request_target(CURL *easy, const char *target) {
    return curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target);
}

/// libcurl keeps the pointer and only reads the list.
static inline CURLcode timegate_curl_set_http_header(CURL *easy, struct curl_slist *list) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

static inline CURLcode timegate_curl_set_header_separate(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
}

static inline CURLcode timegate_curl_set_http_1_1(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static inline CURLcode timegate_curl_set_http09_allowed(CURL *easy, long allowed) {
    return curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, allowed);
}

static inline CURLcode timegate_curl_set_path_as_is(CURL *easy, long as_is) {
    return curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, as_is);
}

// MARK: Where a request may go

static inline CURLcode timegate_curl_set_protocols(CURL *easy, const char *protocols) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
}

/// Never follows a redirect. MAXREDIRS is set too since its default in 7.88.1 is "no limit".
static inline CURLcode timegate_curl_set_no_redirects(CURL *easy) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 0L);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_POSTREDIR, 0L);
    return code;
}

/// No proxy, also not from the environment (`http_proxy`, `HTTPS_PROXY`, `ALL_PROXY`).
static inline CURLcode timegate_curl_set_no_proxy(CURL *easy) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

static inline CURLcode timegate_curl_set_netrc_ignored(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
}

static inline CURLcode timegate_curl_set_disallow_username_in_url(CURL *easy, long disallow) {
    return curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, disallow);
}

// MARK: Connections

static inline CURLcode timegate_curl_set_fresh_connect(CURL *easy, long fresh) {
    return curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh);
}

/// Seconds a connection may have been idle and still be reused.
static inline CURLcode timegate_curl_set_max_age_connection(CURL *easy, long seconds) {
    return curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, seconds);
}

/// Seconds since a connection was made after which it is not reused. 0 is no limit.
static inline CURLcode timegate_curl_set_max_lifetime_connection(CURL *easy, long seconds) {
    return curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, seconds);
}

/// Seconds. -1 keeps names for ever, 0 not at all.
static inline CURLcode timegate_curl_set_dns_cache_timeout(CURL *easy, long seconds) {
    return curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, seconds);
}

/// libcurl must not use signals (this process has threads); SIGPIPE has to be ignored by the process then.
static inline CURLcode timegate_curl_set_no_signal(CURL *easy, long no_signal) {
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, no_signal);
}

/// Without it the end of a transfer waits for its name resolving thread, and so does every other transfer.
static inline CURLcode timegate_curl_set_quick_exit(CURL *easy, long quick) {
    return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, quick);
}

// MARK: TLS

/// Verifies the certificate chain and the host name, TLS 1.2 or newer. There is no function that turns this off.
static inline CURLcode timegate_curl_set_tls_verified(CURL *easy) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    return code;
}

static inline CURLcode timegate_curl_set_ca_info(CURL *easy, const char *path) {
    return curl_easy_setopt(easy, CURLOPT_CAINFO, path);
}

// MARK: Limits

static inline CURLcode timegate_curl_set_connect_timeout_ms(CURL *easy, long milliseconds) {
    return curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
}

static inline CURLcode timegate_curl_set_timeout_ms(CURL *easy, long milliseconds) {
    return curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds);
}

/// Fewer bytes per second than this, for so many seconds, ends the transfer. 0 seconds switches it off.
static inline CURLcode timegate_curl_set_low_speed(CURL *easy, long bytes_per_second, long seconds) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, bytes_per_second);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, seconds);
}

/// Only acts on a declared Content-Length in 7.88.1; the bytes have to be counted as well.
static inline CURLcode timegate_curl_set_max_file_size(CURL *easy, int64_t bytes) {
    return curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)bytes);
}

static inline CURLcode timegate_curl_set_buffer_size(CURL *easy, long bytes) {
    return curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, bytes);
}

// MARK: Callbacks

static inline CURLcode timegate_curl_set_private(CURL *easy, void *pointer) {
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, pointer);
}

/// At least CURL_ERROR_SIZE bytes that live as long as the handle.
static inline CURLcode timegate_curl_set_error_buffer(CURL *easy, char *buffer) {
    return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}

static inline CURLcode timegate_curl_set_write_function(CURL *easy, curl_write_callback function, void *user) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, user);
}

/// Asked for the body of a request when libcurl has room for it.
static inline CURLcode timegate_curl_set_read_function(CURL *easy, curl_read_callback function, void *user) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_READFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_READDATA, user);
}

/// Asked for the trailer fields behind a chunked body. libcurl frees the list.
static inline CURLcode timegate_curl_set_trailer_function(CURL *easy, curl_trailer_callback function, void *user) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_TRAILERFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_TRAILERDATA, user);
}

/// Hands header lines to the write function too, before anything else is done with them.
static inline CURLcode timegate_curl_set_header_in_body(CURL *easy, long in_body) {
    return curl_easy_setopt(easy, CURLOPT_HEADER, in_body);
}

static inline CURLcode timegate_curl_set_header_function(CURL *easy, curl_write_callback function, void *user) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_HEADERDATA, user);
}

/// Called once the connection (and its TLS) stands and before the first byte of the request is written.
static inline CURLcode timegate_curl_set_prereq_function(CURL *easy, curl_prereq_callback function, void *user) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_PREREQDATA, user);
}

static inline CURLcode timegate_curl_set_open_socket_function(
    CURL *easy, curl_opensocket_callback function, void *user
) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, user);
}

/// The connection keeps both and may outlive the easy handle that made it.
static inline CURLcode timegate_curl_set_close_socket_function(
    CURL *easy, curl_closesocket_callback function, void *user
) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, user);
}

// MARK: What a transfer tells

static inline void *timegate_curl_get_private(CURL *easy) {
    char *pointer = NULL;
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK ? pointer : NULL;
}

/// The declared length of the answer's body in bytes, -1 if it was not declared.
static inline int64_t timegate_curl_get_content_length(CURL *easy) {
    curl_off_t value = -1;
    return curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &value) == CURLE_OK ? value : -1;
}

/// errno of the last system call that failed, 0 if none did.
static inline long timegate_curl_get_os_errno(CURL *easy) {
    long value = 0;
    return curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &value) == CURLE_OK ? value : 0;
}

/// Microseconds since the start, each up to the end of its phase; 0 for a phase that was not reached or not needed.
struct timegate_curl_times {
    int64_t name_lookup, connect, tls, pretransfer, first_byte, total;
};

static inline int64_t timegate_curl_get_time(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

static inline struct timegate_curl_times timegate_curl_get_times(CURL *easy) {
    struct timegate_curl_times times;
    times.name_lookup = timegate_curl_get_time(easy, CURLINFO_NAMELOOKUP_TIME_T);
    times.connect = timegate_curl_get_time(easy, CURLINFO_CONNECT_TIME_T);
    times.tls = timegate_curl_get_time(easy, CURLINFO_APPCONNECT_TIME_T);
    times.pretransfer = timegate_curl_get_time(easy, CURLINFO_PRETRANSFER_TIME_T);
    times.first_byte = timegate_curl_get_time(easy, CURLINFO_STARTTRANSFER_TIME_T);
    times.total = timegate_curl_get_time(easy, CURLINFO_TOTAL_TIME_T);
    return times;
}

// MARK: Multi handle

static inline CURLMcode timegate_curl_multi_set_socket_function(
    CURLM *multi, curl_socket_callback function, void *user
) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, user);
}

static inline CURLMcode timegate_curl_multi_set_timer_function(
    CURLM *multi, curl_multi_timer_callback function, void *user
) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, user);
}

/// Idle connections kept. The default is four per easy handle *in the multi*, which closes good connections as soon
/// as few transfers run.
static inline CURLMcode timegate_curl_multi_set_max_connects(CURLM *multi, long count) {
    return curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, count);
}

/// 0 is no limit.
static inline CURLMcode timegate_curl_multi_set_max_host_connections(CURLM *multi, long count) {
    return curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, count);
}

/// 0 is no limit.
static inline CURLMcode timegate_curl_multi_set_max_total_connections(CURLM *multi, long count) {
    return curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, count);
}

static inline CURLMcode timegate_curl_multi_set_no_multiplexing(CURLM *multi) {
    return curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
}

/// The next finished transfer, taken out of the union that Swift would have to pick apart; NULL if there is none.
static inline CURL *timegate_curl_multi_next_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

// MARK: The process

/// SIG_IGN is a cast macro that Swift cannot import. A handler that somebody installed stays.
static inline void timegate_curl_ignore_sigpipe(void) {
    struct sigaction current;
    if (sigaction(SIGPIPE, NULL, &current) == 0 && current.sa_handler == SIG_DFL) {
        signal(SIGPIPE, SIG_IGN);
    }
}

/// libcurl's version as loaded; CURLVERSION_NOW is an alias macro that Swift cannot import.
static inline const char *timegate_curl_version(void) {
    return curl_version_info(CURLVERSION_NOW)->version;
}

/// Names the calling thread; more than 15 bytes are cut off. prctl is variadic.
static inline void timegate_set_thread_name(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

#endif
