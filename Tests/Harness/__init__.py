"""What drives the real program from outside: the server as a process, an app that it calls,
`daybook-replay`, and waiting. Tests/Clients, tools/crashtest, tools/bench and tools/examples use
it, so it needs nothing but Python."""
