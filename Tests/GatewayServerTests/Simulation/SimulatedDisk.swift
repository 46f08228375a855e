import GatewayCore

/// What of the journal survives: the machine's page cache the end of the process, what is synced the loss of power too.
final class SimulatedDisk: @unchecked Sendable {
    /// Written, and there for whoever opens the file while the machine has power.
    var written = SimulatedTable()
    /// There after a loss of power too.
    var synced = SimulatedTable()
    /// Until when the disk takes no more bytes; that passes by itself.
    var fullUntil: Int64 = 0
    /// How often an fsync fails: what was written is doubtful then, and no write may be trusted before a restart.
    var syncFailure = 0.0

    /// The table as a new process finds it.
    func open(now: Int64) -> SimulatedTable {
        synced = written
        synced.recover(now)
        written = synced
        return synced
    }

    /// The power goes. A file system may have written back what nobody asked it to.
    func losePower(_ dice: SimulationDice) {
        if dice.rolls(0.5) { written = synced } else { synced = written }
    }
}
