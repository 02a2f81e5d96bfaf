package main

import (
	"sort"
	"time"
)

// delays says of many durations, in milliseconds, how long they were.
type delays struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func summary(all []time.Duration) delays {
	if len(all) == 0 {
		return delays{}
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	at := func(share float64) float64 {
		return float64(all[int(share*float64(len(all)-1))].Microseconds()) / 1000
	}
	return delays{at(0.5), at(0.99), at(1)}
}
