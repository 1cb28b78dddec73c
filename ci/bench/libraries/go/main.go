// Go at work, a library: `run(n)` does n rounds of maps, sorting, JSON, hashing and goroutines, and returns a checksum.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
)

type record struct {
	Name  string            `json:"name"`
	Score float64           `json:"score"`
	Tags  []string          `json:"tags,omitempty"`
	Meta  map[string]uint64 `json:"meta"`
}

type tree struct {
	left, right *tree
	key         uint32
}

func (t *tree) insert(key uint32) *tree {
	if t == nil {
		return &tree{key: key}
	}
	if key < t.key {
		t.left = t.left.insert(key)
	} else {
		t.right = t.right.insert(key)
	}
	return t
}

func (t *tree) sum(depth uint64) uint64 {
	if t == nil {
		return depth
	}
	return t.left.sum(depth+1)*3 + t.right.sum(depth+1) + uint64(t.key)
}

func words(state *uint32) map[string]int {
	counts := map[string]int{}
	for i := 0; i < 2000; i++ {
		*state = *state*1664525 + 1013904223
		counts["word"+strconv.Itoa(int(*state>>24))]++
	}
	return counts
}

func pipeline(limit int) uint64 {
	source, squares := make(chan int), make(chan int, 4)
	go func() {
		defer close(source)
		for i := 0; i < limit; i++ {
			source <- i
		}
	}()
	go func() {
		defer close(squares)
		for n := range source {
			squares <- n * n
		}
	}()
	total := uint64(0)
	for s := range squares {
		total += uint64(s)
	}
	return total
}

func encode(counts map[string]int, keys []string) ([]byte, error) {
	records := []record{}
	for i, key := range keys {
		records = append(records, record{
			Name:  key,
			Score: float64(counts[key]) / 7,
			Tags:  strings.Fields(strings.Repeat("tag ", i%4)),
			Meta:  map[string]uint64{"id": uint64(i) << 40, "n": uint64(counts[key])},
		})
	}
	text, err := json.Marshal(records)
	if err != nil {
		return nil, err
	}
	var back []record
	if err := json.Unmarshal(text, &back); err != nil {
		return nil, err
	}
	return json.Marshal(back)
}

//go:wasmexport run
func run(rounds int32) int64 {
	state, sum := uint32(1), uint64(0)
	for round := int32(0); round < rounds; round++ {
		counts := words(&state)
		keys := make([]string, 0, len(counts))
		for key := range counts {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		text, err := encode(counts, keys)
		if err != nil {
			return -1
		}
		digest := sha256.Sum256(text)
		var root *tree
		for i := uint32(0); i < 1000; i++ {
			root = root.insert((state + i) * 2654435761)
		}
		sum = sum*31 + binary.LittleEndian.Uint64(digest[:]) + root.sum(0) + pipeline(200)
	}
	return int64(sum)
}

func main() {}
