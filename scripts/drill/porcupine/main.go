// Checks the history of the drill's hot item with porcupine: go run . <hot-item-history.json> <supply>
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
)

// call mirrors StockCall in scripts/drill/checks/linearizability.ts. Times are in milliseconds.
type call struct {
	Kind       string
	Quantity   int
	CalledAt   float64
	ReturnedAt *float64
	Outcome    *string
	Available  *int
}

// step applies a call to the units left. It returns false when the call cannot have this answer in this state.
func step(state, input, _ any) (bool, any) {
	left, c := state.(int), input.(call)
	if c.Kind == "release" {
		return true, left + c.Quantity
	}
	if c.Outcome != nil && *c.Outcome == "refused" {
		return left < c.Quantity && (c.Available == nil || *c.Available == left), left
	}
	return left >= c.Quantity, left - c.Quantity
}

func operations(calls []call) []porcupine.Operation {
	var operations []porcupine.Operation
	for index, c := range calls {
		// A call without an answer may take effect at any time after it was made.
		returnedAt := int64(math.MaxInt64)
		if c.ReturnedAt != nil {
			returnedAt = int64(*c.ReturnedAt * 1e6)
		}
		operations = append(operations, porcupine.Operation{
			ClientId: index, Input: c, Call: int64(c.CalledAt * 1e6), Return: returnedAt,
		})
	}
	return operations
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: go run . <hot-item-history.json> <supply>")
	}
	supply, err := strconv.Atoi(os.Args[2])
	check(err)
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var calls []call
	check(json.Unmarshal(text, &calls))
	model := porcupine.Model{Init: func() any { return supply }, Step: step}
	result := porcupine.CheckOperationsTimeout(model, operations(calls), 10*time.Minute)
	fmt.Printf("%d calls: %s\n", len(calls), result)
	if result != porcupine.Ok {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}
