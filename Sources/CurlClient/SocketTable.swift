internal import CCurl
internal import Glibc

/// Which sockets epoll watches, and for what.
///
/// libcurl says for every request "watch this socket" and at its end "watch no longer". Done to the letter, that would
/// be two system calls per request on a warm connection. So an idle socket stays watched, and only the interest is
/// noted: an event on a socket nobody is interested in means that the server sent something on an idle connection.
struct SocketTable: ~Copyable {
    struct Slot {
        /// Index of the multi handle in the loop; -1 if the socket is none of libcurl's.
        var multi: Int32 = -1
        /// A connection, whose opening and closing is told. Others (the resolver's wake-up pair) libcurl opens and
        /// closes by itself, and only their interest is told.
        var isConnection = false
        /// What libcurl waits for; 0 between transfers.
        var interest: UInt32 = 0
        /// What epoll watches for; 0 if the socket is not registered.
        var registered: UInt32 = 0
        /// Tells a late event of a closed socket from one of the new socket with the same number.
        var generation: UInt32 = 0
    }

    private let epoll: Int32
    private var slots: [Slot] = []
    private(set) var changes = 0

    init(epoll: Int32) {
        self.epoll = epoll
    }

    /// The slot an event is about; `nil` if the socket was closed since.
    func slot(of data: UInt64) -> (descriptor: Int32, slot: Slot)? {
        let descriptor = Int32(truncatingIfNeeded: data & 0xFFFF_FFFF)
        guard descriptor >= 0, Int(descriptor) < slots.count else { return nil }
        let slot = slots[Int(descriptor)]
        guard slot.multi >= 0, UInt64(slot.generation) == data >> 32 else { return nil }
        return (descriptor, slot)
    }

    /// A connection's socket was made.
    mutating func opened(_ descriptor: Int32, multi: Int32) {
        adopt(descriptor, multi: multi, isConnection: true)
    }

    /// A connection's socket is about to be closed, which takes it out of epoll.
    mutating func closed(_ descriptor: Int32) {
        guard slots.indices.contains(Int(descriptor)) else { return }
        slots[Int(descriptor)].multi = -1
        slots[Int(descriptor)].registered = 0
    }

    /// - Returns: `false` if epoll refuses.
    mutating func setInterest(_ interest: UInt32, of descriptor: Int32, multi: Int32) -> Bool {
        let index = Int(descriptor)
        if !slots.indices.contains(index) || slots[index].multi < 0 {
            guard interest != 0 else { return true }
            adopt(descriptor, multi: multi, isConnection: false)
        }
        slots[index].interest = interest
        if interest == 0, !slots[index].isConnection {
            forget(descriptor)
            slots[index].multi = -1
            return true
        }
        let registered = slots[index].registered
        // Idle and watched for input only: leave it watched.
        if interest == registered || (interest == 0 && registered & EPOLLOUT.rawValue == 0) { return true }
        return register(interest == 0 ? EPOLLIN.rawValue : interest, of: descriptor)
    }

    /// The stream has ended whose socket was not watched: its connection is idle now. What came meanwhile is looked at then.
    mutating func watchIdle(_ descriptor: Int32) {
        let index = Int(descriptor)
        guard slots.indices.contains(index), slots[index].multi >= 0, slots[index].interest == 0 else { return }
        if slots[index].registered == 0 { _ = register(EPOLLIN.rawValue, of: descriptor) }
    }

    /// Watches a socket no longer, until libcurl is interested in it again.
    mutating func forget(_ descriptor: Int32) {
        guard slots[Int(descriptor)].registered != 0 else { return }
        slots[Int(descriptor)].registered = 0
        changes += 1
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
    }

    private mutating func adopt(_ descriptor: Int32, multi: Int32, isConnection: Bool) {
        let index = Int(descriptor)
        if slots.count <= index {
            slots.append(contentsOf: repeatElement(Slot(), count: max(64, index + 1 - slots.count)))
        }
        slots[index] = Slot(multi: multi, isConnection: isConnection, generation: slots[index].generation &+ 1)
    }

    private mutating func register(_ events: UInt32, of descriptor: Int32) -> Bool {
        let slot = slots[Int(descriptor)]
        var event = epoll_event()
        event.events = events
        event.data.u64 = UInt64(slot.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        changes += 1
        guard epoll_ctl(epoll, slot.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) == 0 else {
            return false
        }
        slots[Int(descriptor)].registered = events
        return true
    }
}
