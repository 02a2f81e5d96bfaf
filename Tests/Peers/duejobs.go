package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	schedulerService = "/dapr.proto.scheduler.v1.Scheduler/"
	// Jobs are scheduled over so many connections, with so many calls at a time on each.
	schedulingWidth, schedulingCalls = 4, 16
	// A call that fails is made again, so often at most.
	attemptsMax = 20
)

// dueJobs are many jobs of one app.
type dueJobs struct {
	address, appID string
	count, seconds int
	isSpread       bool
}

func (d dueJobs) whose() message {
	return message{}.text(1, d.appID).text(2, "default").nested(3, message{}.nested(1, nil))
}

func (d dueJobs) request(number int, due time.Time) message {
	job := message{}
	if d.seconds > 0 {
		job = job.text(1, "@every 1s")
	}
	if d.isSpread {
		due = due.Add(time.Duration(number) * time.Second / time.Duration(d.count))
	}
	job = job.text(3, due.UTC().Format(time.RFC3339Nano))
	return message{}.text(1, fmt.Sprint("job-", number)).nested(2, job).nested(3, d.whose())
}

func (d dueJobs) schedule(ctx context.Context, due time.Time) (scheduleReport, error) {
	seen := &connections{}
	numbers, answers := make(chan int), make(chan answer)
	var callers sync.WaitGroup
	for i := 0; i < schedulingWidth; i++ {
		conn, err := grpc.Dial(d.address, grpc.WithInsecure(), grpc.WithStatsHandler(seen))
		if err != nil {
			return scheduleReport{}, err
		}
		defer conn.Close()
		for j := 0; j < schedulingCalls; j++ {
			callers.Add(1)
			go func() {
				defer callers.Done()
				for number := range numbers {
					callUntilDone(ctx, conn, d.request(number, due), answers)
				}
			}()
		}
	}
	go func() {
		for number := 0; number < d.count; number++ {
			numbers <- number
		}
		close(numbers)
		callers.Wait()
		close(answers)
	}()
	report := count(answers)
	report.Reconnects = atomic.LoadInt64(&seen.begun) - schedulingWidth
	if report.OK+report.Errors[codes.AlreadyExists.String()] < d.count || time.Now().After(due) {
		return report, fmt.Errorf("not all jobs were scheduled in time: %+v", report)
	}
	return report, nil
}

// callUntilDone asks again when it was cut off, and may then be told of what it did itself.
func callUntilDone(
	ctx context.Context, conn *grpc.ClientConn, request message, answers chan<- answer,
) {
	for attempt := 1; attempt <= attemptsMax; attempt++ {
		one := call(ctx, conn, schedulerService+"ScheduleJob", request)
		answers <- one
		if code := status.Code(one.err); code == codes.OK || code == codes.AlreadyExists {
			return
		}
		time.Sleep(time.Duration(attempt) * 10 * time.Millisecond)
	}
}

func (d dueJobs) delete() error {
	conn, err := grpc.Dial(d.address, grpc.WithInsecure())
	if err != nil {
		return err
	}
	defer conn.Close()
	request := message{}.nested(1, d.whose())
	return call(context.Background(), conn, schedulerService+"DeleteByMetadata", request).err
}

// stall opens a stream and takes nothing from it.
func (d dueJobs) stall(ctx context.Context) error {
	conn, err := dialAsSidecar(d.address)
	if err == nil {
		_, err = openWatch(ctx, conn, d.appID)
	}
	return err
}
