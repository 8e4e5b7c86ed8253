"""Where it runs: hosts, what they hold in memory, the engines that compute, and who keeps them alive."""
