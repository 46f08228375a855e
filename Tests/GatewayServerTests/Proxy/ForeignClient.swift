import Foundation
import Testing

/// A program that asks a vendor for the same things with an HTTP library of its own, and says in lines what came.
///
/// Each is given the address before the paths, the gateway's key, the proxy as `host:port` or nothing, and the address that a
/// name server would give for the name in the first, or nothing.
struct ForeignClient: CustomTestStringConvertible, Sendable {
    let name: String
    let interpreter: String
    /// The Debian package that brings the interpreter and the library.
    let package: String
    let script: String
    /// Whether it keeps a connection for more than one request; to a proxy some do not.
    var keepsConnections = true
    var keepsProxyConnections = true

    var testDescription: String { name }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: what it said, standard error behind standard output.
    func run(_ base: String, key: String, proxy: String, peer: String = "") throws -> String {
        guard FileManager.default.isExecutableFile(atPath: interpreter) else {
            throw Missing(description: "\(interpreter) is not there: `make test-deps` installs it (\(package)).")
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "timegate-client-\(UUID().uuidString)")
        try script.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try Self.output(of: interpreter, [file.path, base, key, proxy, peer])
    }

    /// What a program says, standard error behind standard output.
    static func output(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Nothing of the machine's own proxies.
        process.environment = ["PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    static let all = [curl, httpClient, urllib, httpTiny]

    static let curl = ForeignClient(
        name: "curl",
        interpreter: "/bin/sh",
        package: "curl",
        script: #"""
            base=$1 key=$2 proxy=$3 peer=$4
            body=$(mktemp)
            trap 'rm -f "$body"' EXIT
            ask() {
                if [ -n "$proxy" ]; then set -- --proxy "http://acme:$key@$proxy" "$@"; else set -- -H "Timegate-Key: $key" "$@"; fi
                if [ -n "$peer" ]; then set -- --connect-to "::$peer:" "$@"; fi
                curl -sS -m 30 "$@"
            }
            say() {
                what=$1
                shift
                status=$(ask -o "$body" -w '%{http_code}' "$@")
                echo "$what $status $(cat "$body")"
            }
            say get "$base/echo?b=c"
            say post -H 'Content-Type: application/json' -d '{"note":"hello"}' "$base/json"
            status=$(head -c 300000 /dev/zero | ask -o "$body" -w '%{http_code}' -T - "$base/up")
            echo "upload $status $(cat "$body")"
            status=$(ask -o "$body" -w '%{http_code}' "$base/big")
            echo "download $status $(wc -c < "$body") $(sha256sum < "$body" | cut -c 1-64)"
            echo "connections $(($(ask -o /dev/null -o /dev/null -o /dev/null -w '+%{num_connects}' "$base/echo" "$base/json" "$base/echo")))"
            say error "$base/error"
            key=wrong
            echo "refused $(ask -o /dev/null -w '%{http_code} %header{timegate-error}' "$base/echo")"
            """#
    )

    static let httpClient = ForeignClient(
        name: "Python's http.client",
        interpreter: "/usr/bin/python3",
        package: "python3",
        script: #"""
            import base64, hashlib, http.client, socket, sys
            from urllib.parse import urlsplit
            base, key, proxy, peer = sys.argv[1:]
            resolve = socket.getaddrinfo
            socket.getaddrinfo = lambda host, *rest, **more: resolve(peer or host, *rest, **more)
            parts = urlsplit(base)
            connection = http.client.HTTPConnection(proxy or parts.netloc, timeout=30)
            prefix = base if proxy else parts.path
            ports = set()
            def ask(path, method="GET", body=None, key=key, **fields):
                if proxy:
                    fields["Proxy-Authorization"] = "Basic " + base64.b64encode(("acme:" + key).encode()).decode()
                else:
                    fields["Timegate-Key"] = key
                fields = {name.replace("_", "-"): value for name, value in fields.items()}
                connection.request(method, prefix + path, body, fields, encode_chunked=method == "PUT")
                ports.add(connection.sock.getsockname()[1])
                answer = connection.getresponse()
                return answer, answer.read()
            def say(what, answer, body):
                print(what, answer.status, body.decode())
            say("get", *ask("/echo?b=c"))
            say("post", *ask("/json", "POST", '{"note":"hello"}', Content_Type="application/json"))
            say("upload", *ask("/up", "PUT", (bytes(50000) for _ in range(6))))
            answer, body = ask("/big")
            print("download", answer.status, len(body), hashlib.sha256(body).hexdigest())
            print("connections", len(ports))
            say("error", *ask("/error"))
            answer, _ = ask("/echo", key="wrong")
            print("refused", answer.status, answer.getheader("Timegate-Error"))
            """#
    )

    static let urllib = ForeignClient(
        name: "Python's urllib",
        interpreter: "/usr/bin/python3",
        package: "python3",
        script: #"""
            import hashlib, socket, sys, urllib.error, urllib.request
            base, key, proxy, peer = sys.argv[1:]
            resolve = socket.getaddrinfo
            socket.getaddrinfo = lambda host, *rest, **more: resolve(peer or host, *rest, **more)
            def ask(path, method="GET", body=None, key=key, **fields):
                proxies = {"http": "http://acme:" + key + "@" + proxy} if proxy else {}
                if not proxy:
                    fields["Timegate-Key"] = key
                fields = {name.replace("_", "-"): value for name, value in fields.items()}
                opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
                try:
                    answer = opener.open(urllib.request.Request(base + path, body, fields, method=method), timeout=30)
                except urllib.error.HTTPError as error:
                    answer = error
                return answer, answer.read()
            def say(what, answer, body):
                print(what, answer.status, body.decode())
            say("get", *ask("/echo?b=c"))
            say("post", *ask("/json", "POST", b'{"note":"hello"}', Content_Type="application/json"))
            say("upload", *ask("/up", "PUT", (bytes(50000) for _ in range(6)), Content_Type="application/octet-stream"))
            answer, body = ask("/big")
            print("download", answer.status, len(body), hashlib.sha256(body).hexdigest())
            say("error", *ask("/error"))
            answer, _ = ask("/echo", key="wrong")
            print("refused", answer.status, answer.headers["Timegate-Error"])
            """#,
        keepsConnections: false,
        keepsProxyConnections: false
    )

    static let httpTiny = ForeignClient(
        name: "Perl's HTTP::Tiny",
        interpreter: "/usr/bin/perl",
        package: "perl",
        script: #"""
            use strict;
            use warnings;
            use Digest::SHA qw(sha256_hex);
            use HTTP::Tiny;
            my ($base, $key, $proxy, $peer) = @ARGV;
            sub client {
                my ($key) = @_;
                return HTTP::Tiny->new(timeout => 30, keep_alive => 1, http_proxy => "http://acme:$key\@$proxy") if $proxy;
                return HTTP::Tiny->new(timeout => 30, keep_alive => 1, default_headers => { 'Timegate-Key' => $key });
            }
            my $http = client($key);
            my %ports;
            sub ask {
                my ($path, $method, %options) = @_;
                $options{peer} = $peer if $peer;
                my $answer = $http->request($method || 'GET', "$base$path", \%options);
                $ports{$http->{handle}{fh}->sockport} = 1 if $http->{handle};
                return $answer;
            }
            sub say_it {
                my ($what, $answer) = @_;
                print "$what $answer->{status} $answer->{content}\n";
            }
            say_it('get', ask('/echo?b=c'));
            my %json = (content => '{"note":"hello"}', headers => { 'Content-Type' => 'application/json' });
            say_it('post', ask('/json', 'POST', %json));
            my $parts = 6;
            say_it('upload', ask('/up', 'PUT', content => sub { $parts-- > 0 ? "\0" x 50000 : '' }));
            my $big = ask('/big');
            print "download $big->{status} ", length($big->{content}), ' ', sha256_hex($big->{content}), "\n";
            print 'connections ', scalar(keys %ports), "\n";
            say_it('error', ask('/error'));
            $http = client('wrong');
            my $refused = ask('/echo');
            print "refused $refused->{status} $refused->{headers}{'timegate-error'}\n";
            """#,
        keepsProxyConnections: false
    )
}
