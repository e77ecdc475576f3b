package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-openapi/loads"
	"github.com/go-openapi/spec"
	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/validate"
)

// operation is one of the contract, with its references resolved.
type operation struct {
	id        string
	method    string
	path      string
	responses map[int]spec.Response
}

// reviewed is an entry of the tables where we differ from the contract on purpose.
type reviewed struct {
	Operations []string `json:"operations"`
	// Of an addition.
	Property string `json:"property"`
	// Of an undocumented reply.
	Status int `json:"status"`
	// Of an omission.
	Where string `json:"where"`
	Name  string `json:"name"`
}

func (r reviewed) covers(op *operation) bool {
	return slices.Contains(r.Operations, "*") || slices.Contains(r.Operations, op.method+" "+op.path)
}

// contract is what every reply is held against.
type contract struct {
	operations map[string]*operation
	// What a refusal carries, also where the contract documents only its status.
	refusal      *spec.Schema
	additions    []reviewed
	undocumented []reviewed
	omissions    []reviewed
}

// readContract reads the Swagger document and the reviewed tables beside which it is judged.
func readContract(file, review string) (*contract, error) {
	document, err := loads.Spec(file)
	if err != nil {
		return nil, err
	}
	if document, err = document.Expanded(); err != nil {
		return nil, err
	}
	refusal := document.Spec().Definitions["Errors"]
	closeSchema(&refusal)
	c := &contract{operations: map[string]*operation{}, refusal: &refusal}
	for path, item := range document.Spec().Paths.Paths {
		methods := map[string]*spec.Operation{
			"GET": item.Get, "HEAD": item.Head, "POST": item.Post,
			"PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
		}
		for method, each := range methods {
			if each == nil {
				continue
			}
			op := &operation{id: each.ID, method: method, path: path, responses: map[int]spec.Response{}}
			for status, response := range each.Responses.StatusCodeResponses {
				closeSchema(response.Schema)
				op.responses[status] = response
			}
			c.operations[op.id] = op
		}
	}
	tables := map[string]*[]reviewed{
		"harbor-additions.json":    &c.additions,
		"harbor-undocumented.json": &c.undocumented,
		"harbor-omissions.json":    &c.omissions,
	}
	for name, table := range tables {
		text, err := os.ReadFile(filepath.Join(review, name))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, table); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

// closeSchema makes a schema say what the contract means: an object has the properties that it names and no others,
// x-nullable is nullable, and "an object of objects" is an object of anything (Harbor's extra_attrs).
func closeSchema(schema *spec.Schema) {
	if schema == nil {
		return
	}
	if nullable, _ := schema.Extensions.GetBool("x-nullable"); nullable {
		schema.Nullable = true
	}
	for name, property := range schema.Properties {
		closeSchema(&property)
		// Harbor's lists are null where they are empty or were not asked for.
		property.Nullable = property.Nullable || property.Type.Contains("array")
		schema.Properties[name] = property
	}
	if schema.Items != nil {
		closeSchema(schema.Items.Schema)
	}
	switch more := schema.AdditionalProperties; {
	case more == nil && len(schema.Properties) > 0:
		schema.AdditionalProperties = &spec.SchemaOrBool{Allows: false}
	case more != nil && more.Schema != nil && isBareObject(more.Schema):
		schema.AdditionalProperties = &spec.SchemaOrBool{Allows: true}
	case more != nil:
		closeSchema(more.Schema)
	}
}

func isBareObject(schema *spec.Schema) bool {
	return schema.Type.Contains("object") && len(schema.Properties) == 0 && schema.AdditionalProperties == nil
}

// find gives the operation that a request is one of; nil where the contract has none.
func (c *contract) find(method, path string) *operation {
	path, below := strings.CutPrefix(path, "/api/v2.0")
	if !below {
		return nil
	}
	var found *operation
	variables := 0
	for _, op := range c.operations {
		if op.method != method {
			continue
		}
		if count, matches := matchPath(op.path, path); matches && (found == nil || count < variables) {
			found, variables = op, count
		}
	}
	return found
}

// matchPath compares a path with a template and counts the template's variables.
func matchPath(template, path string) (int, bool) {
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	if len(wanted) != len(given) {
		return 0, false
	}
	variables := 0
	for i, part := range wanted {
		if strings.HasPrefix(part, "{") {
			variables++
		} else if part != given[i] {
			return 0, false
		}
	}
	return variables, true
}

// reply is what came, as far as the contract speaks of it.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// judge names everything in a reply that the contract does not promise, and gives back the body without the reviewed
// additions of ours.
func (c *contract) judge(op *operation, got reply) (body []byte, problems []string) {
	report := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		problems = append(problems, fmt.Sprintf("%s %s replied %d: %s", op.method, op.path, got.status, text))
	}
	if got.status >= 500 {
		report("the server failed: %s", got.body)
	}
	if got.header.Get("X-Request-Id") == "" {
		report("no X-Request-Id")
	}
	documented, known := op.responses[got.status]
	if !known {
		if !slices.ContainsFunc(c.undocumented, func(entry reviewed) bool {
			return entry.Status == got.status && entry.covers(op)
		}) {
			report("the status is not documented")
		}
		return got.body, problems
	}
	for name := range documented.Headers {
		if text := c.judgeHeader(op, name, got); text != "" {
			report("%s", text)
		}
	}
	schema := documented.Schema
	if schema == nil && got.status >= 400 {
		schema = c.refusal
	}
	if op.method == http.MethodHead || schema == nil {
		if len(got.body) > 0 {
			report("a body where none is documented: %s", got.body)
		}
		return got.body, problems
	}
	body, texts := c.judgeBody(op, schema, got)
	for _, text := range texts {
		report("%s", text)
	}
	return body, problems
}

