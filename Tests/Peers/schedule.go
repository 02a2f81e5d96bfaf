package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

type scheduleReport struct {
	OK             int            `json:"ok"`
	Errors         map[string]int `json:"errors"`
	Reconnects     int64          `json:"reconnects"`
	Latency        delays         `json:"latency"`
	CallsPerSecond float64        `json:"callsPerSecond"`
}

// schedule makes unary calls, as many at a time as it is told, one job each.
func schedule(ctx context.Context, arguments []string) (interface{}, error) {
	options := flags("schedule")
	address := options.String("address", "127.0.0.1:50001", "where the service is")
	service := options.String("service", "runtime", "runtime or scheduler")
	calls := options.Int("calls", 1000, "how many")
	width := options.Int("connections", 1, "how many")
	inFlight := options.Int("in-flight", 1, "calls at a time, of each connection")
	appID := options.String("app-id", "shop", "whose jobs, to the scheduler service")
	prefix := options.String("prefix", "job ", "of the jobs' names; a number follows")
	when := options.String("schedule", "", "of the jobs; without it they are due in an hour")
	repeats := options.Uint64("repeats", 0, "ticks of each job, with a schedule")
	options.Parse(arguments)

	method, request, err := methodOf(*service, *appID, *when, *repeats)
	if err != nil {
		return nil, err
	}
	seen := &connections{}
	names := make(chan string)
	answers := make(chan answer)
	var callers sync.WaitGroup
	for i := 0; i < *width; i++ {
		conn, err := grpc.Dial(*address, grpc.WithInsecure(), grpc.WithStatsHandler(seen))
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		for j := 0; j < *inFlight; j++ {
			callers.Add(1)
			go func() {
				defer callers.Done()
				for name := range names {
					answers <- call(ctx, conn, method, request(name))
				}
			}()
		}
	}
	go func() {
		for number := 0; number < *calls; number++ {
			names <- fmt.Sprint(*prefix, number)
		}
		close(names)
		callers.Wait()
		close(answers)
	}()
	report := count(answers)
	report.Reconnects = seen.begun - int64(*width)
	return report, nil
}

type answer struct {
	latency time.Duration
	err     error
}

func call(ctx context.Context, conn *grpc.ClientConn, method string, request message) answer {
	in, out := []byte(request), []byte(nil)
	begin := time.Now()
	err := conn.Invoke(ctx, method, &in, &out)
	return answer{time.Since(begin), err}
}

func count(answers <-chan answer) scheduleReport {
	begin := time.Now()
	report := scheduleReport{Errors: map[string]int{}}
	var latencies []time.Duration
	for one := range answers {
		latencies = append(latencies, one.latency)
		if one.err != nil {
			report.Errors[status.Code(one.err).String()]++
		} else {
			report.OK++
		}
	}
	report.Latency = summary(latencies)
	report.CallsPerSecond = float64(len(latencies)) / time.Since(begin).Seconds()
	return report
}

// methodOf is the ScheduleJob of a service, with what makes its request of a job's name.
func methodOf(service, appID, when string, repeats uint64) (string, func(string) message, error) {
	switch service {
	case "runtime":
		return "/dapr.proto.runtime.v1.Dapr/ScheduleJob", func(name string) message {
			return message{}.nested(1, timing(message{}.text(1, name), 2, when, repeats))
		}, nil
	case "scheduler":
		whose := message{}.text(1, appID).text(2, "default").nested(3, message{}.nested(1, nil))
		return "/dapr.proto.scheduler.v1.Scheduler/ScheduleJob", func(name string) message {
			job := timing(message{}, 1, when, repeats)
			return message{}.text(1, name).nested(2, job).nested(3, whose)
		}, nil
	}
	return "", nil, fmt.Errorf("there is no service %q", service)
}

// timing adds schedule, repeats and due_time to a Job: both services have them in this order.
func timing(job message, first protowire.Number, when string, repeats uint64) message {
	if when == "" {
		return job.text(first+2, "1h")
	}
	job = job.text(first, when)
	if repeats > 0 {
		job = job.number(first+1, repeats)
	}
	return job
}
