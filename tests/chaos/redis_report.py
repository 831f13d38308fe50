"""What came of a run: the fields and lines of report.cc."""


class Report:
    """`ledgers`: for each shard its plain one and the one with a write concern; `done`: the faults;
    `missing`: for each shard the numbers that each of the two has lost."""

    def __init__(self, name, seconds, ledgers, done, missing):
        plain = [shard[0] for shard in ledgers.values()]
        concern = [shard[1] for shard in ledgers.values()]
        streams = [stream for ledger in plain + concern for stream in (ledger.writes, ledger.reads)]
        outages = sorted(ledgers[shard][0].writes.first_success_after_s(at) for at, shard in done)
        operations = sum(len(stream.successes) + stream.failures for stream in streams)
        failed = sum(stream.failures for stream in streams)
        self.fields = {
            "fault": name,
            "seconds": seconds,
            "faults": len(outages),
            "operations": operations,
            "succeeded": 1 - failed / operations if operations else 0,
            "failed_writes": sum(ledger.writes.failures for ledger in plain),
            "failed_reads": sum(ledger.reads.failures for ledger in plain),
            "failed_concern_writes": sum(ledger.writes.failures for ledger in concern),
            "longest_read_gap_ms": 1000 * max(ledger.reads.longest_gap_s() for ledger in plain),
            "longest_write_gap_ms": 1000 * max(ledger.writes.longest_gap_s() for ledger in plain),
            "longest_write_outage_ms": 1000 * max(outages, default=0),
            "median_write_outage_ms": 1000 * outages[len(outages) // 2] if outages else 0,
            "acknowledged": sum(len(ledger.acknowledged) for ledger in plain),
            "lost": sum(len(lost) for lost, _ in missing.values()),
            "acknowledged_by_replica": sum(len(ledger.acknowledged) for ledger in concern),
            "lost_by_replica": sum(len(lost) for _, lost in missing.values()),
            "stale_reads": stale_reads(ledgers, missing),
        }

    def add(self, fault, promotions):
        """What the fault and the Sentinels have counted. Sentinel hands over only when told to."""
        self.fields |= {"deposed_acknowledgements": fault.deposed_acknowledgements,
                        "promotions": promotions, "hand_overs": 0}
        self._details = fault.details()
        self.fields |= self._details

    def text(self):
        return (
            "{fault} for {seconds:.0f} s, {faults} faults: {percent:.4f} % of {operations} "
            "operations succeeded ({failed_writes} writes, {failed_reads} reads, "
            "{failed_concern_writes} writes with a concern failed)\n"
            "longest gap: reads {longest_read_gap_ms:.0f} ms, "
            "writes {longest_write_gap_ms:.0f} ms; "
            "writes again {median_write_outage_ms:.0f} ms after a fault in the median, "
            "{longest_write_outage_ms:.0f} ms at most\n"
            "lost: {lost} of {acknowledged} acknowledged, {lost_by_replica} of "
            "{acknowledged_by_replica} acknowledged by a replica; stale reads: {stale_reads}; "
            "acknowledged by deposed primaries: {deposed_acknowledgements}\n"
            "{promotions} promotions, {hand_overs} hand-overs\n"
        ).format(percent=100 * self.fields["succeeded"], **self.fields) + "".join(
            f"{name}: {value:.0f}\n" for name, value in self._details.items())


def stale_reads(ledgers, missing):
    """Reads that did not find what is there at the end."""
    return sum(number not in gone
               for shard, (plain, _) in ledgers.items()
               for gone in [set(missing[shard][0])]
               for number in plain.unseen)
