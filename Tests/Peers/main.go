// Peer is what Daybook talks to in the world, as grpc-go makes it with its defaults: a client of the
// jobs API, a sidecar that watches triggers, and an app that is called. Each says in the end, as one
// line of JSON, what it has seen.
//
//	peer schedule --address 127.0.0.1:50001 --calls 1000
//	peer watch --address 127.0.0.1:50006 --app-id shop
//	peer app --address 127.0.0.1:8000 --notes calls
//
// and once it is Dapr's CLI, which writes its jobs into a file:
//
//	peer export --file jobs.gob < jobs.json
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var roles = map[string]func(context.Context, []string) (interface{}, error){
	"schedule": schedule,
	"watch":    watch,
	"app":      serveApp,
	"lateness": lateness,
	"lives":    lives,
	"export":   export,
}

func main() {
	if len(os.Args) < 2 || roles[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peer schedule|watch|app|lateness|lives|export [flags]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	report, err := roles[os.Args[1]](ctx, os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(report)
}

func flags(role string) *flag.FlagSet {
	return flag.NewFlagSet(role, flag.ExitOnError)
}
