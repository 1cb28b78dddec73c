// The Go guest: goroutines, channels, timers, maps, files and JSON, printing what must be the same everywhere.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

type record struct {
	Name  string            `json:"name"`
	Score float64           `json:"score"`
	Tags  []string          `json:"tags,omitempty"`
	Meta  map[string]uint64 `json:"meta"`
}

func must(err error) {
	if err != nil {
		fmt.Println("FAILED", err)
		os.Exit(1)
	}
}

// pipeline squares numbers through three stages of goroutines.
func pipeline() {
	source, squares := make(chan int), make(chan int, 4)
	go func() {
		defer close(source)
		for i := 0; i < 1000; i++ {
			source <- i
		}
	}()
	var workers sync.WaitGroup
	for w := 0; w < 8; w++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := range source {
				squares <- n * n
			}
		}()
	}
	go func() { workers.Wait(); close(squares) }()
	total := 0
	for s := range squares {
		total += s
	}
	fmt.Println("pipeline", total)
}

func locks() {
	var mutex sync.Mutex
	var group sync.WaitGroup
	counts := map[string]int{}
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for k := 0; k < 20; k++ {
				mutex.Lock()
				counts[fmt.Sprintf("key%02d", (i+k)%13)]++
				mutex.Unlock()
			}
		}()
	}
	group.Wait()
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Print(k, "=", counts[k], " ")
	}
	fmt.Println()
}

// timers shows what Go promises, never durations: each timer fires once, and not before its time; what one starts comes
// after it. Three that are started together promise no order: a stall between their starts, on a busy machine or in an
// emulated one, moves the later ones, and those that are due at the same look start their functions in any order.
func timers() {
	begin := time.Now()
	type fired struct {
		n     int
		after time.Duration
	}
	all := make(chan fired, 3)
	for _, n := range []int{3, 1, 2} {
		time.AfterFunc(time.Duration(n)*30*time.Millisecond, func() { all <- fired{n, time.Since(begin)} })
	}
	inTime := [4]bool{}
	for range 3 {
		f := <-all
		inTime[f.n] = !inTime[f.n] && f.after >= time.Duration(f.n)*30*time.Millisecond
	}
	fmt.Println("timers", inTime[1:])
	order := make(chan int, 3)
	time.AfterFunc(time.Millisecond, func() {
		order <- 1
		time.AfterFunc(time.Millisecond, func() {
			order <- 2
			time.AfterFunc(time.Millisecond, func() { order <- 3 })
		})
	})
	fmt.Println("one after another", <-order, <-order, <-order)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	select {
	case <-ctx.Done():
		fmt.Println("context", ctx.Err())
	case <-time.After(time.Hour):
		fmt.Println("context never ended")
	}
	ticker := time.NewTicker(2 * time.Millisecond)
	ticks := 0
	for range ticker.C {
		if ticks++; ticks == 5 {
			ticker.Stop()
			break
		}
	}
	fmt.Println("ticks", ticks)
}

func files(root string) {
	dir := filepath.Join(root, "go-files")
	must(os.RemoveAll(dir))
	must(os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
	for i := 0; i < 120; i++ {
		name := filepath.Join(dir, "a", fmt.Sprintf("file-%03d.txt", i))
		must(os.WriteFile(name, []byte(strings.Repeat("x", i)), 0o644))
	}
	must(os.Rename(filepath.Join(dir, "a", "file-007.txt"), filepath.Join(dir, "a", "b", "seven")))
	must(os.Remove(filepath.Join(dir, "a", "file-008.txt")))
	entries, err := os.ReadDir(filepath.Join(dir, "a"))
	must(err)
	size := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		must(err)
		if !e.IsDir() {
			size += info.Size()
		}
	}
	fmt.Println("entries", len(entries), entries[0].Name(), entries[len(entries)-1].Name(), size)
	_, err = os.Stat(filepath.Join(dir, "nothing"))
	fmt.Println("missing", errors.Is(err, fs.ErrNotExist))
	appendAndSeek(filepath.Join(dir, "log"))
	walked := 0
	must(filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { walked++; return nil }))
	fmt.Println("walked", walked)
	must(os.RemoveAll(dir))
	_, err = os.Stat(dir)
	fmt.Println("removed", errors.Is(err, fs.ErrNotExist))
}

func appendAndSeek(name string) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	must(err)
	for i := 0; i < 10; i++ {
		_, err = fmt.Fprintf(f, "line %d\n", i)
		must(err)
	}
	_, err = f.Seek(7, io.SeekStart)
	must(err)
	lines := bufio.NewScanner(f)
	n := 0
	for lines.Scan() {
		n++
	}
	must(f.Truncate(14))
	info, err := f.Stat()
	must(err)
	buf := make([]byte, 6)
	_, err = f.ReadAt(buf, 7)
	must(err)
	fmt.Printf("log %d lines, %d bytes, %q\n", n, info.Size(), buf)
	must(f.Close())
}

func encode() {
	records := []record{}
	for i := 0; i < 50; i++ {
		records = append(records, record{
			Name:  fmt.Sprintf("récord %d", i),
			Score: float64(i) / 7,
			Tags:  strings.Fields(strings.Repeat("tag ", i%4)),
			Meta:  map[string]uint64{"id": uint64(i) << 40, "z": 1, "a": 2},
		})
	}
	text, err := json.Marshal(records)
	must(err)
	var back []record
	must(json.Unmarshal(text, &back))
	again, err := json.MarshalIndent(back, "", " ")
	must(err)
	var loose any
	must(json.Unmarshal(again, &loose))
	fmt.Println("json", len(text), len(again), len(loose.([]any)), back[49].Score, string(text[:70]))
	fmt.Println("bad json:", json.Unmarshal([]byte(`{"a":[1,2`), &loose))
}

func recovered() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var m map[string]int
	m["x"] = 1
}

func main() {
	fmt.Println("args", len(os.Args), "env", os.Getenv("GUEST_ENV"))
	pipeline()
	locks()
	timers()
	files(os.Args[1])
	encode()
	recovered()
	input, err := io.ReadAll(os.Stdin)
	must(err)
	fmt.Println("stdin", len(input), strings.Count(string(input), "\n"))
	os.Exit(5)
}