func (c *contract) judgeHeader(op *operation, name string, got reply) string {
	if slices.ContainsFunc(c.omissions, func(entry reviewed) bool {
		return entry.Where == "reply header" && strings.EqualFold(entry.Name, name) && entry.covers(op)
	}) {
		return ""
	}
	value := got.header.Get(name)
	switch {
	// A list of one page has no other page to link to.
	case value == "" && name != "Link":
		return "no " + name
	case name == "X-Total-Count":
		if count, err := strconv.ParseInt(value, 10, 64); err != nil || count < 0 {
			return fmt.Sprintf("X-Total-Count is %q", value)
		}
	}
	return ""
}

func (c *contract) judgeBody(op *operation, schema *spec.Schema, got reply) ([]byte, []string) {
	// A file is any bytes; and Harbor says "string" of texts and documents alike (additions, logs).
	if schema.Type.Contains("file") || schema.Type.Contains("string") {
		return got.body, nil
	}
	if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return got.body, []string{fmt.Sprintf("the type %q, not JSON", kind)}
	}
	decoder := json.NewDecoder(bytes.NewReader(got.body))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return got.body, []string{err.Error()}
	}
	stripped := false
	for _, addition := range c.additions {
		if addition.covers(op) {
			stripped = strip(document, strings.Split(addition.Property, ".")) || stripped
		}
	}
	var texts []string
	if err := validate.AgainstSchema(schema, document, strfmt.Default); err != nil {
		texts = slices.DeleteFunc(strings.Split(err.Error(), "\n"), func(line string) bool {
			return line == "validation failure list:"
		})
	}
	if !stripped {
		return got.body, texts
	}
	body, err := json.Marshal(document)
	if err != nil {
		texts = append(texts, err.Error())
	}
	return body, texts
}

// strip takes a property away, from each element of a list; it tells whether there was one.
func strip(document any, path []string) bool {
	switch value := document.(type) {
	case []any:
		found := false
		for _, each := range value {
			found = strip(each, path) || found
		}
		return found
	case map[string]any:
		child, found := value[path[0]]
		if !found {
			return false
		}
		if len(path) > 1 {
			return strip(child, path[1:])
		}
		delete(value, path[0])
		return true
	}
	return false
}
