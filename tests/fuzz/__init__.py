"""Fuzzing of all that reads: `make fuzz`, and short seeded runs among the tests."""
