package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// How long after their due time triggers are waited for.
const triggersWithin = time.Minute

type latenessReport struct {
	// When all jobs are due, or the first of those that are spread: seconds since 1970.
	Due        float64        `json:"due"`
	Scheduling scheduleReport `json:"scheduling"`
	Lateness   manyDelays     `json:"lateness"`
	// From the due time until the last trigger.
	ReceivedSeconds float64 `json:"receivedSeconds"`
	// Streams that broke; connections to an app that ended.
	Cuts       int64 `json:"cuts"`
	Duplicates int   `json:"duplicates"`
}

type manyDelays struct {
	Triggers int     `json:"triggers"`
	Least    float64 `json:"least"`
	delays
}

// lateness makes jobs that are due at one instant, once or from then on every second, receives
// their triggers as daprd does or as an app, and answers them at once.
func lateness(ctx context.Context, arguments []string) (interface{}, error) {
	options := flags("lateness")
	jobs := dueJobs{}
	options.StringVar(&jobs.address, "address", "127.0.0.1:50006", "where the scheduler service is")
	options.StringVar(&jobs.appID, "app-id", "", "whose jobs; without it an app nobody else has")
	options.IntVar(&jobs.count, "jobs", 20000, "how many")
	options.IntVar(&jobs.seconds, "seconds", 0, "of @every 1s; 0 is due once")
	options.BoolVar(&jobs.isSpread, "spread", false, "due times lie evenly in the second")
	streams := options.Int("streams", 1, "that take them; with 0 nothing is received here")
	stalled := options.Int("stalled", 0, "jobs a second of another app, which reads nothing")
	app := options.String("app", "", "where to listen as an app, instead of opening streams")
	options.Parse(arguments)
	if jobs.appID == "" {
		jobs.appID = fmt.Sprint("lateness-", time.Now().UnixNano())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	others := dueJobs{address: jobs.address, appID: jobs.appID + "-stalled", seconds: 1}
	others.count = *stalled
	if *stalled > 0 {
		if _, err := others.schedule(ctx, time.Now().Add(time.Second)); err != nil {
			return nil, err
		}
		if err := others.stall(ctx); err != nil {
			return nil, err
		}
		defer others.delete()
	}
	r := &receiver{finished: make(chan struct{})}
	if *app != "" {
		server, err := r.listen(*app)
		if err != nil {
			return nil, err
		}
		defer server.GracefulStop()
	} else if err := r.open(ctx, jobs, *streams); err != nil {
		return nil, err
	}
	// Time enough to schedule them all.
	lead := 3*time.Second + time.Duration(jobs.count)*time.Second/2000
	due := time.Now().Add(lead).Round(time.Second)
	report := latenessReport{Due: float64(due.Unix())}
	var err error
	if report.Scheduling, err = jobs.schedule(ctx, due); err != nil {
		return nil, err
	}
	if *app == "" && *streams == 0 {
		return report, nil
	}
	err = report.receive(r, jobs, due)
	return report, err
}

func (report *latenessReport) receive(r *receiver, jobs dueJobs, due time.Time) error {
	// A connection to an app that ends before anything is due cuts nothing.
	time.Sleep(time.Until(due))
	before := r.cuts()
	if jobs.seconds > 0 {
		// Until just before the next ticks.
		end := due.Add(time.Duration(jobs.seconds)*time.Second - 10*time.Millisecond)
		time.Sleep(time.Until(end))
	} else {
		for r.lacks(jobs.count) && time.Since(due) < triggersWithin {
			time.Sleep(time.Millisecond)
		}
		// Whoever wants to know when the answers are durable looks from here on.
		fmt.Fprintln(os.Stderr, "received")
	}
	receipts := r.taken()
	report.Cuts = r.cuts() - before
	if jobs.seconds > 0 {
		if err := jobs.delete(); err != nil {
			return err
		}
	}
	r.finish()
	keys, late := map[string]bool{}, []time.Duration{}
	for _, one := range receipts {
		key, dueTime, err := one.read()
		if err != nil {
			return err
		}
		keys[key] = true
		late = append(late, one.at.Sub(dueTime))
		report.ReceivedSeconds = one.at.Sub(due).Seconds()
	}
	report.Duplicates = len(receipts) - len(keys)
	report.Lateness = manyDelays{Triggers: len(late), delays: summary(late)}
	if len(late) > 0 {
		// They are sorted now.
		report.Lateness.Least = float64(late[0].Microseconds()) / 1000
	}
	return nil
}
