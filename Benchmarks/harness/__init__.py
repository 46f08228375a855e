"""The process-level benchmark of Timegate. `Benchmarks/README.md` says what it measures and how to read it."""
