"""How times and memory grow with the input (`make growth`): points in manual/benchmarks/growth.csv, and plots of them."""
