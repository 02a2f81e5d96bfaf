// Schedules a job and answers its calls. Go's standard library, nothing else.
//
//	daybook run --app-port 8000 -- go run tools/examples/schedule.go
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
)

func variable(name, otherwise string) string {
	if value, isSet := os.LookupEnv(name); isSet {
		return value
	}
	return otherwise
}

func main() {
	// Delivery is at least once: a call that comes again has the same key. Keep these where the
	// work's result is kept; in memory they last as long as the process.
	var done sync.Map
	http.HandleFunc("/job/report", func(answer http.ResponseWriter, call *http.Request) {
		var data struct{ To string }
		if err := json.NewDecoder(call.Body).Decode(&data); err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
			return
		}
		key := call.Header.Get("Idempotency-Key")
		if _, isDone := done.Load(key); !isDone {
			fmt.Printf("report to %s, due %s\n", data.To, call.Header.Get("Daybook-Due-Time"))
			done.Store(key, true)
		}
		// Any 2xx: done. 404: also done. Anything else is tried again.
	})
	listener, err := net.Listen("tcp", "127.0.0.1:"+variable("APP_PORT", "8000"))
	if err != nil {
		log.Fatal(err)
	}
	go schedule()
	log.Fatal(http.Serve(listener, nil))
}

func schedule() {
	jobs := "http://127.0.0.1:" + variable("DAPR_HTTP_PORT", "3500") + "/v1.0/jobs"
	job := `{"schedule": "@every 2s", "data": {"to": "ops"}, "overwrite": true}`
	answer, err := http.Post(jobs+"/report", "application/json", strings.NewReader(job))
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		log.Fatalf("refused with %s: %s", answer.Status, text)
	}
	fmt.Println("scheduled:", answer.StatusCode) // 204: the job is on disk.
}
