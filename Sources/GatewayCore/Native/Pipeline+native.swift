internal import JSON

/// What native calls use of the path that every call takes.
extension Pipeline {
    /// A read that a rule needs: through the connection's gate, within the call's time, and again where that is safe.
    public func fetch(
        _ read: NativeRead,
        _ call: Call,
        at vendor: Vendor,
        upstream: any Upstream
    ) async throws(Problem) -> NativeAnswer {
        var asking = call
        // A read is no step of the write's place in the journal.
        asking.write = nil
        let rule = OperationRule(method: read.method, path: read.target, accept: read.accept)
        let request = readRequest(rule, call.connection.origin + read.target, asking)
        do throws(Problem) {
            switch try await deliver(request, reading: rule, asking, vendor, upstream) {
            case .success(let answer):
                return NativeAnswer(status: answer.status, body: answer.body, retryAfter: answer.retryAfter)
            case .failure(let failure): throw Problem(failure, vendor: vendor, call: asking, isRead: true)
            }
        } catch {
            var problem = error
            if !call.operation.isRead { problem.sent = .no }
            throw problem
        }
    }

    /// What the rules of a native call may read.
    public func lookUps(_ call: Call, at vendor: Vendor, upstream: any Upstream) -> LookUps {
        LookUps(LookUps.Source(self, call, vendor, upstream, memory: LookUps.Memory()))
    }

    /// Finds out whether a vendor that failed works again, where a write would be held back until somebody does.
    public func probe(before call: Call, at vendor: Vendor, upstream: any Upstream) async {
        guard let gate = call.gate else { return }
        await probe(gate, call, vendor, upstream)
    }

    /// Tells the hooks what a native call came to.
    ///
    /// - Parameter start: when it began, on the sending clock.
    public func tell(_ end: NativeEnd, _ call: Call, since start: Int64) {
        guard let hooks = call.hooks, hooks.looksOn else { return }
        switch end {
        case .entry(let recorded):
            _ = answered(recorded, call, hooks)
            let id = recorded.entry[.id]?.string ?? call.entryID
            done(call.operation.isRead ? "read" : "recorded", nil, id, since: start, call, hooks)
        case .listed: done("listed", nil, nil, since: start, call, hooks)
        case .deleted: done("deleted", nil, call.entryID, since: start, call, hooks)
        case .acted: done("acted", nil, call.entryID, since: start, call, hooks)
        case .refused(let problem): _ = refused(problem, since: start, call, hooks)
        }
    }
}
