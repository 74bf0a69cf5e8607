"""The words everyone uses: units, instruments, events, records, errors, the audit's encoding."""
