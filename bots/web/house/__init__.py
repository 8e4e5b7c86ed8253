"""The glass box: what every machine is doing, and why an answer took as long as it did."""
