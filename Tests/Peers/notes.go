package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"sync"
	"time"
)

// notes is a file with a line of JSON for everything that was seen. A line is there before what it
// is about is answered, so a kill loses none.
type notes struct {
	mutex sync.Mutex
	file  *os.File
}

type note struct {
	Name    string            `json:"name"`
	Method  string            `json:"raw_path"`
	Time    int64             `json:"time"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// openNotes appends to the file; without a path nothing is noted.
func openNotes(path string) (*notes, error) {
	if path == "" {
		return &notes{}, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return &notes{file: file}, err
}

func (n *notes) add(name, method string, at time.Time, headers map[string]string, body []byte) error {
	if n.file == nil {
		return nil
	}
	line, err := json.Marshal(note{name, method, at.UnixNano(), headers, hex.EncodeToString(body)})
	if err != nil {
		return err
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	_, err = n.file.Write(append(line, '\n'))
	return err
}
