package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"berth.test/harbor/client"
	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
)

// strictTransport lets the generated client speak, and holds every reply against the contract before it is read.
type strictTransport struct {
	*httptransport.Runtime
	story *story
}

// SubmitContext sends an operation; what the reply breaks is a problem of the current chapter.
func (t *strictTransport) SubmitContext(ctx context.Context, sent *runtime.ClientOperation) (any, error) {
	strict := *sent
	strict.Reader = &strictReader{story: t.story, operation: t.story.contract.operations[sent.ID], reader: sent.Reader}
	return t.Runtime.SubmitContext(ctx, &strict)
}

// Submit is SubmitContext without a context.
func (t *strictTransport) Submit(sent *runtime.ClientOperation) (any, error) {
	return t.SubmitContext(context.Background(), sent)
}

type strictReader struct {
	story     *story
	operation *operation
	reader    runtime.ClientResponseReader
}

// bufferedResponse is a reply whose body can be read again.
type bufferedResponse struct {
	runtime.ClientResponse
	body []byte
}

func (r bufferedResponse) Body() io.ReadCloser { return io.NopCloser(bytes.NewReader(r.body)) }

// ReadResponse judges the reply and hands it to the generated reader, which decodes it into the generated model.
func (r *strictReader) ReadResponse(response runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
	body, err := io.ReadAll(response.Body())
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	names := []string{"Content-Type", "X-Request-Id"}
	for name := range r.operation.responses[response.Code()].Headers {
		names = append(names, name)
	}
	for _, name := range names {
		if value := response.GetHeader(name); value != "" {
			header.Set(name, value)
		}
	}
	r.story.note(r.operation.id, response.Code())
	body, problems := r.story.contract.judge(r.operation, reply{response.Code(), header, body})
	for _, problem := range problems {
		r.story.problem("%s", problem)
	}
	switch documented := r.operation.responses[response.Code()]; {
	case documented.Schema == nil || documented.Schema.Type.Contains("file"):
	case documented.Schema.Type.Contains("string"):
		// Harbor says "string" of JSON documents too; the text is read as it is.
		consumer = runtime.TextConsumer()
	default:
		consumer = runtime.ConsumerFunc(consumeStrictly)
	}
	return r.reader.ReadResponse(bufferedResponse{response, body}, consumer)
}

// consumeStrictly decodes JSON into a generated model and refuses a property that the model has not.
func consumeStrictly(reader io.Reader, model any) error {
	decoder := json.NewDecoder(reader)
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(model); err != nil {
		return fmt.Errorf("%T: %w", model, err)
	}
	if decoder.More() {
		return fmt.Errorf("%T: something follows the document", model)
	}
	if checked, ok := model.(interface{ Validate(strfmt.Registry) error }); ok {
		return checked.Validate(strfmt.Default)
	}
	return nil
}

// patient waits for a reply as long as any takes.
var patient = &http.Client{Timeout: 30 * time.Second}

// as is a client of the generated kind that signs in by Basic; an empty name is nobody.
func (s *story) as(user, password string) *client.Harbor {
	return s.with(user, password, patient)
}

// with is a generated client over an HTTP client of the caller's, such as one with a cookie jar.
func (s *story) with(user, password string, over *http.Client) *client.Harbor {
	origin, err := url.Parse(s.origin)
	if err != nil {
		panic(failure{err.Error()})
	}
	transport := httptransport.NewWithClient(origin.Host, client.DefaultBasePath, []string{origin.Scheme}, over)
	// Additions come as Markdown and as other kinds of text.
	transport.Consumers["*/*"] = runtime.TextConsumer()
	if user != "" {
		transport.DefaultAuthentication = httptransport.BasicAuth(user, password)
	}
	return client.New(&strictTransport{transport, s}, strfmt.Default)
}

// admin is the first administrator's client.
func (s *story) admin() *client.Harbor { return s.as("admin", s.password) }

// call is a request that the generated client would not make so.
type call struct {
	method, path   string
	user, password string
	body           string
	header         http.Header
	over           *http.Client
}

// send makes a request by hand; the reply is judged like every other where the contract knows the operation.
func (s *story) send(c call) reply {
	request, err := http.NewRequest(c.method, s.origin+c.path, strings.NewReader(c.body))
	if err != nil {
		panic(failure{err.Error()})
	}
	for name, values := range c.header {
		request.Header[name] = values
	}
	if c.user != "" {
		request.SetBasicAuth(c.user, c.password)
	}
	over := c.over
	if over == nil {
		over = patient
	}
	response, err := over.Do(request)
	if err != nil {
		panic(failure{err.Error()})
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(failure{err.Error()})
	}
	got := reply{response.StatusCode, response.Header, body}
	if op := s.contract.find(c.method, request.URL.EscapedPath()); op != nil {
		s.note(op.id, got.status)
		_, problems := s.contract.judge(op, got)
		for _, problem := range problems {
			s.problem("%s", problem)
		}
	}
	return got
}
