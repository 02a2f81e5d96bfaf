package main

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/grpc"
)

type livesReport struct {
	// Jobs that were made and have ended.
	Jobs   int            `json:"jobs"`
	Errors map[string]int `json:"errors"`
}

// lives makes one-shot jobs in pairs, each of a name, and of an app or a concurrency key, that others
// do not have: an app comes with a stream, is sent its only job, answers and leaves; and an actor's
// reminder with a concurrency key is deleted again.
func lives(ctx context.Context, arguments []string) (interface{}, error) {
	options := flags("lives")
	address := options.String("address", "127.0.0.1:50006", "where the scheduler service is")
	first := options.Int("first", 0, "the number of the first pair")
	pairs := options.Int("pairs", 1000, "how many")
	kinds := options.Int("kinds", 100_000, "how many different names, apps and keys there are")
	width := options.Int("connections", 4, "how many")
	inFlight := options.Int("in-flight", 16, "pairs at a time, of each connection")
	options.Parse(arguments)

	numbers := make(chan int)
	ends := make(chan error)
	var living sync.WaitGroup
	for i := 0; i < *width; i++ {
		conn, err := dialAsSidecar(*address)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		for j := 0; j < *inFlight; j++ {
			living.Add(1)
			go func() {
				defer living.Done()
				for number := range numbers {
					ends <- live(ctx, conn, number%*kinds)
				}
			}()
		}
	}
	go func() {
		for number := *first; number < *first+*pairs; number++ {
			numbers <- number
		}
		close(numbers)
		living.Wait()
		close(ends)
	}()
	report := livesReport{Errors: map[string]int{}}
	for err := range ends {
		if err == nil {
			report.Jobs += 2
		} else {
			report.Errors[err.Error()]++
		}
	}
	return report, nil
}

func live(ctx context.Context, conn *grpc.ClientConn, number int) error {
	name := fmt.Sprint("job-", number)
	appID := fmt.Sprint("app-", number)
	app := message{}.text(1, appID).text(2, "default").nested(3, message{}.nested(1, nil))
	if err := receive(ctx, conn, appID, message{}.text(1, name).
		nested(2, message{}.text(3, "0s")).nested(3, app).number(4, 1)); err != nil {
		return err
	}
	actor := message{}.nested(2, message{}.text(1, "1").text(2, "actor"))
	reminder := message{}.text(1, "actor").text(2, "default").nested(3, actor).
		text(4, fmt.Sprint("key-", number))
	request := message{}.text(1, name).nested(2, message{}.text(3, "1h")).nested(3, reminder)
	if err := invoke(ctx, conn, "ScheduleJob", request.number(4, 1)); err != nil {
		return err
	}
	return invoke(ctx, conn, "DeleteJob", message{}.text(1, name).nested(2, reminder))
}

// receive makes a job, and answers its trigger.
func receive(ctx context.Context, conn *grpc.ClientConn, appID string, request message) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := openWatch(ctx, conn, appID)
	if err != nil {
		return err
	}
	if err := invoke(ctx, conn, "ScheduleJob", request); err != nil {
		return err
	}
	var data []byte
	if err := stream.RecvMsg(&data); err != nil {
		return err
	}
	trigger, err := parse(data)
	if err != nil {
		return err
	}
	answer := []byte(message{}.nested(2, message{}.number(1, trigger.numbers[2])))
	if err := stream.SendMsg(&answer); err != nil {
		return err
	}
	// What is sent before the end is read before it.
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for stream.RecvMsg(&data) == nil {
	}
	return nil
}

func invoke(ctx context.Context, conn *grpc.ClientConn, method string, request message) error {
	return call(ctx, conn, schedulerService+method, request).err
}
