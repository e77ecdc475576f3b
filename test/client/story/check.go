package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"berth.test/harbor/models"
	swagger "github.com/go-openapi/runtime"
)

// failure is what a step panics with where it cannot go on; the step's runner records it.
type failure struct{ text string }

// refusal is one of the generated typed errors that carry Harbor's error document.
type refusal interface {
	error
	Code() int
	GetPayload() *models.Errors
}

// codes are Harbor's error codes by status.
var codes = map[int]string{
	400: "BAD_REQUEST",
	401: "UNAUTHORIZED",
	403: "FORBIDDEN",
	404: "NOT_FOUND",
	409: "CONFLICT",
	412: "PRECONDITION",
	422: "UNPROCESSABLE_ENTITY",
}

// problem records what is wrong with the current step, and where the story expected otherwise.
func (s *story) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.page.Problems = append(s.page.Problems, fmt.Sprintf("%s (%s): %s", s.stepName, teller(), text))
}

// teller finds the line of the story that called, past the helpers.
func teller() string {
	frames := make([]uintptr, 24)
	callers := runtime.CallersFrames(frames[:runtime.Callers(2, frames)])
	for {
		frame, more := callers.Next()
		file := filepath.Base(frame.File)
		if strings.HasPrefix(file, "tell_") {
			return fmt.Sprintf("%s:%d", file, frame.Line)
		}
		if !more {
			return "?"
		}
	}
}

// must gives back the reply of a call that is to succeed; otherwise the step ends here.
func must[T any](reply T, err error) T {
	if err != nil {
		panic(failure{fmt.Sprintf("%s: %s", teller(), describe(err))})
	}
	return reply
}

// describe names an error with the error document that it carries.
func describe(err error) string {
	var refused refusal
	var undocumented *swagger.APIError
	if errors.As(err, &undocumented) {
		return fmt.Sprintf("%s replied %d", undocumented.OperationName, undocumented.Code)
	}
	if !errors.As(err, &refused) {
		return err.Error()
	}
	texts := []string{fmt.Sprint(refused.Code())}
	if payload := refused.GetPayload(); payload != nil {
		for _, each := range payload.Errors {
			texts = append(texts, fmt.Sprintf("%s %q", each.Code, each.Message))
		}
	}
	return strings.Join(texts, " ")
}

// refused expects that a call was answered by this typed error, with its error document.
func refused[E refusal](s *story, err error) {
	var want E
	if err == nil {
		s.problem("succeeded, not refused with %T", want)
		return
	}
	if !errors.As(err, &want) {
		s.problem("%T expected, not %s", want, describe(err))
		return
	}
	payload := want.GetPayload()
	if payload == nil || len(payload.Errors) == 0 {
		s.problem("%T without an error document", want)
		return
	}
	first := payload.Errors[0]
	if code := codes[want.Code()]; first.Code != code {
		s.problem("%T has the code %q, not %q", want, first.Code, code)
	}
	if len(first.Message) < 5 {
		s.problem("%T says only %q", want, first.Message)
	}
}

// refusedBare expects a typed error that carries no document.
func refusedBare[E error](s *story, err error) {
	var want E
	if !errors.As(err, &want) {
		s.problem("%T expected, not %v", want, err)
	}
}

// same expects equal values.
func same[T comparable](s *story, what string, got, want T) {
	if got != want {
		s.problem("%s is %v, not %v", what, got, want)
	}
}

// sameList expects equal lists, in this order.
func sameList[T comparable](s *story, what string, got, want []T) {
	if !slices.Equal(got, want) {
		s.problem("%s are %v, not %v", what, got, want)
	}
}

// expect records a problem unless the condition holds.
func (s *story) expect(holds bool, format string, args ...any) {
	if !holds {
		s.problem(format, args...)
	}
}

func ptr[T any](value T) *T { return &value }

// value reads a pointer that the reply may lack.
func value[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

// pick maps a list.
func pick[T, V any](list []T, read func(T) V) []V {
	values := make([]V, 0, len(list))
	for _, each := range list {
		values = append(values, read(each))
	}
	return values
}
