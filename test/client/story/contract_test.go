package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const smallContract = `{
 "swagger": "2.0", "info": {"title": "small", "version": "1"}, "basePath": "/api/v2.0",
 "paths": {
  "/ships": {"get": {"operationId": "listShips", "responses": {
   "200": {"description": "d", "headers": {"X-Total-Count": {"type": "integer"}, "Link": {"type": "string"}},
    "schema": {"type": "array", "items": {"$ref": "#/definitions/Ship"}}},
   "403": {"description": "d"}, "500": {"description": "d"}}}},
  "/ships/{name}": {"put": {"operationId": "updateShip", "parameters": [{"name": "name", "in": "path", "required": true, "type": "string"}],
   "responses": {"200": {"description": "d"}}}},
  "/ships/new": {"put": {"operationId": "newShip", "responses": {"200": {"description": "d", "schema": {"type": "string"}}}}}
 },
 "definitions": {
  "Errors": {"type": "object", "properties": {"errors": {"type": "array", "items": {"type": "object", "properties": {"code": {"type": "string"}}}}}},
  "Ship": {"type": "object", "properties": {
   "name": {"type": "string"}, "crew": {"type": "array", "items": {"type": "string"}}, "size": {"type": "integer"},
   "sunk": {"type": "string", "format": "date-time", "x-nullable": true},
   "parts": {"type": "object", "properties": {"mast": {"type": "boolean"}}},
   "any": {"type": "object", "additionalProperties": {"type": "object"}}}}
 }
}`

// harbour writes the contract and empty tables, but for the additions, and reads them.
func harbour(t *testing.T, additions string) *contract {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{
		"contract.json": smallContract, "harbor-additions.json": additions,
		"harbor-undocumented.json": `[{"operations": ["PUT /ships/{name}"], "status": 409}]`,
		"harbor-omissions.json":    `[]`,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read, err := readContract(filepath.Join(folder, "contract.json"), folder)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func header(more ...string) http.Header {
	values := http.Header{"X-Request-Id": {"1"}, "X-Total-Count": {"1"}, "Content-Type": {"application/json; charset=utf-8"}}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return values
}

func TestJudge(t *testing.T) {
	cases := []struct {
		name, operation string
		got             reply
		// Part of the only problem; empty where there is none.
		want string
	}{
		{"all as promised", "listShips", reply{200, header(), []byte(`[{"name": "a", "crew": ["b"], "size": 3, "any": {"x": [1]}}]`)}, ""},
		{"nothing left out is missed", "listShips", reply{200, header(), []byte(`[{}]`)}, ""},
		{"null for a list", "listShips", reply{200, header(), []byte(`[{"crew": null}]`)}, ""},
		{"null where it may be", "listShips", reply{200, header(), []byte(`[{"sunk": null}]`)}, ""},
		{"null where it may not be", "listShips", reply{200, header(), []byte(`[{"name": null}]`)}, "name"},
		{"an unknown property", "listShips", reply{200, header(), []byte(`[{"flag": 1}]`)}, "flag"},
		{"an unknown property below", "listShips", reply{200, header(), []byte(`[{"parts": {"keel": true}}]`)}, "keel"},
		{"another type", "listShips", reply{200, header(), []byte(`[{"size": "3"}]`)}, "size"},
		{"half a number", "listShips", reply{200, header(), []byte(`[{"size": 1.5}]`)}, "size"},
		{"no time", "listShips", reply{200, header(), []byte(`[{"sunk": "yesterday"}]`)}, "sunk"},
		{"not a list", "listShips", reply{200, header(), []byte(`{}`)}, "array"},
		{"not JSON", "listShips", reply{200, header("Content-Type", "text/html"), []byte(`[]`)}, "text/html"},
		{"cut off", "listShips", reply{200, header(), []byte(`[{"name"`)}, "unexpected EOF"},
		{"no count", "listShips", reply{200, header("X-Total-Count", ""), []byte(`[]`)}, "X-Total-Count"},
		{"no number as count", "listShips", reply{200, header("X-Total-Count", "many"), []byte(`[]`)}, "X-Total-Count"},
		{"no request id", "listShips", reply{200, header("X-Request-Id", ""), []byte(`[]`)}, "X-Request-Id"},
		{"a refusal", "listShips", reply{403, header(), []byte(`{"errors": [{"code": "FORBIDDEN"}]}`)}, ""},
		{"a refusal of another form", "listShips", reply{403, header(), []byte(`{"message": "no"}`)}, "message"},
		{"a failure", "listShips", reply{500, header(), []byte(`{"errors": []}`)}, "the server failed"},
		{"a status of no document", "listShips", reply{404, header(), nil}, "not documented"},
		{"a status that was reviewed", "updateShip", reply{409, header(), nil}, ""},
		{"a body where none is", "updateShip", reply{200, header(), []byte(`{}`)}, "a body"},
		{"a text", "newShip", reply{200, header("Content-Type", "text/plain"), []byte(`ahoy`)}, ""},
	}
	small := harbour(t, `[]`)
	for _, each := range cases {
		t.Run(each.name, func(t *testing.T) {
			_, problems := small.judge(small.operations[each.operation], each.got)
			all := strings.Join(problems, "; ")
			if each.want == "" && len(problems) > 0 {
				t.Errorf("%s", all)
			}
			if each.want != "" && (len(problems) != 1 || !strings.Contains(all, each.want)) {
				t.Errorf("one problem with %q expected, not %q", each.want, all)
			}
		})
	}
}

func TestAdditions(t *testing.T) {
	small := harbour(t, `[{"operations": ["GET /ships"], "property": "parts.keel"}]`)
	got := reply{200, header(), []byte(`[{"parts": {"keel": true, "mast": true}}, {"name": "raft"}]`)}
	body, problems := small.judge(small.operations["listShips"], got)
	if len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	var ships []struct{ Parts map[string]bool }
	if err := json.Unmarshal(body, &ships); err != nil {
		t.Fatal(err)
	}
	if len(ships) != 2 || len(ships[0].Parts) != 1 {
		t.Errorf("the body is %s", body)
	}
}

func TestFind(t *testing.T) {
	small := harbour(t, `[]`)
	for path, want := range map[string]string{
		"/api/v2.0/ships/raft": "updateShip",
		"/api/v2.0/ships/new":  "newShip",
		"/api/v2.0/ships/a/b":  "",
		"/ships/raft":          "",
	} {
		found := ""
		if op := small.find("PUT", path); op != nil {
			found = op.id
		}
		if found != want {
			t.Errorf("%s is %q, not %q", path, found, want)
		}
	}
}
